// The planner: the chunks of a new object, in order, against what the receiver holds. Makes COPY runs as long as they
// go, ZERO runs, and literals of at most one block for what is left. Knows ids and offsets; reads no byte of content.
// PROTOCOL.md §14.4

import { assert } from '../base/assert.ts'
import { equal } from '../base/bytes.ts'
import type { RangeSet } from '../base/ranges.ts'
import { entryId, entryLength, rowBytes } from '../cut/recipe.ts'
import { type CandidateIndex, none } from './candidates.ts'
import { literalBlockBytesMax } from './limits.ts'
import type { CopyOp, ZeroOp } from './ops.ts'

/** Bytes of the object that must travel; where in the literal stream is settled when they are read and packed. */
export interface LiteralStep {
  readonly kind: 'literal'
  readonly output: number
  readonly length: number
}

/** Output the receiver holds already, and where a source has the same. Nothing travels: it says what is beside it. */
export interface HeldStep extends Omit<CopyOp, 'kind'> {
  readonly kind: 'held'
}

export type Step = CopyOp | ZeroOp | LiteralStep | HeldStep

export interface PlannerOptions {
  readonly index: CandidateIndex
  /** The chunk that a run of zero bytes is cut into: cut/chunker zeroCutLength, and its id. */
  readonly zero: { readonly length: number; readonly id: Uint8Array }
  /** Output the receiver holds already: no step makes it (§14.4-1). */
  readonly held: RangeSet
}

export class Planner {
  readonly #index: CandidateIndex
  readonly #zero: { readonly length: number; readonly id: Uint8Array }
  readonly #held: RangeSet
  #output = 0
  /** The place of the last hit, and how far its source lies ahead of the output. */
  #lastPlace = none
  #diagonal = 0
  /** The step that may still grow. */
  #open: Step | undefined
  #steps: Step[] = []

  constructor(options: PlannerOptions) {
    this.#index = options.index
    this.#zero = options.zero
    this.#held = options.held
  }

  /** The object's bytes planned so far. */
  get outputBytes(): number {
    return this.#output
  }

  /** The step that may still grow: what comes behind all that was given out. */
  get open(): Step | undefined {
    return this.#open
  }

  /** The next chunks, as packed recipe rows; returns the steps that will not change any more. */
  add(rows: Uint8Array): Step[] {
    assert(rows.length % rowBytes === 0, 'whole rows')
    for (let at = 0; at < rows.length; at += rowBytes) this.#addChunk(rows.subarray(at, at + rowBytes))
    return this.#takeSteps()
  }

  /** The next bytes are not to be had: no step makes them. */
  skip(length: number): Step[] {
    this.#closeOpen()
    this.#output += length
    return this.#takeSteps()
  }

  /** What is to be sent of the chunks so far is not joined with what comes, which lies in another buffer or in none. */
  closeLiteral(): Step[] {
    if (this.#open?.kind === 'literal') this.#closeOpen()
    return this.#takeSteps()
  }

  /** No chunk follows: the steps still open. */
  finish(): Step[] {
    this.#closeOpen()
    return this.#takeSteps()
  }

  #takeSteps(): Step[] {
    const steps = this.#steps
    this.#steps = []
    return steps
  }

  #addChunk(row: Uint8Array): void {
    const start = this.#output
    const end = start + entryLength(row)
    this.#output = end
    const step = this.#stepFor(row, start, end)
    if (this.#held.contains(start, end)) {
      if (step.kind === 'copy') this.#append({ ...step, kind: 'held' })
      return
    }
    if (!this.#held.overlaps(start, end)) this.#append(step)
    else for (const gap of this.#held.gaps(start, end)) this.#append(cropped(step, gap.start, gap.end))
  }

  #stepFor(row: Uint8Array, output: number, end: number): Step {
    const length = end - output
    if (length === this.#zero.length && equal(entryId(row), this.#zero.id))
      return { kind: 'zero', output, length }
    const place = this.#placeOf(row, output)
    if (place === none) return { kind: 'literal', output, length }
    const offset = this.#index.offsetOf(place)
    this.#lastPlace = place
    this.#diagonal = offset - output
    return { kind: 'copy', output, length, source: this.#index.aliasOf(place), offset }
  }

  /** On the diagonal of the last hit first: it lengthens a run or costs no address. Else wherever it is. */
  #placeOf(row: Uint8Array, output: number): number {
    if (this.#lastPlace !== none) {
      const next = this.#lastPlace + 1
      const expected = output + this.#diagonal
      const ahead =
        this.#index.offsetOf(next) === expected ? next : this.#index.placeAt(this.#lastPlace, expected)
      if (ahead !== none && this.#index.holds(ahead, row)) return ahead
    }
    return this.#index.find(row)
  }

  /** Lengthens the open step, or closes it and opens this one. */
  #append(step: Step): void {
    const open = this.#open
    if (open && continues(open, step)) this.#open = { ...open, length: open.length + step.length }
    else {
      this.#closeOpen()
      this.#open = step
    }
    this.#splitLiteral()
  }

  /** Gives out whole literal blocks, so that each can be packed on its own and none grows with the object. */
  #splitLiteral(): void {
    let open = this.#open
    while (open?.kind === 'literal' && open.length >= literalBlockBytesMax) {
      this.#steps.push({ ...open, length: literalBlockBytesMax })
      const length = open.length - literalBlockBytesMax
      open = length > 0 ? { ...open, output: open.output + literalBlockBytesMax, length } : undefined
    }
    this.#open = open
  }

  #closeOpen(): void {
    if (this.#open) this.#steps.push(this.#open)
    this.#open = undefined
  }
}

/** Whether `next` is the same step going on. */
function continues(open: Step, next: Step): boolean {
  if (open.kind !== next.kind || open.output + open.length !== next.output) return false
  if (!isPlaced(open) || !isPlaced(next)) return true
  return open.source === next.source && open.offset + open.length === next.offset
}

/** Whether the receiver has it, there and on. */
export const isPlaced = (step: Step): step is CopyOp | HeldStep =>
  step.kind === 'copy' || step.kind === 'held'

/** The part of `step` that makes output [start, end). */
function cropped(step: Step, start: number, end: number): Step {
  const length = end - start
  return step.kind === 'copy'
    ? { ...step, output: start, length, offset: step.offset + start - step.output }
    : { ...step, output: start, length }
}
