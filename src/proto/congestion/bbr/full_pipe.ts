// When start-up has filled the path: the rate no longer grows though more is sent. draft-ietf-ccwg-bbr §4.3.1, and sooner where a
// queue is seen as well: each further round trip would only lengthen it. Knows rates by round trip
// and within one.

import type { Micros } from '../../../base/units.ts'
import type { AckedBytes } from '../controller.ts'

/** A round trip whose rate grew by less than this did not grow. */
const growth = 1.25
/** So many of them in a row fill the pipe, and so many where a queue shows it. */
const flatRoundsMax = 3
const flatRoundsWithQueue = 2

/** Where flights show the rate, a queue that stands for this part of a round trip is start-up's own. */
const flightRttShare = 1 / 2
/** From so many acknowledgements: one turn that came late makes every one of its own look late. */
const flightSamplesMin = 6

export class FullPipe {
  isFull = false
  #flightSince: Micros = 0
  #flightBytesPerSecond = 0
  #flightSamples = 0
  #flightRttMicros: Micros = Number.POSITIVE_INFINITY
  #bytesPerSecond = 0
  #flatRounds = 0

  /** A round trip of a sender that was not short of data is over. */
  /** @param isHeavy more was lost than on any path: whatever the rate does, it comes from others */
  onRound(bytesPerSecond: number, hasQueue: boolean, isHeavy: boolean): void {
    if (isHeavy) this.isFull = true
    if (bytesPerSecond >= this.#bytesPerSecond * growth) {
      this.#bytesPerSecond = bytesPerSecond
      this.#flatRounds = 0
      return
    }
    this.#flatRounds++
    if (this.#flatRounds >= (hasQueue ? flatRoundsWithQueue : flatRoundsMax)) this.isFull = true
  }

  /**
   * An acknowledgement of a sender that was not short of data, on a path whose flights show its rate: its round trips get
   * longer with the queue, so what they tell comes too late.
   *
   * @param isQueued whether a round trip of that length had a queue before it
   */
  onFlight(acked: AckedBytes, bytesPerSecond: number, isQueued: (rttMicros: Micros) => boolean): void {
    const { now, minimumRttMicros, latestRttMicros } = acked
    this.#flightSamples++
    if (latestRttMicros > 0) this.#flightRttMicros = Math.min(this.#flightRttMicros, latestRttMicros)
    if (now - this.#flightSince < minimumRttMicros * flightRttShare || this.#flightSamples < flightSamplesMin)
      return
    const isFlat = bytesPerSecond < this.#flightBytesPerSecond * growth
    if (isFlat && isQueued(this.#flightRttMicros)) this.isFull = true
    this.#beginFlight(now, bytesPerSecond)
  }

  #beginFlight(now: Micros, bytesPerSecond: number): void {
    this.#flightSince = now
    this.#flightBytesPerSecond = bytesPerSecond
    this.#flightSamples = 0
    this.#flightRttMicros = Number.POSITIVE_INFINITY
  }

  reset(): void {
    this.#beginFlight(0, 0)
    this.isFull = false
    this.#bytesPerSecond = 0
    this.#flatRounds = 0
  }
}
