// The page's looks: light and dark by what the reader has set, one column on a phone, tables that scroll by themselves.

export const style = `
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #1b1d21; --soft: #5d6470; --rule: #dfe1e5; --card: #ffffff;
  --own: #1f5fd0; --other: #8d97a6; --ceiling: #c9ced6; --warn: #a4510a;
  --c1: #c2410c; --c2: #0f766e; --c3: #7c3aed; --c4: #a16207; --c5: #be185d; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15171b; --ink: #e8eaee; --soft: #9aa3b1; --rule: #31353d; --card: #1c1f25;
    --own: #6ea3ff; --other: #77818f; --ceiling: #414853; --warn: #f0a35e;
    --c1: #fb923c; --c2: #2dd4bf; --c3: #b794f6; --c4: #e3c04b; --c5: #f472b6; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 .5rem } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem } h3 { font-size: 1rem; margin: 1.5rem 0 .4rem }
p, li { max-width: 46rem } .soft { color: var(--soft); font-size: .875rem } .warn { color: var(--warn) }
ul { padding-left: 1.2rem } a { color: var(--own) }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1rem }
figure { margin: 0; padding: .8rem; background: var(--card); border: 1px solid var(--rule); border-radius: 8px }
figcaption { font-size: .875rem; margin-bottom: .4rem } svg { width: 100%; height: auto; display: block }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink) } svg .tick { fill: var(--soft); font-size: 11px }
svg .strong { font-weight: 650 } svg .value { font-variant-numeric: tabular-nums }
.grid { stroke: var(--rule) } .limit { stroke: var(--soft); stroke-dasharray: 4 3 } .range { stroke: var(--ink); stroke-width: 1.5 }
.own { fill: var(--own) } .other { fill: var(--other) } .ceiling { fill: var(--ceiling) }
.bound { fill-opacity: .12; stroke: var(--other); stroke-dasharray: 3 2 } .open { opacity: .4 }
.curve { fill: none; stroke-width: 2 } .c0 { stroke: var(--own); stroke-width: 2.75 } .c1 { stroke: var(--c1) } .c2 { stroke: var(--c2) }
.c3 { stroke: var(--c3) } .c4 { stroke: var(--c4) } .c5 { stroke: var(--c5) }
.wide { overflow-x: auto; border: 1px solid var(--rule); border-radius: 8px; background: var(--card) }
table { border-collapse: collapse; font-size: .8125rem; white-space: nowrap; width: 100% }
th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid var(--rule) } th { font-weight: 600; color: var(--soft) }
tr:last-child td { border-bottom: 0 } .number { text-align: right; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { position: sticky; left: 0; background: var(--card) } tr.pfs td { font-weight: 600 }
details { margin: .5rem 0 } summary { cursor: pointer }
`
