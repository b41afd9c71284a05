// What losses have taught about how much may be under way: a bound that stands until a look for more moves it, and one
// for the time until then. draft-ietf-ccwg-bbr §4.5.10 (inflight_longterm, inflight_shortterm, bw_shortterm). PROTOCOL.md §10-9.
// Knows bytes.

import type { RateSample } from '../../recovery/delivery.ts'

/** What too much loss leaves. */
const beta = 0.7
/** Below the bound by this share, except while looking for more: room for who else comes. */
const headroom = 0.15
/**
 * A look raises the bound by so many datagrams, and by twice as many each further round trip. The same for who has much
 * and who has little: that, and that losses take shares, is what makes flows of one bottleneck equal.
 */
const raiseDatagrams = 2
const raiseDoublingsMax = 9

const none = Number.POSITIVE_INFINITY

interface Values {
  readonly longBytes: number
  readonly shortBytes: number
  readonly bytesPerSecondLow: number
}

export class Bounds {
  #longBytes = none
  #shortBytes = none
  #bytesPerSecondLow = none
  #before: Values | undefined
  // the most of this round trip
  #latestBytesPerSecond = 0
  #latestBytes = 0

  /** No faster until the next look. */
  get bytesPerSecondLow(): number {
    return this.#bytesPerSecondLow
  }

  /** A look for more has met its end. */
  get isBound(): boolean {
    return this.#longBytes !== none
  }

  get cruiseBytes(): number {
    return this.#longBytes * (1 - headroom)
  }

  windowBytes(phase: string): number {
    switch (phase) {
      case 'startup':
      case 'drain':
        return none
      case 'refill':
      case 'up':
        return this.#longBytes
      case 'down':
        return Math.min(this.#longBytes, this.#shortBytes)
      default:
        return Math.min(this.cruiseBytes, this.#shortBytes)
    }
  }

  onSample({ bytesPerSecond, deliveredBytes, priorDeliveredBytes }: RateSample): void {
    if (bytesPerSecond > this.#latestBytesPerSecond) this.#latestBytesPerSecond = bytesPerSecond
    const bytes = deliveredBytes - priorDeliveredBytes
    if (bytes > this.#latestBytes) this.#latestBytes = bytes
  }

  nextRound(): void {
    this.#latestBytesPerSecond = 0
    this.#latestBytes = 0
  }

  /** Too much was lost while nobody looked for more: down to what arrives, by no more than beta at once. */
  lower(bytesPerSecond: number, windowBytes: number, isLong: boolean): void {
    this.#remember()
    const low = this.#bytesPerSecondLow === none ? bytesPerSecond : this.#bytesPerSecondLow
    // behind a long queue it is the window that is too large: the rate is what the path gives us
    if (!isLong) this.#bytesPerSecondLow = Math.max(this.#latestBytesPerSecond, beta * low)
    const short = this.#shortBytes === none ? windowBytes : this.#shortBytes
    this.#shortBytes = Math.max(this.#latestBytes, beta * short)
    // … and the next look begins from here
    if (isLong) this.#longBytes = Math.min(this.#longBytes, this.#shortBytes)
  }

  cut(bytes: number): number {
    return beta * bytes
  }

  /** With so much in flight, too much was lost. */
  found(bytes: number): void {
    this.#remember()
    this.#longBytes = bytes
  }

  /** More was in flight and nothing was wrong with it. */
  raise(datagramBytes: number, windowBytes: number, rounds: number): void {
    if (windowBytes < this.#longBytes * (1 - headroom)) return
    this.#longBytes += raiseDatagrams * datagramBytes * 2 ** Math.min(raiseDoublingsMax, rounds)
  }

  /** A new look: what held until now holds no more. */
  refill(): void {
    this.#shortBytes = none
    this.#bytesPerSecondLow = none
  }

  forget(): void {
    this.refill()
    this.#longBytes = none
    this.#before = undefined
  }

  /** The losses were none. */
  undo(): void {
    if (this.#before === undefined) return
    this.#longBytes = Math.max(this.#longBytes, this.#before.longBytes)
    this.#shortBytes = Math.max(this.#shortBytes, this.#before.shortBytes)
    this.#bytesPerSecondLow = Math.max(this.#bytesPerSecondLow, this.#before.bytesPerSecondLow)
    this.#before = undefined
  }

  #remember(): void {
    this.#before = {
      longBytes: this.#longBytes,
      shortBytes: this.#shortBytes,
      bytesPerSecondLow: this.#bytesPerSecondLow,
    }
  }
}
