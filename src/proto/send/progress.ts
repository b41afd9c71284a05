// How far one stream has got on the sending side: written, sent, lost, acknowledged, in offsets; the same for ordered
// and literal streams. Knows ranges and the peer's limit; holds no bytes and builds no frames. PROTOCOL.md §8, §9-8.

import { RangeSet } from '../../base/ranges.ts'

/** Where the end of the stream, or its reset, stands on its way to the peer. */
export type Delivery = 'none' | 'pending' | 'sent' | 'acked'

export class Progress {
  readonly stream: number
  /** One past the last offset the peer lets us use; only grows. §7.5-2 */
  limit: number
  /** One past the last byte that was ever sent. */
  next = 0
  /** Below this everything is acknowledged. */
  ackedUpTo = 0
  end: Delivery = 'none'
  resetCode = 0
  reset: Delivery = 'none'
  #written = 0
  readonly #acked = new RangeSet()
  readonly #lost = new RangeSet()

  constructor(stream: number, limit: number) {
    this.stream = stream
    this.limit = limit
  }

  /** One past the last byte the owner has given. */
  get written(): number {
    return this.#written
  }

  get lostBytes(): number {
    return this.#lost.isEmpty ? 0 : this.#lost.total
  }

  get hasLost(): boolean {
    return !this.#lost.isEmpty
  }

  /** Nothing of it will ever be sent again. */
  get isDone(): boolean {
    return this.reset === 'acked' || (this.end === 'acked' && this.ackedUpTo === this.#written)
  }

  /** Everything written has been acknowledged, its end included if there is one. */
  get isQuiet(): boolean {
    if (this.reset !== 'none') return this.reset === 'acked'
    return this.ackedUpTo === this.#written && (this.end === 'none' || this.end === 'acked')
  }

  write(upTo: number, isLast: boolean): void {
    this.#written = Math.max(this.#written, upTo)
    if (isLast && this.end === 'none') this.end = 'pending'
  }

  /** Bytes below `offset` reached the peer another way: in the handshake. §5-5 */
  startAt(offset: number): void {
    this.#written += offset
    this.next = offset
    this.#acked.add(0, offset)
    this.ackedUpTo = offset
  }

  onLimit(limit: number): void {
    if (limit > this.limit) this.limit = limit
  }

  /** The lowest lost byte; its run ends at endOfLost. undefined when none is. */
  get firstLost(): number | undefined {
    return this.#lost.first?.start
  }

  endOfLost(start: number): number {
    return this.#lost.endOfRun(start)
  }

  /** New bytes that the stream's own limit lets go. */
  get freshBytes(): number {
    return this.reset === 'none' ? Math.max(0, Math.min(this.#written, this.limit) - this.next) : 0
  }

  /** Written, but past the peer's limit. */
  get isBlocked(): boolean {
    return this.reset === 'none' && this.#written > this.limit && this.next >= this.limit
  }

  /** [start, end) is on its way, new or again. Returns how many bytes were new. */
  onSent(start: number, end: number): number {
    this.#lost.remove(start, end)
    const fresh = Math.max(0, end - this.next)
    this.next += fresh
    return fresh
  }

  /** True when ackedUpTo moved. */
  onAcked(start: number, end: number): boolean {
    this.#acked.add(start, end)
    this.#lost.remove(start, end)
    const upTo = this.#acked.endOfRun(0)
    if (upTo === this.ackedUpTo) return false
    this.ackedUpTo = upTo
    return true
  }

  /** What of [start, end) is not acknowledged must go again. */
  onLost(start: number, end: number): void {
    if (this.reset !== 'none') return
    for (const gap of this.#acked.gaps(Math.max(start, this.ackedUpTo), end))
      this.#lost.add(gap.start, gap.end)
  }

  giveUp(code: number): void {
    if (this.reset !== 'none') return
    this.reset = 'pending'
    this.resetCode = code
    this.end = 'none'
    this.#lost.clear()
  }
}
