// A sliding window of packet numbers already opened: one per path and direction. Ask isFresh before opening,
// mark only what authenticated. Numbers run on through key updates. PROTOCOL.md §6.4.
//
// A ring of bits: number n lives at bit n modulo the window, so moving forward clears bits and moves nothing.

import { assert } from '../base/assert.ts'
import { replayWindowNumbers } from './limits.ts'

export class ReplayWindow {
  readonly #bits = new Uint32Array(replayWindowNumbers / 32)
  #largest = -1

  /** The largest number marked; -1 before the first. */
  get largest(): number {
    return this.#largest
  }

  /** false for a number seen before, or too old to say (§6.4-1, §6.4-2). */
  isFresh(packetNumber: number): boolean {
    if (packetNumber > this.#largest) return true
    if (packetNumber <= this.#largest - replayWindowNumbers) return false
    const bit = packetNumber % replayWindowNumbers
    return (this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0
  }

  /** Only for a number that is fresh and whose packet has opened: a forged one must not move the window. */
  mark(packetNumber: number): void {
    assert(this.isFresh(packetNumber), 'a packet number marked twice')
    if (packetNumber > this.#largest) {
      this.#forget(this.#largest + 1, packetNumber)
      this.#largest = packetNumber
    }
    const bit = packetNumber % replayWindowNumbers
    this.#bits[bit >>> 5] = this.#bits[bit >>> 5]! | (1 << (bit & 31))
  }

  // Clears the places of start … end, which held numbers one window older; whole words at once where it can.
  #forget(start: number, end: number): void {
    if (end - start >= replayWindowNumbers) {
      this.#bits.fill(0)
      return
    }
    for (let number = start; number <= end; ) {
      const bit = number % replayWindowNumbers
      if ((bit & 31) === 0 && number + 31 <= end) {
        this.#bits[bit >>> 5] = 0
        number += 32
      } else {
        this.#bits[bit >>> 5] = this.#bits[bit >>> 5]! & ~(1 << (bit & 31))
        number++
      }
    }
  }
}
