// Turns planned steps into what travels: op blocks, and literal bytes packed where that pays. Literals lie where the scan
// has read them, or are read anew. Knows no planner and no peer. PROTOCOL.md §14.2, §14.6

import { concat } from '../../base/bytes.ts'
import type { Codec, Codecs } from '../../host/codec.ts'
import { encodeOps } from '../../offset/encode.ts'
import { literalBlockBytesMax } from '../../offset/limits.ts'
import type { Op } from '../../offset/ops.ts'
import type { LiteralStep, Step } from '../../offset/plan.ts'
import type { LentLiteral, SourceEvent } from './events.ts'
import { type Loan, Loans } from './loans.ts'
import type { SourceObject } from './source_object.ts'

/** Bytes of the object as the scan has left them in memory. */
export interface Scanned {
  readonly loan: Loan
  /** Where in the object the loan's first byte lies. */
  readonly output: number
  /** Most of it travels: its literals go out as they lie. Else they are gathered, so that little memory is held. */
  readonly isDense: boolean
}

export class PieceWriter {
  readonly #object: SourceObject
  readonly #zstd: Codec | undefined
  readonly #emit: (event: SourceEvent) => void
  readonly loans = new Loans()
  #ops: Op[] = []
  #literals: LentLiteral[] = []
  #literal = 0
  #opBytes = 0
  #reusedBytes = 0

  /** @param theirs codecs the receiver can undo */
  constructor(
    object: SourceObject,
    codecs: Codecs,
    theirs: readonly number[],
    emit: (event: SourceEvent) => void,
  ) {
    this.#object = object
    this.#zstd = theirs.includes(1) ? codecs.byId(1) : undefined
    this.#emit = emit
  }

  totals(): { readonly opBytes: number; readonly literalBytes: number } {
    return { opBytes: this.#opBytes, literalBytes: this.#literal }
  }

  /** Streams of a new round begin at 0. */
  beginRound(): void {
    this.#literal = 0
    this.#opBytes = 0
  }

  /** @param scanned holds the step's bytes, if it is a literal */
  add(step: Step, scanned?: Scanned): void {
    if (step.kind !== 'literal') {
      this.#ops.push(step)
      this.#reusedBytes += step.length
      return
    }
    const { output, length } = step
    const { loan, raw } = this.#rawOf(step, scanned)
    const packed = this.#zstd?.encode(raw)
    if (packed) {
      raw.set(packed) // smaller by the codec's own rule
      const stored = { codec: 1, storedLength: packed.length }
      this.#ops.push({ kind: 'compressed', output, length, literal: this.#literal, ...stored })
    } else this.#ops.push({ kind: 'literal', output, length, literal: this.#literal })
    const stored = packed?.length ?? length
    this.loans.lend(loan)
    this.#literals.push({ loan: loan.id, bytes: raw.subarray(0, stored) })
    if (loan !== scanned?.loan) this.loans.give(loan.id)
    this.#literal += stored
  }

  #rawOf({ output, length }: LiteralStep, scanned?: Scanned): { loan: Loan; raw: Uint8Array } {
    const at = scanned ? output - scanned.output : 0
    const there = scanned?.loan.bytes.subarray(at, at + length)
    if (scanned?.isDense && there) return { loan: scanned.loan, raw: there }
    const loan = this.loans.take(literalBlockBytesMax)
    const raw = loan.bytes.subarray(0, length)
    if (there) raw.set(there)
    else this.#object.read(raw, output)
    return { loan, raw }
  }

  /** Sends off what has gathered. */
  flush(plannedBytes: number): void {
    if (this.#ops.length === 0) return
    const ops = concat(...encodeOps(this.#ops, this.#zstd))
    this.#opBytes += ops.length
    const piece = { ops, literals: this.#literals, plannedBytes, reusedBytes: this.#reusedBytes }
    this.#ops = []
    this.#literals = []
    this.#emit({ kind: 'piece', piece })
  }
}
