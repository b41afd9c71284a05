// A controller that yields: it grows while it adds little to the path's delay, and goes back before anybody who waits
// would notice. LEDBAT (RFC 6817) on round-trip times, with the slow-down of LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus): the
// round trip it compares with must be one without its own queue. PROTOCOL.md §10-12. Knows bytes and times.

import { type Micros, millisecond } from '../../base/units.ts'
import type { AckedBytes, Controller, LostBytes, MarkedBytes } from './controller.ts'
import { initialDatagrams, leastDatagrams, windowBytesMax } from './cubic.ts'

/** The delay it may add: less than a person notices. */
const targetMicros: Micros = 60 * millisecond
/** Slow start ends when three quarters of it are there. */
const slowStartShare = 0.75
/** A loss leaves half, as with Reno: somebody else wants the queue. */
const beta = 0.5
/** It backs off to the least after so many round trips of growth, for so many, so that the empty path shows itself. */
const slowDownEveryRounds = 100
const slowDownRounds = 2

export class Background implements Controller {
  readonly name = 'background'
  readonly pacingBytesPerSecond = undefined
  readonly deliveryBytesPerSecond = 0
  #datagramBytes: number
  #windowBytes: number
  #isSlowStart = true
  // packets sent until then belong to the last cut
  #cutSince: Micros = Number.NEGATIVE_INFINITY
  #baseRttMicros: Micros = Number.POSITIVE_INFINITY
  #roundSince: Micros
  #roundRttMicros: Micros = Number.POSITIVE_INFINITY
  #rounds = 0
  // what it goes back to after a slow-down
  #savedBytes: number | undefined

  constructor(now: Micros, datagramBytes: number) {
    this.#datagramBytes = datagramBytes
    this.#windowBytes = initialDatagrams * datagramBytes
    this.#roundSince = now
  }

  get windowBytes(): number {
    return Math.floor(this.#windowBytes)
  }

  get isSlowStart(): boolean {
    return this.#isSlowStart
  }

  onAcked(acked: AckedBytes): void {
    if (!(acked.bytes > 0) || !Number.isFinite(acked.bytes)) return
    const rtt = acked.latestRttMicros
    if (rtt > 0) {
      this.#roundRttMicros = Math.min(this.#roundRttMicros, rtt)
      this.#baseRttMicros = Math.min(this.#baseRttMicros, rtt)
    }
    if (acked.sentMicros > this.#roundSince) this.#nextRound(acked.now)
    if (!acked.isWindowLimited || this.#savedBytes !== undefined || !Number.isFinite(this.#roundRttMicros))
      return
    this.#move(acked.bytes)
  }

  /** By the delay that it sees: up to the target, and back. */
  #move(bytes: number): void {
    const queueMicros = this.#roundRttMicros - this.#baseRttMicros
    const before = this.#windowBytes
    if (this.#isSlowStart && queueMicros > slowStartShare * targetMicros) this.#isSlowStart = false
    if (this.#isSlowStart) {
      this.#windowBytes = Math.min(windowBytesMax, before + bytes)
      return
    }
    // at most a datagram a round trip up, and never more than half of what is there down
    const off = Math.max(-1, 1 - queueMicros / targetMicros)
    const change = (off * this.#datagramBytes * bytes) / before
    this.#windowBytes = Math.min(windowBytesMax, Math.max(this.#leastBytes, before / 2, before + change))
  }

  #nextRound(now: Micros): void {
    this.#roundSince = now
    this.#roundRttMicros = Number.POSITIVE_INFINITY
    this.#rounds++
    if (this.#savedBytes !== undefined) {
      if (this.#rounds < slowDownRounds) return
      this.#windowBytes = Math.max(this.#windowBytes, this.#savedBytes)
      this.#savedBytes = undefined
      this.#rounds = 0
    } else if (this.#rounds >= slowDownEveryRounds && !this.#isSlowStart) {
      this.#savedBytes = this.#windowBytes
      this.#windowBytes = this.#leastBytes
      this.#baseRttMicros = Number.POSITIVE_INFINITY
      this.#rounds = 0
    }
  }

  onLost(lost: LostBytes): void {
    if (lost.sentMicros > this.#cutSince) this.#cut(lost.now)
    if (!lost.isPersistent) return
    this.#windowBytes = this.#leastBytes
    this.#cutSince = lost.now
  }

  onMarked(marked: MarkedBytes): void {
    if (marked.sentMicros > this.#cutSince) this.#cut(marked.now)
  }

  /** Whoever yields does not ask for it back. */
  onSpuriousLoss(_now: Micros): void {}
  onHandshakeRtt(_rttMicros: Micros): void {}
  onSent(_now: Micros, _bytes: number): void {}

  onDatagramSize(datagramBytes: number): void {
    if (!(datagramBytes > 0)) return
    this.#datagramBytes = datagramBytes
    this.#windowBytes = Math.max(this.#windowBytes, this.#leastBytes)
  }

  #cut(now: Micros): void {
    this.#cutSince = now
    this.#isSlowStart = false
    this.#savedBytes = undefined
    this.#windowBytes = Math.max(this.#leastBytes, this.#windowBytes * beta)
  }

  get #leastBytes(): number {
    return leastDatagrams * this.#datagramBytes
  }
}
