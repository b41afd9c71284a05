// How far the peer may go on one stream, or over all of them, and how that grows: a window of which the reader uses up
// half in less than two round trips is too small for the path. Knows offsets and times; sends nothing. PROTOCOL.md §8-7.

import type { Micros } from '../../base/units.ts'
import type { ReceiveShare } from './budget.ts'

export class ReceiveWindow {
  /** One past the last offset the peer may use; only grows. §7.5-1 */
  limit: number
  /** Bytes the owner has taken. */
  consumed = 0
  #windowBytes: number
  readonly #windowBytesMax: number
  // of the window over all streams: what other connections leave it
  readonly #share: ReceiveShare | undefined
  // where and when the stretch began whose speed decides the next doubling
  #sinceMicros: Micros | undefined
  #sinceConsumed = 0

  constructor(windowBytes: number, windowBytesMax: number, share?: ReceiveShare) {
    this.limit = windowBytes
    this.#windowBytes = windowBytes
    this.#windowBytesMax = windowBytesMax
    this.#share = share
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
    const left = this.limit - this.consumed
    const size = Math.min(this.#windowBytes, this.#share?.mostBytes ?? this.#windowBytes)
    if (left >= size / 2) return false
    const elapsed = now - (this.#sinceMicros ?? now)
    const taken = this.consumed - this.#sinceConsumed
    // taken / elapsed is the reader's rate. Limits are told by halves of a window, so a sender that waits for each can
    // settle at half a window a round trip: the measure is a half in less than two of them
    const isTooSmall = elapsed * (size / 2) < 2 * minimumRttMicros * taken
    if (isTooSmall && size === this.#windowBytes)
      this.#windowBytes = Math.min(2 * this.#windowBytes, this.#windowBytesMax)
    this.#sinceMicros = now
    this.#sinceConsumed = this.consumed
    const wanted = Math.min(this.#windowBytes, this.#share?.mostBytes ?? this.#windowBytes)
    const limit = this.consumed + (this.#share?.grant(wanted, left) ?? wanted)
    if (limit <= this.limit) return false
    this.limit = limit
    return true
  }

  /** The peer is proven: what it was promised counts from now on. */
  enterShare(): void {
    this.#share?.enter(this.limit - this.consumed)
  }

  leaveShare(): void {
    this.#share?.leave()
  }
}
