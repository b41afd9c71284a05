// Turns planned steps into what travels: op blocks, and literal bytes packed where that pays. Lends out the memory of
// literals and takes it back when the network is done with it, so that a transfer of any size uses the same buffers.
// Knows no planner and no peer. PROTOCOL.md §14.2, §14.6

import { concat } from '../../base/bytes.ts'
import type { Codec, Codecs } from '../../host/codec.ts'
import { encodeOps } from '../../offset/encode.ts'
import { literalBlockBytesMax } from '../../offset/limits.ts'
import type { Op } from '../../offset/ops.ts'
import type { Step } from '../../offset/plan.ts'
import type { SourceEvent } from './events.ts'
import type { SourceObject } from './source_object.ts'

/** Buffers kept for reuse: the first touch of fresh memory costs as much as hashing what goes in. */
const spareBuffersMax = 160

export class PieceWriter {
  readonly #object: SourceObject
  readonly #zstd: Codec | undefined
  readonly #emit: (event: SourceEvent) => void
  readonly #spare: SharedArrayBuffer[] = []
  #ops: Op[] = []
  #literals: { buffer: SharedArrayBuffer; length: number }[] = []
  #literal = 0
  #opBytes = 0
  #reusedBytes = 0
  #buffersOut = 0

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

  /** Memory that is out, in bytes. */
  get literalBytesOut(): number {
    return this.#buffersOut * literalBlockBytesMax
  }

  totals(): { readonly opBytes: number; readonly literalBytes: number } {
    return { opBytes: this.#opBytes, literalBytes: this.#literal }
  }

  /** Streams of a new round begin at 0. */
  beginRound(): void {
    this.#literal = 0
    this.#opBytes = 0
  }

  takeBack(buffers: readonly SharedArrayBuffer[]): void {
    this.#buffersOut -= buffers.length
    for (const buffer of buffers) if (this.#spare.length < spareBuffersMax) this.#spare.push(buffer)
  }

  add(step: Step): void {
    if (step.kind !== 'literal') {
      this.#ops.push(step)
      this.#reusedBytes += step.length
      return
    }
    const { output, length } = step
    const buffer = this.#spare.pop() ?? new SharedArrayBuffer(literalBlockBytesMax)
    const raw = new Uint8Array(buffer, 0, length)
    this.#object.read(raw, output)
    const packed = this.#zstd?.encode(raw)
    if (packed) {
      raw.set(packed) // smaller by the codec's own rule
      const stored = { codec: 1, storedLength: packed.length }
      this.#ops.push({ kind: 'compressed', output, length, literal: this.#literal, ...stored })
    } else this.#ops.push({ kind: 'literal', output, length, literal: this.#literal })
    const stored = packed?.length ?? length
    this.#literals.push({ buffer, length: stored })
    this.#buffersOut++
    this.#literal += stored
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
