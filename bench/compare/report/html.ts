// The results as one page that needs nothing but itself: what it says first, pictures by scenario, by how much the
// receiver held, over time; then every cell, and what it was measured on. Pure.

import type { CellGroup } from '../cells.ts'
import { tally } from '../cells.ts'
import { own } from '../own.ts'
import type { Session } from '../schema.ts'
import { barsOf } from './bars.ts'
import { absentIn, columns, digits, groupTitle } from './columns.ts'
import { hitPlotOf } from './hit_plot.ts'
import { style } from './style.ts'
import { escapeHtml } from './svg.ts'
import { timePlotOf } from './time_plot.ts'

const figure = (caption: string, inside: string): string =>
  inside === '' ? '' : `<figure><figcaption>${escapeHtml(caption)}</figcaption>${inside}</figure>`

const section = (heading: string, lead: string, inside: string): string =>
  inside === ''
    ? ''
    : `<section><h2>${escapeHtml(heading)}</h2><p class="soft">${escapeHtml(lead)}</p>${inside}</section>`

const cards = (inside: readonly string[]): string => {
  const shown = inside.filter(one => one !== '')
  return shown.length > 0 ? `<div class="cards">${shown.join('')}</div>` : ''
}

export function htmlOf(groups: readonly CellGroup[]): string {
  const lines = [...new Set(groups.map(({ line }) => line.name))]
  const of = (name: string): CellGroup[] => groups.filter(({ line }) => line.name === name)
  const files = groups.filter(({ workload }) => workload.fileCount === 1)
  const parts = [
    `<h1>pfs beside others</h1>${summary(groups)}`,
    section(
      'By scenario',
      `Effective rate, the least and the greatest run across the bar. Hollow: cut off, a bound. Pale: not concluded.
      Where the receiver held an older version, what is faster is so by bytes that were not sent.`,
      cards(groups.map(group => figure(groupTitle(group), barsOf(group)))),
    ),
    section(
      'By what the receiver held',
      `Circle: pfs. Square: rsync over ssh. Triangle: rsync to a daemon. A rate that grows with the share held is no gain
      of a transport: those bytes never travelled.`,
      cards(lines.map(name => figure(name, hitPlotOf(of(name), name)))),
    ),
    section(
      'Over time',
      'What reached the receiver’s interface, of the middle run of each.',
      cards(files.map(group => figure(groupTitle(group), timePlotOf(group)))),
    ),
    section(
      'Every cell',
      columns
        .filter(({ means }) => means)
        .map(({ head, means }) => `${head}: ${means}`)
        .join('. '),
      groups.map(tableOf).join(''),
    ),
    section('Measured on', '', [...new Set(groups.map(({ session }) => session))].map(conditionsOf).join('')),
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>pfs beside others</title><style>${style}</style></head>
<body>${parts.join('\n')}</body></html>
`
}

function summary(groups: readonly CellGroup[]): string {
  const { cells, open, different } = tally(groups)
  const absent = absentIn(groups)
  const noted = [
    ...(different > 0 ? [`<p class="warn">${different} cells have a file that differs.</p>`] : []),
    ...(open > 0
      ? [`<p class="warn">${open} of ${cells} cells are not concluded: nothing follows from them.</p>`]
      : [`<p>All ${cells} cells are concluded.</p>`]),
    ...(absent.length > 0 ? [`<p class="soft">Absent here: ${escapeHtml(absent.join(', '))}.</p>`] : []),
  ]
  return noted.join('')
}

function tableOf(group: CellGroup): string {
  const head = columns.map(
    ({ head, isNumber }) => `<th${isNumber ? ' class="number"' : ''}>${escapeHtml(head)}</th>`,
  )
  const rows = group.rows.map(row => {
    const cells = columns.map(
      column => `<td${column.isNumber ? ' class="number"' : ''}>${escapeHtml(column.text(row))}</td>`,
    )
    return `<tr${row.contender.name === own ? ' class="pfs"' : ''}>${cells.join('')}</tr>`
  })
  const table = `<thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`
  return `<h3>${escapeHtml(groupTitle(group))}</h3><div class="wide"><table>${table}</table></div>`
}

function conditionsOf({ startedAt, form, rounds, capSeconds, machine, lines, contenders }: Session): string {
  const facts = [
    `${startedAt}, ${form} form, ${rounds} rounds interleaved, cut off at ${capSeconds} s, pfs at ${machine.commit}`,
    `${machine.processors} × ${machine.processor}, ${digits(machine.memoryBytes / 1e9)} GB, ${machine.kernel}`,
    `node ${machine.node}, files on ${machine.scratch}`,
    ...lines.map(line => {
      const counted = line.counts === 'emulator' ? 'counted packet by packet' : 'super-packets counted as one'
      const control = [...new Set(line.congestion)].join(' and ')
      const tcp = `TCP without a wish gets ${control}, buffers ${line.tcpBuffers}`
      return `${line.name}: ${line.why}; MTU ${line.mtuBytes}, ${tcp}; ${line.offloads}; ${counted}`
    }),
    contenders
      .filter(({ version }) => version !== null)
      .map(({ name, version }) => `${name} ${version}`)
      .join(', '),
  ]
  return `<ul class="soft">${facts.map(fact => `<li>${escapeHtml(fact)}</li>`).join('')}</ul>`
}
