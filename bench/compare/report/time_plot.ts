// How a file came in: megabits per second at the receiver's interface over the time since the first packet, of one run
// (the middle one) of each contender. Pure.

import type { CellGroup, Row } from '../cells.ts'
import { own } from '../own.ts'
import type { RunFacts } from '../schema.ts'
import { linear } from './scale.ts'
import { element, line, picture, text, title } from './svg.ts'

const width = 420
const height = 280
const left = 52
const right = 16
const top = 14
const bottom = 62
/** Colours there are: ours, and those of the fastest. */
const linesMax = 6
/** Rates are taken over at least so many points of this many. */
const binsMax = 40
/** Of the content, of any contender: less is no flow to look at. */
const shareShown = 0.2

export function timePlotOf(group: CellGroup): string {
  const chosen = group.rows
    .filter(({ contender }) => !contender.isMemory)
    .flatMap(row => {
      const run = middleRun(row)
      return run && run.arrivals.length > 2
        ? [{ name: row.contender.name, rates: ratesOf(run.arrivals), run }]
        : []
    })
    .sort((a, b) => rank(a.name, a.run) - rank(b.name, b.run))
    .slice(0, linesMax)
  const isIdle = chosen.every(({ run }) => run.arrivedBytes < run.contentBytes * shareShown)
  if (chosen.length === 0 || isIdle) return ''
  const seconds = Math.max(...chosen.map(({ rates }) => rates.at(-1)?.[0] ?? 0))
  const most = Math.max(...chosen.flatMap(({ rates }) => rates.map(([, rate]) => rate)))
  const x = linear(seconds, left, width - right, 6)
  const y = linear(Math.max(most, group.line.rateMegabits ?? 0), height - bottom, top)
  const shown = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 })
  const grid = [
    ...y.ticks.map(
      tick =>
        line(left, y.at(tick), width - right, y.at(tick), 'grid') +
        text(left - 8, y.at(tick) + 4, shown(tick), { class: 'tick', 'text-anchor': 'end' }),
    ),
    ...x.ticks.map(tick =>
      text(x.at(tick), height - bottom + 16, shown(tick), { class: 'tick', 'text-anchor': 'middle' }),
    ),
    text(left, height - bottom + 32, 'seconds since the first packet; upwards: Mbit/s at the receiver', {
      class: 'tick',
    }),
  ]
  const lines = chosen.map(({ name, rates }, i) => {
    const path = rates.map(
      ([at, rate], j) => `${j === 0 ? 'M' : 'L'}${x.at(at).toFixed(1)} ${y.at(rate).toFixed(1)}`,
    )
    return element('path', { d: path.join(''), class: `curve ${curve(name, i)}` }, title(name))
  })
  const legend = chosen.map(({ name }, i) => {
    const [lx, ly] = [left + (i % 3) * 122, height - bottom + 46 + Math.floor(i / 3) * 14]
    return (
      line(lx, ly - 4, lx + 18, ly - 4, `curve ${curve(name, i)}`) +
      text(lx + 24, ly, name, { class: 'name' })
    )
  })
  return picture(width, height, 'Rate over time', [...grid, ...lines, ...legend].join(''))
}

const rank = (name: string, { seconds }: RunFacts): number => (name === own ? -1 : (seconds ?? 0))

const curve = (name: string, index: number): string => (name === own ? 'c0' : `c${index}`)

/** The run that took the middle time of those that count. */
function middleRun({ cell }: Row): RunFacts | undefined {
  const told = cell.good.length > 0 ? cell.good : cell.runs.filter(({ ending }) => ending !== 'failed')
  return [...told].sort((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0))[Math.floor((told.length - 1) / 2)]
}

/** Between points: megabits per second, at the end of each stretch. */
export function ratesOf(
  arrivals: readonly (readonly [number, number])[],
): [seconds: number, megabits: number][] {
  const step = Math.max(1, Math.ceil(arrivals.length / binsMax))
  const rates: [number, number][] = [[0, 0]]
  let [since, bytes] = arrivals[0] ?? [0, 0]
  for (let i = step; i < arrivals.length + step - 1; i += step) {
    const [at, now] = arrivals[Math.min(i, arrivals.length - 1)] ?? [since, bytes]
    if (at <= since) continue
    rates.push([at, ((now - bytes) * 8) / 1e6 / (at - since)])
    ;[since, bytes] = [at, now]
  }
  return rates
}
