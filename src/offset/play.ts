// The receiver's judge of a program: every op of a block is checked against what the transfer agreed before anyone
// acts on it. Ops that pass are the actions, with absolute positions. Knows neither files nor the wire form; that the
// bytes are right is the blob id's business. PROTOCOL.md §14.5

import { unreachable } from '../base/assert.ts'
import { RangeSet } from '../base/ranges.ts'
import { outputRangesMax } from './limits.ts'
import { type CopyOp, literalBytes, type OpBlock, type ProgramFault } from './ops.ts'

export interface PlayerOptions {
  readonly objectBytes: number
  /** Output bytes ANSWER granted; what is held already needs no grant. */
  readonly grantBytes: number
  /** The byte length of every source, by its alias. */
  readonly sources: ReadonlyMap<number, number>
  /** The codecs this side offered. */
  readonly codecs: readonly number[]
  /** Output ranges the receiver said it holds: no op may write there again. */
  readonly held?: Iterable<{ readonly start: number; readonly end: number }>
  /** Where this object's literals begin in the literal stream. */
  readonly literalStart?: number
}

export class Player {
  readonly #objectBytes: number
  readonly #sources: ReadonlyMap<number, number>
  readonly #codecs: readonly number[]
  readonly #written = new RangeSet()
  #grantBytes: number
  #literal: number

  constructor(options: PlayerOptions) {
    this.#objectBytes = options.objectBytes
    this.#grantBytes = options.grantBytes
    this.#sources = options.sources
    this.#codecs = options.codecs
    this.#literal = options.literalStart ?? 0
    for (const { start, end } of options.held ?? []) this.#written.add(start, end)
  }

  /** Output bytes still granted. */
  get grantLeftBytes(): number {
    return this.#grantBytes
  }

  /** The next byte of the literal stream that no op has used. */
  get literalEnd(): number {
    return this.#literal
  }

  /** The parts of the object that are neither held nor the output of an op. */
  missing(): { readonly start: number; readonly end: number }[] {
    return this.#written.gaps(0, this.#objectBytes)
  }

  /** Takes back a range that turned out bad, so that a repair may write it again (§14.5-3). */
  reopen(start: number, end: number): void {
    const before = this.#written.total
    this.#written.remove(start, end)
    this.#grantBytes += before - this.#written.total
  }

  /** The first fault of the block, or undefined: then every op of it may be carried out (§14.5-1, §14.5-2). */
  play(block: OpBlock): ProgramFault | undefined {
    for (const op of block) {
      const end = op.output + op.length
      if (end > this.#objectBytes) return 'past_end'
      if (op.length > this.#grantBytes) return 'past_grant'
      if (this.#written.overlaps(op.output, end)) return 'overlap'
      switch (op.kind) {
        case 'copy': {
          const fault = this.#checkCopy(op)
          if (fault) return fault
          break
        }
        case 'compressed':
          if (!this.#codecs.includes(op.codec)) return 'unknown_codec'
          if (op.literal !== this.#literal) return 'literal_gap'
          break
        case 'literal':
          if (op.literal !== this.#literal) return 'literal_gap'
          break
        case 'zero':
          break
        default:
          return unreachable(op)
      }
      this.#literal += literalBytes(op)
      this.#grantBytes -= op.length
      this.#written.add(op.output, end)
      if (this.#written.count > outputRangesMax) return 'too_fragmented'
    }
    return undefined
  }

  #checkCopy(op: CopyOp): ProgramFault | undefined {
    const sourceBytes = this.#sources.get(op.source)
    if (sourceBytes === undefined) return 'unknown_source'
    return op.offset + op.length > sourceBytes ? 'past_source' : undefined
  }
}
