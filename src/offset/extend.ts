// Literals, looked at byte by byte: what chunks could not name is compared with the old bytes where the copies on both
// sides of it would go on, so that a changed page costs the page and not its chunk. Old bytes come from whoever has
// them, and only those that were checked; without them a literal stays what it is. PROTOCOL.md §14.4

import { assert } from '../base/assert.ts'
import { MiB } from '../base/units.ts'
import { chunking1 } from '../cut/limits.ts'
import { extensionsPerMiBMax, literalBlockBytesMax, missedBytesMax } from './limits.ts'
import type { CopyOp } from './ops.ts'
import { type HeldStep, isPlaced, type LiteralStep, type Step } from './plan.ts'
import { equalStretches, type Stretch, skewOf, stretchBytesMin } from './stretches.ts'

/** What goes on from the left and from the right: so much every literal may be broken up. */
const bothSides = 2

/** Where a copy goes on: so far ahead of the output in that source. */
export interface Diagonal {
  readonly source: number
  readonly delta: number
}

/**
 * Fills `target` with what the source holds from `offset` on. Returns how many bytes from the front are there and were
 * found right (§14.4-3).
 */
export type ReadOld = (source: number, offset: number, target: Uint8Array) => number

/** Of damaged chunks, after which the cutter finds back to the old ones: four of the longest are more than it takes. */
const nearBytesMax = 4 * chunking1.maxBytes

interface Found extends Stretch, Diagonal {}

export class Extender {
  readonly #read: ReadOld
  readonly #scratch = new Uint8Array(literalBlockBytesMax + 4)
  /** Of the last copy, as long as it promises something. */
  #left: Diagonal | undefined
  #missedBytes = 0
  #sinceCopyBytes = 0

  /** @param first where to look before there was any copy: a file that is changed all over has no whole chunk left */
  constructor(read: ReadOld, first?: Diagonal) {
    this.#read = read
    this.#left = first
  }

  /** A copy is not far behind: that another comes soon is likely enough to wait for it. */
  get isNearCopy(): boolean {
    return this.#sinceCopyBytes < nearBytesMax
  }

  /** Steps that are no literals, as they go by. */
  pass(step: Step): void {
    if (!isPlaced(step)) return
    this.#left = diagonalOf(step)
    this.#missedBytes = 0
    this.#sinceCopyBytes = 0
  }

  /** What to make of a literal. @param bytes its own · @param next the step behind it, where that is known */
  split(step: LiteralStep, bytes: Uint8Array, next?: Step): (CopyOp | LiteralStep)[] {
    assert(bytes.length === step.length && step.length <= literalBlockBytesMax, 'the bytes of a literal')
    this.#sinceCopyBytes += step.length
    const found: Found[] = []
    const left = this.#left
    if (left) {
      this.#compare(step.output, bytes, left, found)
      this.#missedBytes = found.length > 0 ? 0 : this.#missedBytes + step.length
      if (this.#missedBytes >= missedBytesMax) this.#left = undefined
    }
    const isBeside = next?.output === step.output + step.length
    const right = next && isBeside && isPlaced(next) ? diagonalOf(next) : undefined
    if (right && !(left && right.source === left.source && right.delta === left.delta))
      this.#compare(step.output, bytes, right, found)
    return stepsOf(step, bounded(found, step.length))
  }

  /** Adds what agrees on the diagonal to `found`, which is kept in order, where nothing was found so far. */
  #compare(output: number, bytes: Uint8Array, { source, delta }: Diagonal, found: Found[]): void {
    const before = Math.min(bytes.length, Math.max(0, -output - delta))
    const ours = bytes.subarray(before)
    if (ours.length < stretchBytesMin) return
    const skew = skewOf(ours)
    const theirs = this.#scratch.subarray(skew, skew + ours.length)
    const count = this.#read(source, output + before + delta, theirs)
    const more: Found[] = []
    for (const { start, end } of gapsOf(found, before, before + count)) {
      for (const stretch of equalStretches(ours, theirs, start - before, end - before))
        more.push({ start: stretch.start + before, end: stretch.end + before, source, delta })
    }
    found.push(...more)
    found.sort((a, b) => a.start - b.start)
  }
}

const diagonalOf = ({ source, offset, output }: CopyOp | HeldStep): Diagonal => {
  return { source, delta: offset - output }
}

/** What of [from, to) is not found yet. */
function gapsOf(found: readonly Stretch[], from: number, to: number): Stretch[] {
  const gaps: Stretch[] = []
  let at = from
  for (const { start, end } of found) {
    if (start > at) gaps.push({ start: at, end: Math.min(start, to) })
    at = Math.max(at, end)
  }
  if (at < to) gaps.push({ start: at, end: to })
  return gaps.filter(({ start, end }) => start < end)
}

/** The longest of them, where they are more than a program is to hold. */
function bounded(found: readonly Found[], length: number): readonly Found[] {
  const countMax = Math.max(bothSides, Math.ceil((length * extensionsPerMiBMax) / MiB))
  let kept = found
  for (let least = 2 * stretchBytesMin; kept.length > countMax; least *= 2)
    kept = kept.filter(({ start, end }) => end - start >= least)
  return kept
}

function stepsOf(step: LiteralStep, found: readonly Found[]): (CopyOp | LiteralStep)[] {
  const steps: (CopyOp | LiteralStep)[] = []
  let at = 0
  const literalTo = (end: number): void => {
    if (end > at) steps.push({ kind: 'literal', output: step.output + at, length: end - at })
  }
  for (const { start, end, source, delta } of found) {
    literalTo(start)
    const output = step.output + start
    steps.push({ kind: 'copy', output, length: end - start, source, offset: output + delta })
    at = end
  }
  literalTo(step.length)
  return steps
}
