// How far the peer may go on one stream, or over all of them, and how that grows: a window of which the reader uses up
// half in less than two round trips is too small for the path. Knows offsets and times; sends nothing. PROTOCOL.md §8-7.

import type { Micros } from '../../base/units.ts'

export class ReceiveWindow {
  /** One past the last offset the peer may use; only grows. §7.5-1 */
  limit: number
  /** Bytes the owner has taken. */
  consumed = 0
  #windowBytes: number
  readonly #windowBytesMax: number
  // where and when the stretch began whose speed decides the next doubling
  #sinceMicros: Micros | undefined
  #sinceConsumed = 0

  constructor(windowBytes: number, windowBytesMax: number) {
    this.limit = windowBytes
    this.#windowBytes = windowBytes
    this.#windowBytesMax = windowBytesMax
  }

  get windowBytes(): number {
    return this.#windowBytes
  }

  /** The first bytes start the clock. */
  onData(now: Micros): void {
    this.#sinceMicros ??= now
  }

  /** True when the limit rose and the peer should hear of it. */
  raise(now: Micros, minimumRttMicros: Micros): boolean {
    if (this.limit - this.consumed >= this.#windowBytes / 2) return false
    const elapsed = now - (this.#sinceMicros ?? now)
    const taken = this.consumed - this.#sinceConsumed
    // taken / elapsed is the reader's rate. Limits are told by halves of a window, so a sender that waits for each can
    // settle at half a window a round trip: the measure is a half in less than two of them
    if (elapsed * (this.#windowBytes / 2) < 2 * minimumRttMicros * taken)
      this.#windowBytes = Math.min(2 * this.#windowBytes, this.#windowBytesMax)
    this.#sinceMicros = now
    this.#sinceConsumed = this.consumed
    this.limit = this.consumed + this.#windowBytes
    return true
  }
}
