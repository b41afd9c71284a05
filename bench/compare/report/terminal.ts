// A group of cells for somebody who waits for it at a terminal: what fits a line; the rest is in the report.

import { tableText } from '../../report.ts'
import type { CellGroup } from '../cells.ts'
import { columns, groupTitle } from './columns.ts'

const shown = [
  ...['contender', 'effective Mbit/s', 'goodput Mbit/s', 'pool share', 'out', 'back', 'sent again'],
  ...['CPU s/GB', 'peak RSS', 'others', 'pfs beside it', 'remarks'],
]

export function groupText(group: CellGroup): string {
  const chosen = columns.filter(({ head }) => shown.includes(head))
  const head = chosen.map(column => column.head)
  return `${groupTitle(group)}\n${tableText(
    head,
    group.rows.map(row => chosen.map(column => column.text(row))),
  )}\n`
}
