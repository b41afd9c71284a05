// The columns of a group's table, in the words of every form: terminal, Markdown, HTML. Pure.

import type { CellGroup, Row } from '../cells.ts'
import { figuresOf, traitsOf } from '../figures.ts'
import { inWords } from '../verdict.ts'

export interface Column {
  readonly head: string
  /** What a reader who meets it first must know. */
  readonly means: string
  readonly isNumber: boolean
  text(row: Row): string
}

const figures = (of: (found: NonNullable<ReturnType<typeof figuresOf>>) => string) => (row: Row) => {
  const found = figuresOf(row.cell)
  return found ? of(found) : ''
}

/** Three digits where it has them, and no more. */
export const digits = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

export const percent = (share: number | undefined): string =>
  share === undefined || Number.isNaN(share)
    ? '–'
    : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`

export const size = (bytes: number | undefined): string => {
  if (bytes === undefined || Number.isNaN(bytes)) return '–'
  if (bytes < 1e4) return `${Math.round(bytes)} B`
  return bytes < 1e6 ? `${digits(bytes / 1e3)} KB` : `${digits(bytes / 1e6)} MB`
}

/** One cut off has bounds. */
const bound = (isBound: boolean, text: string): string => (isBound && text !== '–' ? `≤ ${text}` : text)

export const columns: readonly Column[] = [
  { head: 'contender', means: '', isNumber: false, text: ({ contender }) => contender.name },
  {
    head: 'effective Mbit/s',
    means: 'content by the time it took; the least and the greatest run behind it',
    isNumber: true,
    text: figures(({ effectiveMegabits: rate, isBound }) =>
      rate ? `${bound(isBound, digits(rate.median))} (${digits(rate.least)}–${digits(rate.greatest)})` : '–',
    ),
  },
  {
    head: 'goodput Mbit/s',
    means: 'the same without what the receiver held already',
    isNumber: true,
    text: figures(({ goodputMegabits, isBound }) => bound(isBound, digits(goodputMegabits))),
  },
  {
    head: 'pool share',
    means: 'of the content, what the receiver held already (of rsync: its old file)',
    isNumber: true,
    text: figures(({ reusedShare }) => percent(reusedShare)),
  },
  {
    head: 's',
    means: 'from the start of the sending process to its end',
    isNumber: true,
    text: figures(({ seconds, isBound }) => (isBound ? `> ${digits(seconds)}` : digits(seconds))),
  },
  {
    head: 'out',
    means: 'IP bytes towards the receiver',
    isNumber: true,
    text: figures(({ outBytes }) => size(outBytes)),
  },
  { head: 'back', means: 'IP bytes back', isNumber: true, text: figures(({ backBytes }) => size(backBytes)) },
  {
    head: 'wire',
    means: 'IP bytes both ways per byte of content',
    isNumber: true,
    text: figures(({ wireShare }) => percent(wireShare)),
  },
  {
    head: 'sent again',
    means: 'TCP: segments, by the kernel; pfs: bytes, by itself',
    isNumber: true,
    text: figures(({ retransmittedShare }) => percent(retransmittedShare)),
  },
  {
    head: 'CPU s/GB',
    means: 'sender, receiver; user and system, per 10^9 bytes of content',
    isNumber: true,
    text: figures(found => `${digits(found.senderCpuPerGigabyte)} ${digits(found.receiverCpuPerGigabyte)}`),
  },
  {
    head: 'peak RSS',
    means: 'sender, receiver; sampled',
    isNumber: true,
    text: figures(found => `${size(found.senderRssBytes)} ${size(found.receiverRssBytes)}`),
  },
  {
    head: 'others',
    means: 'processors that others used meanwhile',
    isNumber: true,
    text: figures(({ foreignProcessors }) => foreignProcessors.toFixed(2)),
  },
  {
    head: 'pfs beside it',
    means: 'decided only where the ranges of at least three undisturbed runs each are apart',
    isNumber: false,
    text: ({ comparison }) => (comparison ? inWords(comparison) : ''),
  },
  {
    head: 'remarks',
    means: '',
    isNumber: false,
    text: row => remarks(row).join(', '),
  },
]

export function remarks({ cell, contender }: Row): string[] {
  const { congestion = '', note = '' } = figuresOf(cell) ?? {}
  const failed = cell.runs.find(({ ending }) => ending === 'failed')
  return [
    ...(cell.conclusion === 'open' ? [`not concluded: ${cell.why}`] : []),
    ...(failed ? [failed.note.split('\n')[0] ?? ''] : []),
    ...traitsOf(contender),
    ...(congestion === '' ? [] : [congestion]),
    ...(note === '' || (note.includes(congestion) && congestion !== '') ? [] : [note]),
  ]
}

export function groupTitle({ line, workload }: CellGroup): string {
  const rate = line.rateMegabits === null ? 'no limit' : `${line.rateMegabits} Mbit/s`
  const trip = line.rttMillis === null ? '' : `, ${line.rttMillis} ms`
  const loss = line.lossPercent ? `, ${line.lossPercent.toFixed(line.lossPercent < 0.1 ? 2 : 1)} % lost` : ''
  const files = workload.fileCount === 1 ? '' : ` in ${workload.fileCount.toLocaleString('en')} files`
  return `${line.name} (${rate}${trip}${loss}): ${workload.title}, ${size(workload.sizeBytes)}${files}`
}

export function absentIn(groups: readonly CellGroup[]): string[] {
  const contenders = groups.flatMap(({ session }) => session.contenders)
  return [...new Set(contenders.filter(({ version }) => version === null).map(({ name }) => name))]
}
