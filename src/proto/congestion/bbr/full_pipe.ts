// When start-up has filled the path: the rate no longer grows though more is sent. draft-ietf-ccwg-bbr §4.3.1, and sooner where a
// queue is seen as well: each further round trip would only lengthen it. Knows rates by round trip.

/** A round trip whose rate grew by less than this did not grow. */
const growth = 1.25
/** So many of them in a row fill the pipe, and so many where a queue shows it. */
const flatRoundsMax = 3
const flatRoundsWithQueue = 2

export class FullPipe {
  isFull = false
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

  reset(): void {
    this.isFull = false
    this.#bytesPerSecond = 0
    this.#flatRounds = 0
  }
}
