// Rate by how much of the content the receiver held already: what a pool is for, and no transport's merit. One picture
// per line: effective rate upwards in powers of ten, the share to the right. Pure.

import type { CellGroup } from '../cells.ts'
import { figuresOf } from '../figures.ts'
import { own } from '../own.ts'
import { digits, percent } from './columns.ts'
import { linear, logarithmic } from './scale.ts'
import { element, line, picture, text, title } from './svg.ts'

const width = 420
const height = 260
const left = 60
const right = 18
const top = 14
const bottom = 46

interface Point {
  readonly contender: string
  readonly share: number
  readonly megabits: number
  readonly what: string
  readonly isOpen: boolean
}

/** Empty where nobody had anything to use. */
export function hitPlotOf(groups: readonly CellGroup[], name: string): string {
  const points = groups.flatMap(pointsOf)
  if (!points.some(({ share }) => share > 0)) return ''
  const rates = points.map(({ megabits }) => megabits)
  const x = linear(100, left, width - right, 5)
  const y = logarithmic(Math.min(...rates), Math.max(...rates), height - bottom, top)
  const grid = [
    ...y.ticks.map(
      tick =>
        line(left, y.at(tick), width - right, y.at(tick), 'grid') +
        text(left - 8, y.at(tick) + 4, tick.toLocaleString('en', { maximumFractionDigits: 3 }), {
          class: 'tick',
          'text-anchor': 'end',
        }),
    ),
    ...x.ticks.map(tick =>
      text(x.at(tick), height - bottom + 18, `${tick} %`, { class: 'tick', 'text-anchor': 'middle' }),
    ),
    text(left, height - 8, 'of the content was at the receiver; upwards: effective Mbit/s', {
      class: 'tick',
    }),
  ]
  const marks = points.map(point => {
    const [px, py] = [x.at(point.share * 100), y.at(point.megabits)]
    const kind = `${kindOf(point.contender)}${point.isOpen ? ' open' : ''}`
    const words = title(
      `${point.contender}, ${point.what}: ${digits(point.megabits)} Mbit/s, ${percent(point.share)} held`,
    )
    const shape =
      point.contender === own
        ? element('circle', { cx: px, cy: py, r: 6, class: kind })
        : point.contender.includes('ssh')
          ? element('rect', { x: px - 5, y: py - 5, width: 10, height: 10, class: kind })
          : element('path', { d: `M${px} ${py - 6}L${px + 6} ${py + 5}L${px - 6} ${py + 5}Z`, class: kind })
    return element('g', {}, words + shape)
  })
  return picture(width, height, `Effective rate by share held, ${name}`, grid.join('') + marks.join(''))
}

const kindOf = (contender: string): string => (contender === own ? 'own' : 'other')

/** Of those that can use what the receiver has. */
function pointsOf({ workload, rows }: CellGroup): Point[] {
  return rows.flatMap(({ contender, cell }) => {
    const found = figuresOf(cell)
    const megabits = found?.effectiveMegabits?.median
    if (found?.reusedShare === undefined || !megabits || cell.isCut) return []
    const isOpen = cell.conclusion === 'open'
    return [{ contender: contender.name, share: found.reusedShare, megabits, what: workload.title, isOpen }]
  })
}
