// One ordered stream as it arrives: segments that came early wait, bounded in bytes by the window and in number by
// config.ts; the owner gets each byte once and in order. Knows no frames. PROTOCOL.md §8-4, §8-6.

import { limits } from '../config.ts'

interface Segment {
  start: number
  bytes: Uint8Array
}

export class Reassembly {
  /** The next byte to hand on. */
  next = 0
  readonly #segments: Segment[] = []
  #heldBytes = 0

  get segments(): number {
    return this.#segments.length
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * Takes a copy of what is new in `bytes`: they are a view into a datagram. The first of two equal bytes stays.
   * False when too many pieces wait already: then nothing was taken, and the packet must not be acknowledged.
   */
  insert(offset: number, bytes: Uint8Array): boolean {
    let start = Math.max(offset, this.next)
    const end = offset + bytes.length
    if (start >= end) return true
    if (this.#segments.length >= limits.orderedSegments && start > this.next) return false
    let index = this.#seek(start)
    while (start < end) {
      const following = this.#segments[index]
      const until = following ? Math.min(end, Math.max(start, following.start)) : end
      if (until > start) {
        this.#segments.splice(index, 0, { start, bytes: bytes.slice(start - offset, until - offset) })
        this.#heldBytes += until - start
        index++
      }
      if (!following) break
      start = Math.max(until, following.start + following.bytes.length)
      index++
    }
    return true
  }

  /** The bytes at `next`, once; undefined when they have not come. */
  shift(): Uint8Array | undefined {
    const first = this.#segments[0]
    if (first === undefined || first.start !== this.next) return undefined
    this.#segments.shift()
    this.#heldBytes -= first.bytes.length
    this.next += first.bytes.length
    return first.bytes
  }

  clear(): void {
    this.#segments.length = 0
    this.#heldBytes = 0
  }

  // The index of the first segment that ends past `start`.
  #seek(start: number): number {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >> 1
      const segment = this.#segments[middle]!
      if (segment.start + segment.bytes.length <= start) low = middle + 1
      else high = middle
    }
    return low
  }
}
