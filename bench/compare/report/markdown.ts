// The results as Markdown: one table of rates for a README, by contender and scenario, and one per workload with an older
// version; then every group in full. What is not concluded is shown as such, never as a figure. Pure.

import type { CellGroup, Row } from '../cells.ts'
import { figuresOf, traitsOf } from '../figures.ts'
import { absentIn, columns, digits, groupTitle, percent } from './columns.ts'

export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~]/g, '\\$&').replace(/\s*\n\s*/g, ' ')
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly boolean[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`
  const rule = `|${head.map((_, i) => (numbers[i] ? ' ---: ' : ' --- ')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

const namesIn = (groups: readonly CellGroup[]): string[] => [
  ...new Set(groups.flatMap(({ rows }) => rows.map(({ contender }) => contender.name))),
]

/** Content, contender by scenario. */
function overview(groups: readonly CellGroup[]): string {
  const names = namesIn(groups)
  const head = ['effective Mbit/s', ...groups.map(({ line }) => line.name)]
  const rows = names.map(name => {
    const found = groups.map(({ rows }) => rows.find(({ contender }) => contender.name === name))
    const contender = found.find(row => row !== undefined)?.contender
    const traits = contender ? traitsOf(contender) : []
    return [traits.length > 0 ? `${name} (${traits.join(', ')})` : name, ...found.map(shownRate)]
  })
  return table(
    head,
    rows,
    head.map((_, i) => i > 0),
  )
}

function shownRate(row: Row | undefined): string {
  if (!row) return ''
  const rate = figuresOf(row.cell)?.effectiveMegabits
  if (row.cell.conclusion === 'open' || !rate) return 'not concluded'
  return row.cell.isCut ? `≤ ${digits(rate.median)}` : digits(rate.median)
}

/** Where both sides hold an older version: what crossed the wire, and how much of the content came from the receiver. */
function wireOverview(groups: readonly CellGroup[]): string {
  const head = ['bytes on the wire per byte of content', ...groups.map(({ line }) => line.name)]
  const rows = namesIn(groups).map(name => {
    const cells = groups.map(({ rows }) => {
      const row = rows.find(({ contender }) => contender.name === name)
      const found = row && figuresOf(row.cell)
      if (!found) return ''
      const held = found.reusedShare === undefined ? '' : ` (${percent(found.reusedShare)} held)`
      return `${percent(found.wireShare)}${held}`
    })
    return [name, ...cells]
  })
  return table(
    head,
    rows,
    head.map((_, i) => i > 0),
  )
}

export function markdownOf(groups: readonly CellGroup[]): string {
  const titles = [...new Set(groups.map(({ workload }) => workload.title))]
  const parts: string[] = ['# pfs beside others', '', ...conditions(groups), '']
  for (const title of titles) {
    const these = groups.filter(({ workload }) => workload.title === title)
    const isNew = these.every(({ rows }) =>
      rows.every(({ cell }) => !cell.runs.some(run => (run.reusedBytes ?? 0) > 0)),
    )
    parts.push(`## ${escapeMarkdown(title)}`, '', overview(these), '')
    if (!isNew)
      parts.push(
        'The rates above come from bytes that were not sent: they are no transport’s.',
        '',
        wireOverview(these),
        '',
      )
  }
  parts.push('## Every cell', '')
  for (const group of groups) {
    const rows = group.rows.map(row => columns.map(column => column.text(row)))
    parts.push(`### ${escapeMarkdown(groupTitle(group))}`, '')
    parts.push(
      table(
        columns.map(({ head }) => head),
        rows,
        columns.map(({ isNumber }) => isNumber),
      ),
      '',
    )
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function conditions(groups: readonly CellGroup[]): string[] {
  const sessions = [...new Set(groups.map(({ session }) => session))]
  const absent = absentIn(groups)
  return [
    ...sessions.map(({ startedAt, form, rounds, capSeconds, machine }) => {
      const { kernel, processor, processors, memoryBytes, node, commit, scratch } = machine
      const what = `${form} form, medians of ${rounds} rounds interleaved, cut off at ${capSeconds} s`
      const where = `${processors} × ${processor}, ${digits(memoryBytes / 1e9)} GB, ${kernel}, node ${node}, files on ${scratch}`
      return `- ${escapeMarkdown(`${startedAt}, pfs at ${commit}: ${what}; ${where}.`)}`
    }),
    ...(absent.length > 0 ? [`- Absent here: ${escapeMarkdown(absent.join(', '))}.`] : []),
  ]
}
