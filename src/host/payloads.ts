// Literal payload in memory, both ways. What is sent stays where its owner put it until it is acknowledged; what
// arrives is gathered in slabs, aligned by stream offset, that are handed on whole (and may go to another thread).
// Knows streams, offsets and bytes; no packets and no windows: the core's windows bound what arrives. PROTOCOL.md §8.

import { must } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { Payloads } from '../proto/plane/plane.ts'

/**
 * One hand-over: small enough that a stream's first window (256 KiB) fills it, for only whole slabs are consumed and
 * raise windows; large enough that handing it to another thread costs nothing beside filling it.
 */
export const slabBytes = 256 * KiB

/** Slabs kept for reuse, over all connections that share a pool. Those in use are bounded by the windows. */
const idleSlabsMax = 64

/** Memory for slabs, shared by the connections of one socket: page faults cost more than the copy into them. */
export class SlabPool {
  readonly #idle: ArrayBuffer[] = []
  readonly #idleMax: number
  #created = 0

  constructor(idleMax = idleSlabsMax) {
    this.#idleMax = idleMax
  }

  /** Slabs ever allocated. */
  get created(): number {
    return this.#created
  }

  get idle(): number {
    return this.#idle.length
  }

  take(): ArrayBuffer {
    const idle = this.#idle.pop()
    if (idle) return idle
    this.#created++
    return new ArrayBuffer(slabBytes)
  }

  /** A buffer that was transferred away, or is no slab, is not kept. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === slabBytes && this.#idle.length < this.#idleMax) this.#idle.push(buffer)
  }
}

/** `length` bytes of `buffer` are the stream's from `offset`; `isLast`: the stream ends with them. */
export type SlabSink = (
  stream: number,
  offset: number,
  buffer: ArrayBuffer,
  length: number,
  isLast: boolean,
) => void

interface Piece {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly onReleased: (() => void) | undefined
}

interface Outgoing {
  /** In order of offset, without gaps; those before `first` are released. */
  pieces: Piece[]
  first: number
  /** Where the last read was: reads walk forward but for retransmissions. */
  cursor: number
  lengthBytes: number
}

interface Slab {
  readonly buffer: ArrayBuffer
  readonly bytes: Uint8Array
  filledBytes: number
}

interface Incoming {
  /** By index, offset / slabBytes. */
  readonly slabs: Map<number, Slab>
  /** Handed on: all below `base`, and these. */
  readonly handed: Set<number>
  base: number
}

export class MemoryPayloads implements Payloads {
  readonly #pool: SlabPool
  readonly #outgoing = new Map<number, Outgoing>()
  readonly #incoming = new Map<number, Incoming>()
  // the stream that the last write was for: nearly always the next one's too
  #lastStream = -1
  #lastIncoming: Incoming | undefined

  constructor(pool: SlabPool) {
    this.#pool = pool
  }

  // ---- sending

  /** The stream goes on with `bytes`, which must not change until `onReleased`. Returns the stream's length. */
  append(stream: number, bytes: Uint8Array, onReleased?: () => void): number {
    let out = this.#outgoing.get(stream)
    if (!out) {
      out = { pieces: [], first: 0, cursor: 0, lengthBytes: 0 }
      this.#outgoing.set(stream, out)
    }
    const start = out.lengthBytes
    out.lengthBytes = start + bytes.length
    if (bytes.length > 0) out.pieces.push({ start, end: out.lengthBytes, bytes, onReleased })
    else onReleased?.()
    return out.lengthBytes
  }

  read(stream: number, offset: number, target: Uint8Array): void {
    const out = must(this.#outgoing.get(stream), 'a literal stream that was written')
    let at = seek(out, offset)
    let done = 0
    while (done < target.length) {
      const piece = must(out.pieces[at], 'payload that is written and not released')
      const from = offset + done - piece.start
      const count = Math.min(piece.end - piece.start - from, target.length - done)
      target.set(piece.bytes.subarray(from, from + count), done)
      done += count
      if (done < target.length) at++
    }
    out.cursor = at
  }

  /** Payload below `upTo` will not be read again: its owners may have their memory back. */
  release(stream: number, upTo: number): void {
    const out = this.#outgoing.get(stream)
    if (!out) return
    const { pieces } = out
    for (let piece = pieces[out.first]; piece && piece.end <= upTo; piece = pieces[out.first]) {
      out.first++
      piece.onReleased?.()
    }
    if (out.first < 64 || out.first * 2 < pieces.length) return
    out.pieces = pieces.slice(out.first)
    out.cursor = Math.max(0, out.cursor - out.first)
    out.first = 0
  }

  /** Bytes written and not yet released. */
  unreleasedBytes(stream: number): number {
    const out = this.#outgoing.get(stream)
    const oldest = out?.pieces[out.first]
    return out && oldest ? out.lengthBytes - oldest.start : 0
  }

  /** The stream is over, well or not: whatever it still holds is released. */
  forgetSent(stream: number): void {
    this.release(stream, Number.POSITIVE_INFINITY)
    this.#outgoing.delete(stream)
  }

  // ---- receiving

  write(stream: number, offset: number, bytes: Uint8Array): void {
    const incoming = stream === this.#lastStream ? this.#lastIncoming : undefined
    const held = incoming ?? this.#open(stream)
    const index = Math.floor(offset / slabBytes)
    const at = offset - index * slabBytes
    if (at + bytes.length <= slabBytes) {
      this.#slab(held, index)?.bytes.set(bytes, at)
      return
    }
    const split = slabBytes - at
    this.#slab(held, index)?.bytes.set(bytes.subarray(0, split), at)
    this.write(stream, offset + split, bytes.subarray(split))
  }

  /** [start, end) is there now, each byte said once: what it completes goes to `sink`. */
  onFilled(stream: number, start: number, end: number, sink: SlabSink): void {
    const incoming = must(this.#incoming.get(stream), 'a literal stream that was filled')
    for (let index = Math.floor(start / slabBytes); index * slabBytes < end; index++) {
      const slab = must(incoming.slabs.get(index), 'a slab that was filled')
      const from = Math.max(start, index * slabBytes)
      slab.filledBytes += Math.min(end, (index + 1) * slabBytes) - from
      if (slab.filledBytes < slabBytes) continue
      hand(incoming, index)
      sink(stream, index * slabBytes, slab.buffer, slabBytes, false)
    }
  }

  /**
   * All of the stream is there and it is `length` long: its unfinished slab, if any, goes to `sink`. Where the last
   * slab is gone already, or the stream is empty, an empty buffer says that it is over.
   */
  onEnded(stream: number, length: number, sink: SlabSink): void {
    const index = Math.floor(length / slabBytes)
    const incoming = this.#incoming.get(stream)
    const slab = incoming?.slabs.get(index)
    this.#forget(stream)
    if (slab) sink(stream, index * slabBytes, slab.buffer, length - index * slabBytes, true)
    else sink(stream, length, new ArrayBuffer(0), 0, true)
  }

  /** A buffer that `sink` was given and that its owner is done with. */
  recycle(buffer: ArrayBuffer): void {
    this.#pool.give(buffer)
  }

  /** Bytes of memory that hold payload not yet handed on. */
  get heldBytes(): number {
    let slabs = 0
    for (const { slabs: held } of this.#incoming.values()) slabs += held.size
    return slabs * slabBytes
  }

  /** The stream was reset: its slabs go back. */
  forgetReceived(stream: number): void {
    const incoming = this.#incoming.get(stream)
    if (incoming) for (const slab of incoming.slabs.values()) this.#pool.give(slab.buffer)
    this.#forget(stream)
  }

  /** The connection is over. */
  close(): void {
    for (const stream of [...this.#outgoing.keys()]) this.forgetSent(stream)
    for (const stream of [...this.#incoming.keys()]) this.forgetReceived(stream)
  }

  #forget(stream: number): void {
    this.#incoming.delete(stream)
    this.#lastStream = -1
    this.#lastIncoming = undefined
  }

  #open(stream: number): Incoming {
    let incoming = this.#incoming.get(stream)
    if (!incoming) {
      incoming = { slabs: new Map(), handed: new Set(), base: 0 }
      this.#incoming.set(stream, incoming)
    }
    this.#lastStream = stream
    this.#lastIncoming = incoming
    return incoming
  }

  // undefined for a late duplicate of what was handed on
  #slab(incoming: Incoming, index: number): Slab | undefined {
    const held = incoming.slabs.get(index)
    if (held) return held
    if (index < incoming.base || incoming.handed.has(index)) return undefined
    const buffer = this.#pool.take()
    const slab = { buffer, bytes: new Uint8Array(buffer), filledBytes: 0 }
    incoming.slabs.set(index, slab)
    return slab
  }
}

function hand(incoming: Incoming, index: number): void {
  incoming.slabs.delete(index)
  incoming.handed.add(index)
  while (incoming.handed.delete(incoming.base)) incoming.base++
}

/** The piece that holds `offset`: at the cursor or just behind it, else by bisection. */
function seek(out: Outgoing, offset: number): number {
  const { pieces } = out
  let at = out.cursor
  const near = pieces[at]
  if (near && near.start <= offset) {
    if (offset < near.end) return at
    const next = pieces[at + 1]
    if (next && offset < next.end) return at + 1
  }
  let low = out.first
  let high = pieces.length
  while (low < high) {
    at = (low + high) >> 1
    if (must(pieces[at], 'a piece').end <= offset) low = at + 1
    else high = at
  }
  return low
}
