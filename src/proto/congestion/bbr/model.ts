// What BBR believes of the path: the rate it delivers, its empty round trip, how acknowledgements come in bunches.
// draft-ietf-ccwg-bbr §4.5 (the network path model). Knows samples; decides neither rate nor window. PROTOCOL.md §10.

import { type Micros, millisecond, second } from '../../../base/units.ts'
import type { AckedBytes } from '../controller.ts'
import { Drift } from './drift.ts'

/** A minimum is believed for so long, and looked for again when it is this old. */
const minimumRttAgeMicrosMax: Micros = 10 * second
const probeRttAfterMicros: Micros = 5 * second
/** A sample this near the minimum shows that it still holds: no queue of ours hides it. */
const minimumRttSlack = 1 / 32
const minimumRttSlackMicros: Micros = 50
/** A queue shorter than this is none: a share of the round trip, and what timers add or the path varies by. */
const emptyShare = 0.125
const emptyMicros: Micros = 250
/** A queue longer than this share of the path's own round trip is a long one: a look makes one of a quarter. */
const longShare = 1.35
/** A queue moves slowly; what varies from one acknowledgement to the next is the path. */
const jitterDeviations = 2
/** Nor does it move far from one round trip to the next, whoever shares it: a path that moves by more than this share drifts … */
const driftingShare = 0.125
/** … and its own moves make a round trip longer by so many of them, but no more than twice as long. */
const driftMoves = 4
const driftShareMax = 1
/** A round trip of so many minimum ones is a queue's, which then moves by as much as a path that drifts. */
const driftRttsMax = 2.7

/** Bunches are remembered for so many round trips. */
const bunchRounds = 10
/** No bunch is longer than this: what is more is a sender that was stopped. */
const bunchMicrosMax: Micros = 100 * millisecond

export class PathModel {
  /** Round trips so far; a new one has begun with this acknowledgement when isRoundStart. */
  rounds = 0
  isRoundStart = false
  /** The shortest RTT of the round trip that was last over; infinite without one. */
  roundRttMicros: Micros = Number.POSITIVE_INFINITY
  /** The path's empty round trip; 0 before a sample. */
  minimumRttMicros: Micros = 0
  readonly #drift = new Drift()
  #nextRoundBytes = 0
  // the most of this probing cycle and of the one before
  #bytesPerSecond: [number, number] = [0, 0]
  #minimumAt: Micros = 0
  #confirmedAt: Micros = 0
  #probedRttMicros: Micros = Number.POSITIVE_INFINITY
  #deviationMicros: Micros = 0
  #emptyDeviationMicros: Micros = 0
  #meanRttMicros: Micros = 0
  #bunchSince: Micros = 0
  #bunchBytes = 0
  #bunchMost: [number, number] = [0, 0]
  #bunchRound = 0

  /** The most that was delivered lately, bytes a second; 0 before a sample. */
  get bytesPerSecond(): number {
    return Math.max(this.#bytesPerSecond[0], this.#bytesPerSecond[1])
  }

  /** Its length changes so much that an RTT says little of a queue, and a rate that was seen little of the next. */
  get isDrifting(): boolean {
    const { minimumRttMicros, roundRttMicros } = this
    return (
      roundRttMicros <= driftRttsMax * minimumRttMicros &&
      this.#drift.micros > driftingShare * minimumRttMicros
    )
  }

  /** What acknowledgements that come together add to the bytes that must be in flight. */
  get bunchBytes(): number {
    return Math.max(this.#bunchMost[0], this.#bunchMost[1])
  }

  /** Of an empty path that varies: the minimum alone is a moment's. */
  get rttMicros(): Micros {
    return this.minimumRttMicros + this.#deviationMicros
  }

  /** The same by what it varied at most while nothing waited: the queue that start-up builds is no variation of the path's. */
  get emptyRttMicros(): Micros {
    return this.minimumRttMicros + this.#emptyDeviationMicros
  }

  /** What the path holds when its queue is empty, bytes. */
  get pipeBytes(): number {
    return (this.bytesPerSecond * this.minimumRttMicros) / second
  }

  /** The minimum was last seen so long ago that it may be a queue's. */
  isRttStale(now: Micros): boolean {
    return now - this.#confirmedAt > probeRttAfterMicros
  }

  /** A round trip whose shortest sample was this had no queue worth the name in front of it, as far as jitter tells. */
  isEmptyRtt(rttMicros: Micros): boolean {
    const slack = Math.max(emptyMicros, this.#deviationMicros)
    return rttMicros <= this.minimumRttMicros * (1 + emptyShare) + slack
  }

  /** Shorter than most, and not by much a queue's: what is lost in it is not lost to a full one. */
  isShortRtt(rttMicros: Micros): boolean {
    return rttMicros <= Math.min(this.#meanRttMicros, this.minimumRttMicros * longShare + emptyMicros)
  }

  /** Even its shortest sample waited in a queue of half a round trip: a loss in it is the queue's. */
  isLongRtt(rttMicros: Micros): boolean {
    const slack = Math.max(emptyMicros, jitterDeviations * this.#deviationMicros, this.#driftSlackMicros)
    return rttMicros > this.minimumRttMicros * longShare + slack
  }

  /** The path was empty: whatever the minimum is, it was just seen. */
  onPathEmpty(now: Micros): void {
    this.#confirmedAt = now
  }

  /** @param isAlone no loss has shown others: a sample near the minimum is the path's own, not a steady queue's */
  onAcked(acked: AckedBytes, isAlone: boolean): void {
    const { rate } = acked
    this.isRoundStart = rate.priorDeliveredBytes >= this.#nextRoundBytes
    if (acked.latestRttMicros > 0) this.#drift.onRtt(acked.latestRttMicros)
    if (this.isRoundStart) {
      this.roundRttMicros = this.#drift.endRound()
      this.rounds++
      this.#nextRoundBytes = rate.deliveredBytes
    }
    const sample = rate.bytesPerSecond
    if (Number.isFinite(sample) && sample > 0 && (!rate.isAppLimited || sample >= this.bytesPerSecond))
      this.#bytesPerSecond[1] = Math.max(this.#bytesPerSecond[1], sample)
    this.#onRtt(acked.now, acked.latestRttMicros, isAlone)
    if (this.isRoundStart && this.isEmptyRtt(acked.latestRttMicros))
      this.#emptyDeviationMicros = Math.max(this.#emptyDeviationMicros, this.#deviationMicros)
    this.#onBunch(acked)
  }

  /** A rate that was seen otherwise than by a round trip. */
  onRate(bytesPerSecond: number): void {
    this.#bytesPerSecond[1] = Math.max(this.#bytesPerSecond[1], bytesPerSecond)
  }

  /** A probing cycle is over: what the one before it saw is forgotten. */
  nextCycle(): void {
    if (this.#bytesPerSecond[1] === 0) return
    this.#bytesPerSecond = [this.#bytesPerSecond[1], 0]
  }

  /** The path has changed: nothing of its rate holds. */
  forgetRate(): void {
    this.#bytesPerSecond = [0, 0]
    this.forgetBunches()
  }

  forgetBunches(): void {
    this.#bunchMost = [0, 0]
  }

  /** Start-up is over: the queue that it made, and that drains, is no length of the path's. */
  onPathFilled(): void {
    this.forgetBunches()
    this.#drift.forget()
  }

  startRttProbe(): void {
    this.#probedRttMicros = Number.POSITIVE_INFINITY
  }

  /** With next to nothing in flight this was the least: the path's own, if it has become longer. */
  endRttProbe(now: Micros): void {
    const isOld = now - this.#minimumAt > minimumRttAgeMicrosMax
    if (isOld && Number.isFinite(this.#probedRttMicros)) {
      this.minimumRttMicros = this.#probedRttMicros
      this.#minimumAt = now
    }
    this.#confirmedAt = now
  }

  get #driftSlackMicros(): Micros {
    if (!this.isDrifting) return 0
    return Math.min(driftMoves * this.#drift.micros, driftShareMax * this.minimumRttMicros)
  }

  #onRtt(now: Micros, rttMicros: Micros, isAlone: boolean): void {
    if (!(rttMicros > 0) || !Number.isFinite(rttMicros)) return
    if (this.#meanRttMicros === 0) this.#meanRttMicros = rttMicros
    const off = rttMicros - this.#meanRttMicros
    this.#meanRttMicros += off / 16
    this.#deviationMicros += (Math.abs(off) - this.#deviationMicros) / 16
    this.#probedRttMicros = Math.min(this.#probedRttMicros, rttMicros)
    const near = this.minimumRttMicros * minimumRttSlack + minimumRttSlackMicros
    const slack = isAlone ? near + this.#driftSlackMicros : 0
    if (this.minimumRttMicros === 0 || rttMicros <= this.minimumRttMicros) this.minimumRttMicros = rttMicros
    else if (rttMicros > this.minimumRttMicros + slack) return
    this.#minimumAt = now
    this.#confirmedAt = now
  }

  #onBunch({ now, bytes }: AckedBytes): void {
    const expected = (this.bytesPerSecond * (now - this.#bunchSince)) / second
    if (this.#bunchBytes <= expected || now - this.#bunchSince > bunchMicrosMax) {
      this.#bunchSince = now
      this.#bunchBytes = 0
    }
    if (this.rounds - this.#bunchRound >= bunchRounds / 2) {
      this.#bunchMost = [this.#bunchMost[1], 0]
      this.#bunchRound = this.rounds
    }
    this.#bunchBytes += bytes
    const extra = this.#bunchBytes - (this.bytesPerSecond * (now - this.#bunchSince)) / second
    if (this.bytesPerSecond > 0 && extra > this.#bunchMost[1]) this.#bunchMost[1] = extra
  }
}
