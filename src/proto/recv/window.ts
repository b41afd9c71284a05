// How far the peer may go on one stream, or over all of them, and how that grows: a window of which the reader uses up
// half in less than four round trips is too small for the path. Knows offsets and times; sends nothing. PROTOCOL.md §8-7.

import type { Micros } from '../../base/units.ts'
import type { ReceiveShare } from './budget.ts'

/** Limits are told when this share of the window is used up: a sender seldom hears of one too late. §8-7 */
const toldShare = 1 / 4
/**
 * A reader that takes half a window in less round trips than this is held up by the window. A byte that is lost, and
 * lost again when it is repeated, keeps all behind it from being taken for three, in which a sender wants to go on.
 */
const halfRoundTrips = 4

/**
 * What a sender is taken to manage until it has shown more: on a long path a window that doubled from little would hold
 * it back for seconds. §8-7
 */
const assumedBytesPerMicro = 128

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

  /**
   * True when the limit rose and the peer should hear of it.
   *
   * @param isAssumed the peer is proven and its round trip measured: it is taken to manage what is assumed of all
   */
  raise(now: Micros, minimumRttMicros: Micros, isAssumed: boolean): boolean {
    const assumed = isAssumed ? Math.min(assumedBytesPerMicro * minimumRttMicros, this.#windowBytesMax) : 0
    if (assumed > this.#windowBytes) this.#windowBytes = Math.floor(assumed)
    const left = this.limit - this.consumed
    if (left > Math.min(this.#windowBytes, this.#mostBytes) * (1 - toldShare)) return false
    this.#grow(now, minimumRttMicros)
    const wanted = Math.min(this.#windowBytes, this.#mostBytes)
    const limit = this.consumed + (this.#share?.grant(wanted, left) ?? wanted)
    if (limit <= this.limit) return false
    this.limit = limit
    return true
  }

  get #mostBytes(): number {
    return this.#share?.mostBytes ?? Number.POSITIVE_INFINITY
  }

  /** The peer is proven: what it was promised counts from now on. */
  enterShare(): void {
    this.#share?.enter(this.limit - this.consumed)
  }

  leaveShare(): void {
    this.#share?.leave()
  }

  /** By the reader's rate over a round trip or more: what comes in lumps behind a lost byte is no faster reader. */
  #grow(now: Micros, minimumRttMicros: Micros): void {
    const elapsed = now - (this.#sinceMicros ?? now)
    if (elapsed < minimumRttMicros) return
    const taken = this.consumed - this.#sinceConsumed
    const size = Math.min(this.#windowBytes, this.#mostBytes)
    const isTooSmall = elapsed * (size / 2) < halfRoundTrips * minimumRttMicros * taken
    if (isTooSmall && size === this.#windowBytes)
      this.#windowBytes = Math.min(2 * this.#windowBytes, this.#windowBytesMax)
    this.#sinceMicros = now
    this.#sinceConsumed = this.consumed
  }
}
