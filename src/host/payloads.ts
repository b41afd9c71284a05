// Literal payload in memory, both ways: what is sent stays where its owner put it (pieces.ts), what arrives is gathered
// in slabs (slabs.ts). Finds the stream, for the core and for whoever owns the bytes. Knows no packets. PROTOCOL.md §8.

import { must } from '../base/assert.ts'
import type { Payloads } from '../proto/plane/plane.ts'
import { OutgoingPieces } from './pieces.ts'
import { IncomingSlabs, type SlabPool, type SlabSink } from './slabs.ts'

export class MemoryPayloads implements Payloads {
  readonly #pool: SlabPool
  readonly #outgoing = new Map<number, OutgoingPieces>()
  readonly #incoming = new Map<number, IncomingSlabs>()
  readonly #discarded = new Set<number>()
  #onSlabGone: (stream: number, index: number) => void = () => {}
  // the stream that the last write was for: nearly always the next one's too
  #lastStream = -1
  #lastIncoming: IncomingSlabs | undefined

  #isClosed = false

  constructor(pool: SlabPool) {
    this.#pool = pool
    pool.enter()
  }

  // ---- sending

  /** The stream goes on with `bytes`, which must not change until `onReleased`. Returns the stream's length. */
  append(stream: number, bytes: Uint8Array, onReleased?: () => void): number {
    let pieces = this.#outgoing.get(stream)
    if (!pieces) {
      pieces = new OutgoingPieces()
      this.#outgoing.set(stream, pieces)
    }
    pieces.append(bytes, onReleased)
    return pieces.lengthBytes
  }

  read(stream: number, offset: number, target: Uint8Array): void {
    must(this.#outgoing.get(stream), 'a literal stream that was written').read(offset, target)
  }

  /** Payload below `upTo` will not be read again: its owners may have their memory back. */
  release(stream: number, upTo: number): void {
    this.#outgoing.get(stream)?.release(upTo)
  }

  /** Bytes written and not yet released. */
  unreleasedBytes(stream: number): number {
    return this.#outgoing.get(stream)?.unreleasedBytes ?? 0
  }

  /** The stream is over, well or not: whatever it still holds is released. */
  forgetSent(stream: number): void {
    this.release(stream, Number.POSITIVE_INFINITY)
    this.#outgoing.delete(stream)
  }

  /** The same bytes where they lie, appended to `target`; they stay there until released. */
  views(stream: number, offset: number, lengthBytes: number, target: Uint8Array[]): void {
    must(this.#outgoing.get(stream), 'a literal stream that was written').views(offset, lengthBytes, target)
  }

  // ---- receiving

  /** Told when the memory that slab() gave goes away. */
  set onSlabGone(listener: (stream: number, index: number) => void) {
    this.#onSlabGone = listener
  }

  /** The whole slab `index` of the stream, to be written to directly; undefined when it is no longer wanted. */
  slab(stream: number, index: number): Uint8Array | undefined {
    return this.#open(stream)?.memory(index)
  }

  write(stream: number, offset: number, bytes: Uint8Array): void {
    const incoming = stream === this.#lastStream ? this.#lastIncoming : undefined
    const slabs = incoming ?? this.#open(stream)
    slabs?.write(offset, bytes)
  }

  /** [start, end) is there now, each byte said once: the slabs it completes go to `sink`. */
  onFilled(stream: number, start: number, end: number, sink: SlabSink): void {
    must(this.#incoming.get(stream), 'a literal stream that was filled').onFilled(start, end, sink)
  }

  /**
   * All of the stream is there and it is `length` long: its unfinished slab, if any, goes to `sink`. Where the last
   * slab is gone already, or the stream is empty, an empty buffer says that it is over.
   */
  onEnded(stream: number, length: number, sink: SlabSink): void {
    const slabs = this.#incoming.get(stream) ?? this.#slabsOf(stream)
    this.#forget(stream)
    slabs.end(length, sink)
  }

  /** A buffer that `sink` was given and that its owner is done with. */
  recycle(buffer: SharedArrayBuffer): void {
    this.#pool.give(buffer)
  }

  /** Bytes of memory that hold payload not yet handed on. */
  get heldBytes(): number {
    let bytes = 0
    for (const slabs of this.#incoming.values()) bytes += slabs.heldBytes
    return bytes
  }

  /** The stream was reset: its slabs go back. */
  forgetReceived(stream: number): void {
    this.#incoming.get(stream)?.drop()
    this.#forget(stream)
  }

  /** Nobody wants the stream: what it holds goes back, and what its sender still had under way goes nowhere. */
  discard(stream: number): void {
    this.forgetReceived(stream)
    this.#discarded.add(stream)
  }

  /** The connection is over. */
  close(): void {
    for (const stream of [...this.#outgoing.keys()]) this.forgetSent(stream)
    for (const stream of [...this.#incoming.keys()]) this.forgetReceived(stream)
    if (!this.#isClosed) this.#pool.leave()
    this.#isClosed = true
  }

  #slabsOf(stream: number): IncomingSlabs {
    return new IncomingSlabs(stream, this.#pool, index => this.#onSlabGone(stream, index))
  }

  #forget(stream: number): void {
    this.#incoming.delete(stream)
    this.#lastStream = -1
    this.#lastIncoming = undefined
  }

  #open(stream: number): IncomingSlabs | undefined {
    if (this.#discarded.has(stream)) return undefined
    let slabs = this.#incoming.get(stream)
    if (!slabs) {
      slabs = this.#slabsOf(stream)
      this.#incoming.set(stream, slabs)
    }
    this.#lastStream = stream
    this.#lastIncoming = slabs
    return slabs
  }
}
