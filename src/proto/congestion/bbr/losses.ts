// Which losses mean congestion: the share that is lost in a round trip, and the share that this path loses anyway, learnt
// only while its queue is empty. What is lost anyway is no reason to slow down; what is lost beyond it is. The tolerance
// therefore rises only as long as loss does not grow with what is in flight. PROTOCOL.md §10-8. Knows bytes and
// round trips; cuts nothing itself.

/** Lost beyond this share of a round trip means congestion on any path: draft-ietf-ccwg-bbr's BBR.LossThresh. */
const shareMin = 0.02
/** A path that loses more than this anyway is treated as congested: nobody can tell the two apart there. */
const learntShareMax = 0.1
/** Chance spreads the shares of round trips around their mean, bursts more than single losses: by what was seen. */
const deviations = 2.5
export const toleranceMax = 0.2
/** Without a queue, and while nobody looks for more, loss this high is the path's own until it is learnt. */
const emptyToleranceMin = 0.1
/** With a long queue any loss worth the name is the queue's, but what the path loses without one as well. */
const longTolerance = 0.003
/** A share of few packets says little. */
const roundBytesMin = 20 * 1200
/** A burst says no more than one loss does, and chance makes two: a queue that is full drops here and there. */
const lossesMin = 3
/** What a long queue drops of our part of it is less. */
const longLossesMin = 2
/** The mean is of about so many of the latest. */
const learntRounds = 16

export type Queue = 'none' | 'some' | 'long'

export class Losses {
  /** The last round trip lost more than any path may anyway. */
  isHeavy = false
  #lostBytes = 0
  #losses = 0
  #deliveredBytes = 0
  #learntShare = 0
  #learntDeviation = 0
  #learntFrom = 0

  /** Lost in this round trip so far. */
  get lostBytes(): number {
    return this.#lostBytes
  }

  /** The share that is lost in a round trip without congestion, with what chance adds. */
  get tolerance(): number {
    const learnt = Math.min(this.#learntShare, learntShareMax) + deviations * this.#learntDeviation
    return Math.min(toleranceMax, shareMin + learnt)
  }

  /** @param losses packets in a row are one */
  onLost(bytes: number, losses: number): void {
    if (!(bytes > 0) || !Number.isFinite(bytes)) return
    this.#lostBytes += bytes
    this.#losses += losses
  }

  onDelivered(bytes: number): void {
    if (bytes > 0) this.#deliveredBytes += bytes
  }

  /** So much is lost already that the whole round trip, of `roundBytes`, will have lost too much. */
  isTooMuchOf(roundBytes: number): boolean {
    return this.#losses >= lossesMin && this.#lostBytes > this.tolerance * Math.max(roundBytes, roundBytesMin)
  }

  /**
   * A round trip is over. True when it lost more than the path does anyway.
   * @param queue how long the path's queue was all the while
   * @param isSteady no more was in flight than before
   * @param isTelling what was lost was lost without a queue
   */
  endRound(queue: Queue, isSteady: boolean, isTelling: boolean): boolean {
    const sent = this.#lostBytes + this.#deliveredBytes
    const share = sent > 0 ? this.#lostBytes / sent : 0
    const tolerance = this.#toleranceOf(queue, isSteady)
    const isEnough = sent >= roundBytesMin && this.#losses >= (queue === 'long' ? longLossesMin : lossesMin)
    this.isHeavy = sent >= roundBytesMin && share > toleranceMax
    if (isTelling && sent >= roundBytesMin) this.#learn(share)
    this.#lostBytes = 0
    this.#losses = 0
    this.#deliveredBytes = 0
    return isEnough && share > tolerance
  }

  #toleranceOf(queue: Queue, isSteady: boolean): number {
    if (queue === 'long') return Math.max(longTolerance, this.tolerance - shareMin)
    return queue === 'none' && isSteady ? Math.max(emptyToleranceMin, this.tolerance) : this.tolerance
  }

  #learn(share: number): void {
    this.#learntFrom = Math.min(this.#learntFrom + 1, learntRounds)
    const off = share - this.#learntShare
    this.#learntShare += off / this.#learntFrom
    // the first has no mean to be off from
    if (this.#learntFrom > 1)
      this.#learntDeviation += (Math.abs(off) - this.#learntDeviation) / this.#learntFrom
  }
}
