// BBR: sends at the rate the path is seen to deliver, and looks for more now and then. The state machine of
// draft-ietf-ccwg-bbr (version 3) on trains. Where it differs PROTOCOL.md §10 says why: what a path loses anyway is no
// congestion (losses.ts), what is lost behind a long queue bounds the window by more (bounds.ts), the round trip is probed
// only where no sample showed it of late (model.ts), a known path is begun where it was left, and the window allows
// for what the round trip varies by, a millisecond at least. Knows bytes and times; owns no timer, sends nothing.

import { type Micros, millisecond, second } from '../../../base/units.ts'
import type { AckedBytes, Controller, LostBytes, MarkedBytes, SavedPath } from '../controller.ts'
import { leastDatagrams, windowBytesMax } from '../cubic.ts'
import { Bounds } from './bounds.ts'
import { Cycle } from './cycle.ts'
import { Losses, type Queue } from './losses.ts'
import { PathModel } from './model.ts'
import { gainOf, type Phase, startupGain, type Up, upGain } from './phase.ts'
import { initialBytes, Startup } from './startup.ts'

const windowGain = 2
const upWindowGain = 2.25
/** Others whose losses were seen are taken to be there for so long. */
const crowdedMicros: Micros = 10 * second
/** A little below what the path delivers, so that a queue made by chance drains. */
const margin = 0.99
/** Losses are a look's so long after it. */
const lookRounds = 2
/** A look that finds no data to send tells nothing, and ends. */
const upRoundsWithoutData = 3
const upRoundsMax = 10
/** On a path that drifts a look goes on for so many round trips, and as long as each brings so much more. */
const driftUpRounds = 2
const upGrowth = 1.03
const probeRttMicros: Micros = 200 * millisecond
const probeRttShare = 0.5
const windowDatagramsMin = 4
/** On a shorter path it is the two hosts' own turns that take the time, and a window of less would stop them. */
const windowRttMicrosMin: Micros = millisecond
/** What was seen before is believed by half, and not before the first datagrams have come through. RFC 9959 */
const resumeShare = 0.5
const resumeAfterDatagrams = 10
const savedRttFactorMax = 10
/** Trains that may be under way beside what the path holds: at the sender, in a batch, at the receiver. */
const quantums = 3
const quantumMicros: Micros = millisecond
const quantumBytesMax = 65_000

export class Bbr implements Controller {
  readonly name = 'bbr'
  readonly #model = new PathModel()
  readonly #losses = new Losses()
  readonly #startup = new Startup()
  readonly #bounds = new Bounds()
  #phase: Phase = { kind: 'startup' }
  #datagramBytes: number
  #windowBytes: number
  #initialBytes: number
  #bytesPerSecond: number | undefined
  #saved: SavedPath | undefined
  readonly #cycle: Cycle
  // when the last look ended, as long as losses may be its, and the most that was in flight in it
  #lookRound = Number.NEGATIVE_INFINITY
  #lookBytes = 0
  // when start-up was over: the queue it leaves takes as long to drain, whatever is lost meanwhile
  #filledRound = Number.NEGATIVE_INFINITY
  // when losses last showed that there are others
  #crowdedAt: Micros = Number.NEGATIVE_INFINITY
  // the last round trip's
  #queue: Queue = 'none'
  #lookRttMicros: Micros = 0
  #isRoundAppLimited = false
  // the path marked packets of this round trip: a queue, whatever else was lost or not
  #isRoundMarked = false

  constructor(now: Micros, datagramBytes: number) {
    this.#datagramBytes = datagramBytes
    this.#initialBytes = initialBytes(0, datagramBytes)
    this.#windowBytes = this.#initialBytes
    this.#cycle = new Cycle(now)
  }

  get windowBytes(): number {
    return Math.floor(this.#windowBytes)
  }

  get isSlowStart(): boolean {
    return this.#phase.kind === 'startup'
  }

  get pacingBytesPerSecond(): number | undefined {
    return this.#bytesPerSecond
  }

  /** For people and tests. */
  get phase(): Phase['kind'] {
    return this.#phase.kind
  }

  get deliveryBytesPerSecond(): number {
    return this.#model.bytesPerSecond
  }

  onHandshakeRtt(rttMicros: Micros, saved?: SavedPath): void {
    if (!(rttMicros > 0) || this.#bytesPerSecond !== undefined) return
    // another round trip is another path. RFC 9959 §4.2
    if (saved && rttMicros >= saved.rttMicros / 2 && rttMicros <= savedRttFactorMax * saved.rttMicros)
      this.#saved = saved
    this.#initialBytes = initialBytes(rttMicros, this.#datagramBytes)
    this.#windowBytes = Math.max(this.#windowBytes, this.#initialBytes)
    // start-up only gets faster: the first samples are of a few packets in a whole round trip
    this.#bytesPerSecond = (startupGain * this.#initialBytes * second) / rttMicros
  }

  onSent(_now: Micros, _bytes: number): void {}

  onAcked(acked: AckedBytes): void {
    if (!(acked.bytes > 0) || !Number.isFinite(acked.bytes)) return
    const model = this.#model
    model.onAcked(acked, !this.#isCrowded(acked.now))
    if (acked.inFlightBytes <= acked.bytes) model.onPathEmpty(acked.now)
    this.#losses.onDelivered(acked.bytes)
    this.#bounds.onSample(acked.rate)
    if (model.isRoundStart) this.#endRound(acked)
    if (this.#phase.kind === 'startup') {
      this.#startup.onAcked(acked, model, this.#datagramBytes)
      if (this.#startup.isOver) this.#enterDrain()
    }
    if (this.#saved !== undefined) this.#resume(acked, this.#saved)
    if (acked.rate.isAppLimited) this.#isRoundAppLimited = true
    this.#advance(acked)
    this.#setRate()
    this.#setWindow(acked)
  }

  onLost(lost: LostBytes): void {
    this.#losses.onLost(lost.bytes, lost.losses)
    if (!lost.isPersistent) return
    // the path has changed: begin again
    this.#model.forgetRate()
    this.#startup.reset()
    this.#bounds.forget()
    this.#phase = { kind: 'startup' }
    this.#bytesPerSecond = undefined
    this.#windowBytes = leastDatagrams * this.#datagramBytes
  }

  /** As if the round trip had lost too much: for all its marks once, when it ends. */
  onMarked(_marked: MarkedBytes): void {
    this.#isRoundMarked = true
  }

  onSpuriousLoss(_now: Micros): void {
    this.#bounds.undo()
  }

  onDatagramSize(datagramBytes: number): void {
    if (!(datagramBytes > 0)) return
    this.#datagramBytes = datagramBytes
    this.#windowBytes = Math.max(this.#windowBytes, leastDatagrams * datagramBytes)
  }

  /** Ten datagrams came through as they do on a path that is free: half of what it carried before may go at once. §10-13 */
  #resume(acked: AckedBytes, saved: SavedPath): void {
    const isFree = this.#losses.lostBytes === 0 && this.#model.isEmptyRtt(acked.latestRttMicros)
    if (this.#phase.kind !== 'startup' || !isFree) this.#saved = undefined
    if (this.#saved === undefined || acked.rate.deliveredBytes < resumeAfterDatagrams * this.#datagramBytes)
      return
    this.#saved = undefined
    const bytesPerSecond = saved.bytesPerSecond * resumeShare
    const pipeBytes = (bytesPerSecond * this.#model.minimumRttMicros) / second
    this.#bytesPerSecond = Math.max(this.#bytesPerSecond ?? 0, bytesPerSecond)
    this.#windowBytes = Math.max(this.#windowBytes, Math.min(windowBytesMax, pipeBytes))
  }

  // ---- by round trip

  #endRound(acked: AckedBytes): void {
    const model = this.#model
    const rttMicros = model.roundRttMicros
    const isEmpty = model.isEmptyRtt(rttMicros)
    const queue = isEmpty ? 'none' : model.isLongRtt(rttMicros) ? 'long' : 'some'
    const { kind } = this.#phase
    // what was sent while looking is heard of a round trip later
    const isLooking = kind === 'up' || kind === 'refill' || model.rounds - this.#lookRound <= lookRounds
    this.#queue = queue
    if (isLooking) this.#lookRttMicros = Math.max(this.#lookRttMicros, rttMicros)
    const isSettling = model.rounds - this.#filledRound <= lookRounds
    const isSteady = !isLooking && !isSettling && (kind === 'cruise' || kind === 'down')
    const isLossy = this.#losses.endRound(queue, isSteady, isSteady && model.isShortRtt(rttMicros))
    const isTooMuch = isLossy || this.#isRoundMarked
    if (kind === 'startup') {
      if (!this.#isRoundAppLimited) this.#startup.onRound(model, !isEmpty, this.#losses.isHeavy)
      if (this.#isRoundMarked) this.#startup.end()
      if (this.#startup.isOver) {
        this.#enterDrain()
        if (isTooMuch && (!isEmpty || this.#losses.isHeavy))
          this.#bounds.found(this.#bounds.cut(Math.max(this.#target, acked.rate.inFlightBytes)))
      }
    } else if (isTooMuch && isLooking) this.#foundEnd(acked)
    else if (isTooMuch && isSteady) {
      this.#crowdedAt = acked.now
      this.#bounds.lower(model.bytesPerSecond, this.#windowBytes, queue === 'long')
    }
    this.#bounds.nextRound()
    this.#isRoundAppLimited = false
    this.#isRoundMarked = false
  }

  /** Start-up has filled the path. */
  #enterDrain(): void {
    this.#phase = { kind: 'drain' }
    this.#model.onPathFilled()
    this.#filledRound = this.#model.rounds
  }

  // ---- by acknowledgement

  #advance(acked: AckedBytes): void {
    const { now } = acked
    const inFlightBytes = acked.inFlightBytes - acked.bytes
    const phase = this.#phase
    switch (phase.kind) {
      case 'startup':
        break
      case 'drain':
        if (inFlightBytes <= this.#model.pipeBytes) this.#enterDown(now)
        break
      case 'down':
        if (this.#isTimeToProbe(now)) this.#enterRefill(acked)
        else if (inFlightBytes <= Math.min(this.#model.pipeBytes, this.#bounds.cruiseBytes))
          this.#phase = { kind: 'cruise' }
        break
      case 'cruise':
        if (this.#isTimeToProbe(now)) this.#enterRefill(acked)
        break
      case 'refill':
        if (this.#model.isRoundStart && this.#model.rounds > phase.round) this.#enterUp()
        break
      case 'up':
        this.#lookForMore(acked, phase)
        break
      case 'probe rtt':
        this.#probeRtt(now, inFlightBytes, phase)
        break
    }
    const { kind } = this.#phase
    if ((kind === 'down' || kind === 'cruise') && this.#model.isRttStale(now)) {
      const windowBytes = this.#windowBytes
      this.#phase = { kind: 'probe rtt', until: undefined, round: this.#model.rounds, windowBytes }
    }
  }

  #enterUp(): void {
    const { rounds, bytesPerSecond } = this.#model
    const isCrowded = this.#queue !== 'none'
    this.#phase = { kind: 'up', round: rounds, isCrowded, bytesPerSecond, isGrowing: true }
  }

  #lookForMore(acked: AckedBytes, phase: Up): void {
    const { now } = acked
    const { pipeBytes, rounds, bytesPerSecond, isRoundStart } = this.#model
    const lookRounds = rounds - phase.round
    const isGrowing = isRoundStart ? bytesPerSecond > upGrowth * phase.bytesPerSecond : phase.isGrowing
    if (isRoundStart) this.#phase = { ...phase, bytesPerSecond, isGrowing }
    // behind a long queue others are about: no faster than they may
    const doublings = this.#queue === 'long' ? 0 : lookRounds
    if (isRoundStart) this.#bounds.raise(this.#datagramBytes, this.#windowBytes, doublings)
    this.#lookBytes = Math.max(this.#lookBytes, acked.rate.inFlightBytes)
    const isLossy = this.#losses.isTooMuchOf(Math.max(acked.inFlightBytes, pipeBytes))
    if (isLossy || this.#isRoundMarked) this.#foundEnd(acked)
    // among others the queue is not ours: who has met an end there looks until there is one again
    else if (
      lookRounds >= upRoundsMax ||
      (!(phase.isCrowded && this.#bounds.isBound) && this.#hasQueue(acked, lookRounds, isGrowing))
    )
      this.#enterDown(now)
    else if (acked.rate.isAppLimited && lookRounds >= upRoundsWithoutData) this.#enterDown(now)
  }

  /** What more was sent waits somewhere: where the path itself does not change, a longer round trip says so. */
  #hasQueue({ latestRttMicros, inFlightBytes }: AckedBytes, lookRounds: number, isGrowing: boolean): boolean {
    const model = this.#model
    if (model.isDrifting && (isGrowing || lookRounds < driftUpRounds)) return false
    return inFlightBytes >= upGain * model.pipeBytes && !model.isEmptyRtt(latestRttMicros)
  }

  /** More than this loses: what was in flight, or what a loss leaves of what would be. */
  #foundEnd(acked: AckedBytes): void {
    const isLong = this.#model.isLongRtt(this.#lookRttMicros)
    // behind a long queue it is the window that fills it: what a loss leaves of that, so that others find room. Before a
    // short one it is the rate, and the window may stay what it was
    const cut = this.#bounds.cut(isLong ? this.#lookBytes : this.#target)
    if (!acked.rate.isAppLimited) this.#bounds.found(isLong ? cut : Math.max(this.#lookBytes, cut))
    this.#lookRound = Number.NEGATIVE_INFINITY
    this.#crowdedAt = acked.now
    if (this.#phase.kind !== 'down') this.#enterDown(acked.now)
  }

  #enterDown(now: Micros): void {
    if (this.#phase.kind === 'up') {
      this.#model.nextCycle()
      this.#lookRound = this.#model.rounds
    }
    this.#phase = { kind: 'down' }
    this.#cycle.begin(now, this.#model)
  }

  #enterRefill(acked: AckedBytes): void {
    this.#bounds.refill()
    // what is under way already: its losses are heard of before a look has seen more
    this.#lookBytes = acked.rate.inFlightBytes
    this.#lookRttMicros = 0
    this.#phase = { kind: 'refill', round: this.#model.rounds }
  }

  #isTimeToProbe(now: Micros): boolean {
    return this.#cycle.isOver(now, this.#model, this.#datagramBytes)
  }

  #probeRtt(now: Micros, inFlightBytes: number, phase: Phase & { kind: 'probe rtt' }): void {
    if (phase.until === undefined) {
      if (inFlightBytes > this.#probeRttBytes) return
      this.#model.startRttProbe()
      this.#phase = { ...phase, until: now + probeRttMicros, round: this.#model.rounds }
    } else if (now >= phase.until && this.#model.rounds > phase.round) {
      this.#model.endRttProbe(now)
      this.#windowBytes = Math.max(this.#windowBytes, phase.windowBytes)
      this.#phase = { kind: 'cruise' }
    }
  }

  // ---- what follows

  #setRate(): void {
    const bytesPerSecond = this.#shownBytesPerSecond
    if (bytesPerSecond === 0) return
    const rate =
      gainOf(this.#phase.kind, this.#queue) *
      margin *
      Math.min(bytesPerSecond, this.#bounds.bytesPerSecondLow)
    // start-up does not slow down for a sample that was short of data
    if (this.#phase.kind !== 'startup') this.#bytesPerSecond = rate
    else if (rate > (this.#bytesPerSecond ?? 0)) this.#bytesPerSecond = rate
  }

  /** What the path delivers, as far as was seen. */
  get #shownBytesPerSecond(): number {
    const isStartup = this.#phase.kind === 'startup'
    return isStartup ? this.#startup.bytesPerSecond(this.#model) : this.#model.bytesPerSecond
  }

  #isCrowded(now: Micros): boolean {
    return now - this.#crowdedAt < crowdedMicros
  }

  /** Where losses show that others are there as well, what we leave must be all that is ours. */
  get #probeRttBytes(): number {
    const least = windowDatagramsMin * this.#datagramBytes
    return this.#isCrowded(this.#cycle.since) ? least : Math.max(least, probeRttShare * this.#model.pipeBytes)
  }

  get #quantumBytes(): number {
    const paced = ((this.#bytesPerSecond ?? 0) * quantumMicros) / second
    return Math.max(2 * this.#datagramBytes, Math.min(paced, quantumBytesMax))
  }

  /** What may be in flight for the pipe to stay full, bunches and trains included. */
  get #target(): number {
    const { bunchBytes } = this.#model
    const rate = Math.min(this.#shownBytesPerSecond, this.#bounds.bytesPerSecondLow)
    const gain = this.#phase.kind === 'up' ? upWindowGain : windowGain
    // start-up makes bunches by itself, for more comes than did, and a queue
    const isFull = this.#startup.isOver
    const bunches = isFull ? bunchBytes : 0
    const rttMicros = Math.max(
      isFull ? this.#model.rttMicros : this.#model.emptyRttMicros,
      windowRttMicrosMin,
    )
    return (gain * rate * rttMicros) / second + bunches + quantums * this.#quantumBytes
  }

  #setWindow(acked: AckedBytes): void {
    const before = this.#windowBytes
    const least = windowDatagramsMin * this.#datagramBytes
    const target = Math.max(this.#target, least)
    const ahead = this.#startup.aheadBytes(this.#model)
    let window = before
    if (this.#startup.isOver) window = Math.min(before + acked.bytes, target)
    else if (ahead > 0) window = Math.max(before, ahead)
    else if (before < target || acked.rate.deliveredBytes < this.#initialBytes) window = before + acked.bytes
    window = Math.max(Math.min(window, this.#bounds.windowBytes(this.#phase.kind)), least)
    if (this.#phase.kind === 'probe rtt') window = Math.min(window, this.#probeRttBytes)
    // §10-5
    if (!acked.isWindowLimited) window = Math.min(window, before)
    const floor = leastDatagrams * this.#datagramBytes
    this.#windowBytes = Math.max(floor, Math.min(windowBytesMax, window))
  }
}
