// Rates of one group as bars: the median, the range of the runs over it, a hollow bar for what is only a bound, a pale
// one for what is not concluded. One scale per picture, from zero, its unit beside it. Pure.

import type { CellGroup, Row } from '../cells.ts'
import { figuresOf, traitsOf } from '../figures.ts'
import { own } from '../own.ts'
import { digits, groupTitle } from './columns.ts'
import { linear } from './scale.ts'
import { element, line, picture, text, title } from './svg.ts'

/** Of a phone: on a wider page pictures stand beside each other. */
const width = 420
const nameWidth = 112
const rightWidth = 64
const rowHeight = 26
const headHeight = 8
const footHeight = 34
/** A line that is so many times as fast would leave no bar to see. */
const limitShownTimes = 10

export function barsOf(group: CellGroup): string {
  const rows = group.rows.filter(({ cell }) => figuresOf(cell)?.effectiveMegabits)
  const seen = Math.max(0.01, ...rows.map(({ cell }) => figuresOf(cell)?.effectiveMegabits?.greatest ?? 0))
  const limitMegabits = group.line.rateMegabits ?? 0
  const rate = limitMegabits > 0 && limitMegabits < seen * limitShownTimes ? limitMegabits : null
  const most = Math.max(rate ?? 0, seen)
  const height = headHeight + rows.length * rowHeight + footHeight
  const scale = linear(most, nameWidth, width - rightWidth)
  const bottom = headHeight + rows.length * rowHeight
  const axis = scale.ticks
    .map(tick => {
      const x = scale.at(tick)
      return (
        line(x, headHeight, x, bottom, 'grid') +
        text(x, bottom + 14, digits0(tick), { class: 'tick', 'text-anchor': 'middle' })
      )
    })
    .join('')
  const limit = rate === null ? '' : line(scale.at(rate), headHeight, scale.at(rate), bottom, 'limit')
  const unit = text(
    scale.at(0),
    bottom + 29,
    `Mbit/s${rate === null ? '' : '; dashed: the rate of the line'}`,
    {
      class: 'tick',
    },
  )
  const bars = rows.map((row, i) => bar(row, headHeight + i * rowHeight, scale.at)).join('')
  return picture(width, height, `Rates: ${groupTitle(group)}`, axis + limit + bars + unit)
}

const digits0 = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 })

function bar(row: Row, top: number, at: (value: number) => number): string {
  const { effectiveMegabits: rate, isBound } = figuresOf(row.cell) ?? {}
  if (!rate) return ''
  const { contender, cell } = row
  const middle = top + rowHeight / 2
  const x = at(0)
  const kind = [
    contender.name === own ? 'own' : contender.isMemory ? 'ceiling' : 'other',
    ...(isBound ? ['bound'] : []),
    ...(cell.conclusion === 'open' ? ['open'] : []),
  ].join(' ')
  const words = `${isBound ? '≤ ' : ''}${digits(rate.median)}`
  const about = [contender.name, `${words} Mbit/s`, ...traitsOf(contender), cell.why].filter(
    part => part !== '',
  )
  const whisker = line(at(rate.least), middle, at(rate.greatest), middle, 'range')
  const most = Math.max(at(rate.median), at(rate.greatest))
  return element(
    'g',
    {},
    title(about.join(', ')) +
      text(nameWidth - 8, middle + 4, contender.name, {
        'text-anchor': 'end',
        class: kind.startsWith('own') ? 'name strong' : 'name',
      }) +
      element('rect', {
        x,
        y: top + 4,
        width: Math.max(1, at(rate.median) - x),
        height: rowHeight - 8,
        rx: 2,
        class: kind,
      }) +
      whisker +
      text(most + 6, middle + 4, cell.conclusion === 'open' ? `(${words})` : words, { class: 'value' }),
  )
}
