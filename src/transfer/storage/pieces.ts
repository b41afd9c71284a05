// Turns planned steps into what travels: op blocks, and literal bytes packed where that pays. Literals lie where the scan
// has read them, or are read anew; each waits for the step behind it, and is then split by what of it the receiver has.
// Knows no planner and no peer. PROTOCOL.md §14.2, §14.4, §14.6

import { assert } from '../../base/assert.ts'
import { concat } from '../../base/bytes.ts'
import type { Codec, Codecs } from '../../host/codec.ts'
import { encodeOps } from '../../offset/encode.ts'
import type { Extender } from '../../offset/extend.ts'
import type { CopyOp, Op, ZeroOp } from '../../offset/ops.ts'
import type { LiteralStep, Step } from '../../offset/plan.ts'
import type { LentLiteral, SourceEvent } from './events.ts'
import { LiteralRoom } from './literal_room.ts'
import { type Loan, Loans } from './loans.ts'
import type { PackPace } from './pack_pace.ts'
import { inFewestBytes, type Packed } from './packing.ts'
import type { SourceObject } from './source_object.ts'

/** Bytes of the object as the scan has left them in memory. */
export interface Scanned {
  readonly loan: Loan
  /** Where in the object the loan's first byte lies. */
  readonly output: number
  /** Most of it travels: its literals go out as they lie. Else they are gathered, so that little memory is held. */
  readonly isDense: boolean
}

interface Waiting {
  readonly step: LiteralStep
  readonly scanned: Scanned | undefined
}

export class PieceWriter {
  readonly #object: SourceObject
  readonly #zstd: Codec | undefined
  readonly #emit: (event: SourceEvent) => void
  readonly #packing: PackPace | undefined
  readonly loans = new Loans()
  readonly #room = new LiteralRoom(this.loans)
  #extender: Extender | undefined
  #waiting: Waiting | undefined
  #ops: Op[] = []
  #literals: LentLiteral[] = []
  #literal = 0
  #opBytes = 0
  #reusedBytes = 0

  /**
   * @param theirs codecs the receiver can undo
   * @param packing when; undefined: wherever it makes less of it
   * @param extender looks for parts of literals among what the receiver holds
   */
  constructor(
    object: SourceObject,
    codecs: Codecs,
    theirs: readonly number[],
    emit: (event: SourceEvent) => void,
    packing: PackPace | undefined,
    extender?: Extender,
  ) {
    this.#object = object
    this.#zstd = theirs.includes(1) ? codecs.byId(1) : undefined
    this.#emit = emit
    this.#packing = packing
    this.#extender = extender
  }

  totals(): { readonly opBytes: number; readonly literalBytes: number } {
    return { opBytes: this.#opBytes, literalBytes: this.#literal }
  }

  /** A literal waits for the step behind it. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  /** It is worth it: among new content literals go out while the cache has them. */
  get waitsForCopy(): boolean {
    return this.#waiting !== undefined && this.#extender?.isNearCopy === true
  }

  /** Streams of a new round begin at 0; it is a repair, and all that is asked for goes as literals. §15.6-2 */
  beginRound(): void {
    this.#literal = 0
    this.#opBytes = 0
    this.#extender = undefined
  }

  /** @param scanned holds the step's bytes, if it is a literal */
  add(step: Step, scanned?: Scanned): void {
    this.settle(step)
    if (step.kind !== 'literal') {
      this.#extender?.pass(step)
      if (step.kind !== 'held') this.#reuse(step)
    } else if (this.#extender) {
      if (scanned) this.loans.lend(scanned.loan)
      this.#waiting = { step, scanned }
    } else this.#addLiteral(step, scanned)
  }

  /** What waits need wait no longer. @param next the step behind it, if that is known */
  settle(next?: Step): void {
    if (!this.#waiting) return
    const { step, scanned } = this.#waiting
    this.#waiting = undefined
    this.#addLiteral(step, scanned, next)
    if (scanned) this.loans.give(scanned.loan.id)
  }

  #reuse(step: CopyOp | ZeroOp): void {
    this.#reusedBytes += step.length
    const last = this.#ops.at(-1)
    const goesOn =
      last?.kind === 'copy' &&
      step.kind === 'copy' &&
      last.source === step.source &&
      last.output + last.length === step.output &&
      last.offset + last.length === step.offset
    if (goesOn) this.#ops[this.#ops.length - 1] = { ...last, length: last.length + step.length }
    else this.#ops.push(step)
  }

  #addLiteral(step: LiteralStep, scanned?: Scanned, next?: Step): void {
    const { output, length } = step
    const at = scanned ? output - scanned.output : 0
    const there = scanned?.loan.bytes.subarray(at, at + length)
    const raw = there ?? this.#room.take(length).bytes
    if (!there) this.#object.read(raw, output)
    assert(raw.length === length, 'the bytes of a literal')
    const packed = this.#pack(raw, step, this.#extender?.split(step, raw, next) ?? [step])

    const goesAsItLies = scanned?.isDense === true && there && 2 * packed.literalBytes >= length
    // what was read into the room moves up there, each literal to where the one before it ends: never past its own bytes
    const room = goesAsItLies ? { loan: scanned.loan, bytes: there } : this.#room.take(packed.literalBytes)
    let filled = 0
    for (const { step: part, stored } of packed.parts) {
      if (part.kind !== 'literal') {
        this.#reuse(part)
        continue
      }
      const from = part.output - output
      const bytes = stored ?? raw.subarray(from, from + part.length)
      const to = goesAsItLies ? from : filled
      const target = room.bytes.subarray(to, to + bytes.length)
      const liesThere = target.buffer === bytes.buffer && target.byteOffset === bytes.byteOffset
      if (!liesThere) target.set(bytes)
      this.#lend(room.loan, target)
      this.#ops.push(opOf(part, this.#literal, stored))
      this.#literal += bytes.length
      filled += bytes.length
    }
    if (!goesAsItLies) this.#room.keep(filled)
  }

  #pack(raw: Uint8Array, whole: LiteralStep, parts: readonly (CopyOp | LiteralStep)[]): Packed {
    const pace = this.#packing
    if (!pace || !this.#zstd) return inFewestBytes(raw, whole, parts, this.#zstd)
    if (!pace.isDue(this.loans.outBytes)) return inFewestBytes(raw, whole, parts, undefined)
    return pace.measure(raw.length, () => inFewestBytes(raw, whole, parts, this.#zstd))
  }

  /** Neighbours in memory go out as one. */
  #lend(loan: Loan, bytes: Uint8Array): void {
    const last = this.#literals.at(-1)
    if (last?.loan === loan.id && last.bytes.byteOffset + last.bytes.length === bytes.byteOffset) {
      const start = last.bytes.byteOffset - loan.bytes.byteOffset
      const joined = loan.bytes.subarray(start, start + last.bytes.length + bytes.length)
      this.#literals[this.#literals.length - 1] = { loan: loan.id, bytes: joined }
      return
    }
    this.loans.lend(loan)
    this.#literals.push({ loan: loan.id, bytes })
  }

  /** Sends off what has gathered. */
  flush(plannedBytes: number): void {
    this.#room.close()
    if (this.#ops.length === 0) return
    const ops = concat(...encodeOps(this.#ops, this.#zstd))
    this.#opBytes += ops.length
    const piece = { ops, literals: this.#literals, plannedBytes, reusedBytes: this.#reusedBytes }
    this.#ops = []
    this.#literals = []
    this.#emit({ kind: 'piece', piece })
  }
}

function opOf({ output, length }: LiteralStep, literal: number, stored: Uint8Array | undefined): Op {
  return stored
    ? { kind: 'compressed', output, length, literal, codec: 1, storedLength: stored.length }
    : { kind: 'literal', output, length, literal }
}
