// Where literal payload is gathered as it arrives: slabs, aligned by stream offset, that are handed on whole and may go
// to another thread. Their memory is shared between threads, not moved: moving costs tens of microseconds each way.
// One stream's, and the pool all streams of a socket take theirs from. Knows offsets and bytes; the core's windows
// bound what arrives. PROTOCOL.md §8-6.

import { must } from '../base/assert.ts'
import { KiB } from '../base/units.ts'

/**
 * One hand-over: large enough that handing it to another thread costs nothing beside filling it; small enough that the
 * last, which is seldom full, wastes little.
 */
export const slabBytes = 256 * KiB

/**
 * Slabs kept for reuse while there are connections, over all that share a pool: as many as their windows may fill (§8-12). One
 * that is dropped is garbage that two threads must find first: with 64 kept, 500 senders took 0.13 GB more.
 */
const idleSlabsMax = 512
/** And when the last connection is over. */
const restingSlabsMax = 64

/** Memory for slabs, shared by the connections of one socket: page faults cost more than the copy into them. */
export class SlabPool {
  readonly #idle: SharedArrayBuffer[] = []
  readonly #idleMax: number
  #created = 0
  #users = 0

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

  enter(): void {
    this.#users++
  }

  leave(): void {
    this.#users--
    if (this.#users === 0) this.#idle.length = Math.min(this.#idle.length, restingSlabsMax)
  }

  take(): SharedArrayBuffer {
    const idle = this.#idle.pop()
    if (idle) return idle
    this.#created++
    return new SharedArrayBuffer(slabBytes)
  }

  /** What is no slab is not kept. */
  give(buffer: SharedArrayBuffer): void {
    if (buffer.byteLength === slabBytes && this.#idle.length < this.#idleMax) this.#idle.push(buffer)
  }
}

const nothing = new SharedArrayBuffer(0)

/** `length` bytes of `buffer` are the stream's from `offset`; `isLast`: the stream ends with them. */
export type SlabSink = (
  stream: number,
  offset: number,
  buffer: SharedArrayBuffer,
  length: number,
  isLast: boolean,
) => void

interface Slab {
  readonly buffer: SharedArrayBuffer
  readonly bytes: Uint8Array
  filledBytes: number
}

export class IncomingSlabs {
  readonly #stream: number
  readonly #pool: SlabPool
  // by index, offset / slabBytes
  readonly #slabs = new Map<number, Slab>()
  // handed on: all below the base, and these
  readonly #handed = new Set<number>()
  #base = 0
  readonly #onGone: (index: number) => void

  /** @param onGone the memory of a slab leaves here: whoever wrote to it directly must stop */
  constructor(stream: number, pool: SlabPool, onGone: (index: number) => void = () => {}) {
    this.#stream = stream
    this.#pool = pool
    this.#onGone = onGone
  }

  /** Bytes of memory held. */
  get heldBytes(): number {
    return this.#slabs.size * slabBytes
  }

  write(offset: number, bytes: Uint8Array): void {
    const index = Math.floor(offset / slabBytes)
    const at = offset - index * slabBytes
    if (at + bytes.length <= slabBytes) {
      this.#slab(index)?.bytes.set(bytes, at)
      return
    }
    const split = slabBytes - at
    this.#slab(index)?.bytes.set(bytes.subarray(0, split), at)
    this.write(offset + split, bytes.subarray(split))
  }

  /** All of slab `index`, or undefined when it was handed on. */
  memory(index: number): Uint8Array | undefined {
    return this.#slab(index)?.bytes
  }

  /** [start, end) is there now, each byte said once: what it completes goes to `sink`. */
  onFilled(start: number, end: number, sink: SlabSink): void {
    for (let index = Math.floor(start / slabBytes); index * slabBytes < end; index++) {
      const slab = must(this.#slabs.get(index), 'a slab that was filled')
      const from = Math.max(start, index * slabBytes)
      slab.filledBytes += Math.min(end, (index + 1) * slabBytes) - from
      if (slab.filledBytes < slabBytes) continue
      this.#hand(index)
      sink(this.#stream, index * slabBytes, slab.buffer, slabBytes, false)
    }
  }

  /** The stream ends at `length` and all of it is there: hands on what is left, or says by nothing that it is over. */
  end(length: number, sink: SlabSink): void {
    const index = Math.floor(length / slabBytes)
    const slab = this.#slabs.get(index)
    this.#remove(index)
    if (slab) sink(this.#stream, index * slabBytes, slab.buffer, length - index * slabBytes, true)
    else sink(this.#stream, length, nothing, 0, true)
  }

  /** Nobody wants them any more. */
  drop(): void {
    for (const [index, slab] of this.#slabs) {
      this.#onGone(index)
      this.#pool.give(slab.buffer)
    }
    this.#slabs.clear()
  }

  #remove(index: number): void {
    if (this.#slabs.delete(index)) this.#onGone(index)
  }

  #hand(index: number): void {
    this.#remove(index)
    this.#handed.add(index)
    while (this.#handed.delete(this.#base)) this.#base++
  }

  // undefined for a late duplicate of what was handed on
  #slab(index: number): Slab | undefined {
    const held = this.#slabs.get(index)
    if (held) return held
    if (index < this.#base || this.#handed.has(index)) return undefined
    const buffer = this.#pool.take()
    const slab = { buffer, bytes: new Uint8Array(buffer), filledBytes: 0 }
    this.#slabs.set(index, slab)
    return slab
  }
}
