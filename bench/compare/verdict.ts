// What may be said of a cell's runs, and of two cells beside each other. Refuses where runs were disturbed, are too few
// or lie too far apart: a figure that noise made is worse than none. Says what a gain comes from, so that bytes which
// were never sent are not taken for a faster transport. Pure.

import { median } from '../statistics.ts'
import type { RunFacts } from './schema.ts'

export const runsLeast = 3
/** (greatest − least) / median; more and the median is not told as the cell's figure. */
export const spreadMost = 0.25
/** Medians nearer than this are level, where the ranges overlap. */
const levelShare = 0.05
/** Content that crossed as good as whole, in its own size: headers only add to it. */
const wholeShare = 0.97

export interface Figure {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

export interface Cell {
  readonly runs: readonly RunFacts[]
  /** Undisturbed, ended, and with the right file. */
  readonly good: readonly RunFacts[]
  readonly seconds: Figure | undefined
  /** All that did not fail were cut off at the cap: the seconds are a bound. */
  readonly isCut: boolean
  readonly conclusion: 'concluded' | 'open'
  /** Of an open one: why. */
  readonly why: string
}

export function figureOf(values: readonly (number | null)[]): Figure | undefined {
  const known = values.filter(value => value !== null)
  if (known.length === 0 || known.length < values.length) return undefined
  return { median: median(known), least: Math.min(...known), greatest: Math.max(...known) }
}

export const spreadOf = ({ median, least, greatest }: Figure): number => (greatest - least) / median

/** @param runs of one scenario, workload and contender */
export function judge(runs: readonly RunFacts[]): Cell {
  const good = runs.filter(run => run.disturbances.length === 0 && isRight(run))
  const lasting = runs.filter(({ ending }) => ending !== 'failed')
  const isCut = lasting.length > 0 && lasting.every(({ ending }) => ending === 'cut')
  // what is shown of a cell that proves nothing is every run that ended
  const told = good.length > 0 ? good : runs.filter(isRight)
  const seconds = figureOf(told.map(run => run.seconds))
  const cell = { runs, good, seconds, isCut }
  const open = (why: string): Cell => ({ ...cell, conclusion: 'open', why })
  if (runs.length === 0) return open('not run')
  if (runs.some(run => run.isIdentical === false)) return open('DIFFERENT')
  const failed = runs.filter(({ ending }) => ending === 'failed').length
  if (failed > 0) return open(`${failed} of ${runs.length} failed`)
  if (good.length < runsLeast) return open(`${good.length} of ${runsLeast} undisturbed runs`)
  if (!isCut && good.some(({ ending }) => ending === 'cut')) return open('some cut off, some not')
  if (!seconds) return open('not timed')
  const spread = spreadOf(seconds)
  if (spread > spreadMost) return open(`runs lie ${Math.round(spread * 100)} % apart`)
  return { ...cell, conclusion: 'concluded', why: '' }
}

const isRight = ({ ending, isIdentical }: RunFacts): boolean => ending !== 'failed' && isIdentical !== false

export type Cause = 'transport' | 'bytes not sent'

export type Comparison =
  | {
      readonly kind: 'faster' | 'slower'
      readonly ratio: number
      readonly isBound: boolean
      readonly cause: Cause
    }
  | { readonly kind: 'level'; readonly ratio: number }
  | { readonly kind: 'undecided'; readonly why: string }

/** How `own` stands to `other`: the ratio is other's seconds by own's. Decided only where the ranges are apart. */
export function compare(own: Cell, other: Cell): Comparison {
  for (const [name, cell] of [
    ['pfs', own],
    ['it', other],
  ] as const) {
    // a wide spread does not matter where the ranges are apart; all else does
    const isWide = cell.good.length >= runsLeast && cell.why.startsWith('runs lie')
    if (cell.conclusion === 'open' && !isWide) return { kind: 'undecided', why: `${name}: ${cell.why}` }
  }
  const [mine, theirs] = [own.seconds, other.seconds]
  if (!mine || !theirs) return { kind: 'undecided', why: 'not timed' }
  if (own.isCut) return { kind: 'undecided', why: 'pfs was cut off' }
  const ratio = theirs.median / mine.median
  if (mine.greatest < theirs.least)
    return { kind: 'faster', ratio, isBound: other.isCut, cause: causeOf(own, other) }
  if (other.isCut) return { kind: 'undecided', why: 'it was cut off, no later than pfs ended' }
  if (mine.least > theirs.greatest)
    return { kind: 'slower', ratio, isBound: false, cause: causeOf(own, other) }
  if (Math.abs(ratio - 1) <= levelShare) return { kind: 'level', ratio }
  return { kind: 'undecided', why: 'the ranges overlap' }
}

/**
 * A difference is the transport's only where both put the whole content on the wire. One cut off had no end to save at; one
 * from memory to memory ends with what it has under way, and is told by its rate.
 */
export function causeOf(own: Cell, other: Cell): Cause {
  const hasNoFile = ({ runs }: Cell): boolean => runs.every(({ isIdentical }) => isIdentical === null)
  const isWhole = (cell: Cell): boolean => hasNoFile(cell) || (wireShare(cell) ?? 0) >= wholeShare
  return isWhole(own) && isWhole(other) ? 'transport' : 'bytes not sent'
}

/** IP bytes towards the receiver per byte of content. */
export function wireShare({ good, runs }: Cell): number | undefined {
  const told = (good.length > 0 ? good : runs).filter(({ ending }) => ending === 'done')
  return told.length === 0 ? undefined : median(told.map(run => run.out.ipBytes / run.contentBytes))
}

/** In the words of a table. */
export function inWords(comparison: Comparison): string {
  switch (comparison.kind) {
    case 'level':
      return 'level'
    case 'undecided':
      return `undecided (${comparison.why})`
    default: {
      const { kind, ratio, isBound, cause } = comparison
      const times = kind === 'faster' ? ratio : 1 / ratio
      const amount = `${isBound ? 'more than ' : ''}${times.toFixed(times < 10 ? 2 : 0)}`
      return `pfs ${amount} × ${kind}, by ${cause === 'transport' ? 'its transport' : cause}`
    }
  }
}
