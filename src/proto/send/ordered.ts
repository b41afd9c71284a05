// The bytes of one ordered stream until they are acknowledged: references to what the owner wrote, never copies.
// Knows chunks and offsets; what goes when is the scheduler's. PROTOCOL.md §8.

import { assert } from '../../base/assert.ts'
import { Progress } from './progress.ts'

interface Chunk {
  start: number
  readonly bytes: Uint8Array
}

export class OrderedSend {
  readonly kind = 'ordered'
  readonly progress: Progress
  #chunks: Chunk[] = []
  #head = 0
  /** Above the high mark since the last 'writable'. */
  #isFull = false

  constructor(stream: number, limit: number) {
    this.progress = new Progress(stream, limit)
  }

  get bufferedBytes(): number {
    return this.progress.written - this.progress.ackedUpTo
  }

  write(bytes: Uint8Array, isLast: boolean, highBytes: number): void {
    const { progress } = this
    assert(progress.end === 'none', 'write after the last byte of a stream')
    if (bytes.length > 0) this.#chunks.push({ start: progress.written, bytes })
    progress.write(progress.written + bytes.length, isLast)
    if (this.bufferedBytes > highBytes) this.#isFull = true
  }

  /** Before anything was sent: what is buffered moves up behind bytes that went in the handshake. */
  startAt(offset: number): void {
    assert(this.progress.next === 0, 'the handshake comes first')
    for (const chunk of this.#chunks) chunk.start += offset
    this.progress.startAt(offset)
  }

  /** A view of the bytes from `offset` to `end`, or to where the chunk that holds them ends. */
  view(offset: number, end: number): Uint8Array {
    let low = this.#head
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#chunks[middle]!.start <= offset) low = middle
      else high = middle - 1
    }
    const chunk = this.#chunks[low]
    assert(chunk !== undefined && chunk.start <= offset, 'bytes are kept until they are acknowledged')
    return chunk.bytes.subarray(offset - chunk.start, end - chunk.start)
  }

  /** True when the owner is owed a 'writable'. */
  onAcked(start: number, end: number, lowBytes: number): boolean {
    if (!this.progress.onAcked(start, end)) return false
    this.#release()
    if (!this.#isFull || this.bufferedBytes >= lowBytes) return false
    this.#isFull = false
    return true
  }

  giveUp(code: number): void {
    this.progress.giveUp(code)
    this.#chunks = []
    this.#head = 0
  }

  #release(): void {
    const { ackedUpTo } = this.progress
    while (this.#head < this.#chunks.length) {
      const chunk = this.#chunks[this.#head]!
      if (chunk.start + chunk.bytes.length > ackedUpTo) break
      this.#head++
    }
    if (this.#head === this.#chunks.length || this.#head >= 64) {
      this.#chunks.splice(0, this.#head)
      this.#head = 0
    }
  }
}
