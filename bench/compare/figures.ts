// The figures of a cell, each a median over the runs that count, for every way of showing them. Pure.
//
// effective: content by the time it took. goodput: the same without what the receiver held already. Of one cut off both
// are bounds: what reached the receiver's interface by the time until the cut.

import { median } from '../statistics.ts'
import type { RunFacts } from './schema.ts'
import { type Cell, type Figure, figureOf } from './verdict.ts'

export interface CellFigures {
  /** One or more were cut off: rates are at most what is told, seconds at least. */
  readonly isBound: boolean
  readonly effectiveMegabits: Figure | undefined
  /** Undefined where it is not known what the receiver held. */
  readonly goodputMegabits: number | undefined
  readonly reusedShare: number | undefined
  readonly seconds: number | undefined
  readonly transferSeconds: number | undefined
  readonly outBytes: number
  readonly backBytes: number
  /** Both ways, per byte of content; undefined of one cut off. */
  readonly wireShare: number | undefined
  readonly retransmittedShare: number | undefined
  readonly senderCpuPerGigabyte: number | undefined
  readonly receiverCpuPerGigabyte: number | undefined
  readonly senderRssBytes: number | undefined
  readonly receiverRssBytes: number | undefined
  readonly foreignProcessors: number
  readonly lateMicros99: number | undefined
  readonly congestion: string
  readonly note: string
}

export function figuresOf(cell: Cell): CellFigures | undefined {
  const told = cell.good.length > 0 ? cell.good : cell.runs.filter(({ ending }) => ending !== 'failed')
  const [first] = told
  if (!first) return undefined
  const middle = (of: (run: RunFacts) => number | null): number | undefined => figureOf(told.map(of))?.median
  const isDone = told.every(({ ending }) => ending === 'done')
  const perGigabyte = (seconds: number | null, { contentBytes }: RunFacts): number | null =>
    seconds === null ? null : (seconds / contentBytes) * 1e9
  const reused = middle(run => (run.reusedBytes === null ? null : run.reusedBytes / run.contentBytes))
  return {
    isBound: told.some(({ ending }) => ending === 'cut'),
    effectiveMegabits: figureOf(told.map(run => megabits(run, movedBytes(run)))),
    goodputMegabits: middle(run => megabits(run, movedBytes(run) - (isDone ? (run.reusedBytes ?? 0) : 0))),
    reusedShare: reused,
    seconds: middle(run => run.seconds),
    transferSeconds: middle(run => run.transferSeconds),
    outBytes: median(told.map(run => run.out.ipBytes)),
    backBytes: median(told.map(run => run.back.ipBytes)),
    wireShare: isDone
      ? median(told.map(run => (run.out.ipBytes + run.back.ipBytes) / run.contentBytes))
      : undefined,
    retransmittedShare: middle(run => run.retransmittedShare),
    senderCpuPerGigabyte: middle(run => perGigabyte(run.senderCpuSeconds, run)),
    receiverCpuPerGigabyte: middle(run => perGigabyte(run.receiverCpuSeconds, run)),
    senderRssBytes: middle(run => run.senderRssBytes),
    receiverRssBytes: middle(run => run.receiverRssBytes),
    foreignProcessors: median(told.map(run => run.foreignProcessors)),
    lateMicros99: middle(run => run.lateMicros99),
    congestion: [...new Set(told.map(run => run.congestion).filter(name => name !== null))].join(', '),
    note: first.note,
  }
}

const movedBytes = ({ ending, contentBytes, arrivedBytes }: RunFacts): number =>
  ending === 'cut' ? arrivedBytes : contentBytes

const megabits = ({ seconds }: RunFacts, bytes: number): number | null =>
  seconds === null || seconds === 0 ? null : (bytes * 8) / seconds / 1e6

/** The words that belong to a contender wherever it is shown. */
export function traitsOf(contender: {
  isEncrypted: boolean
  isSynced: boolean
  isMemory: boolean
}): string[] {
  const { isEncrypted, isSynced, isMemory } = contender
  return [
    ...(isEncrypted ? [] : ['clear']),
    ...(isMemory ? ['memory to memory'] : isSynced ? [] : ['not synced']),
  ]
}
