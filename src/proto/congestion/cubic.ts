// CUBIC (RFC 9438) in bytes, with HyStart++ for the first slow start. PROTOCOL.md §10. Knows bytes and times; owns
// no timer, sends nothing, and whatever it is told its window stays finite and at least two datagrams.

import { type Micros, second } from '../../base/units.ts'
import { initialRttMicros } from '../recovery/rtt.ts'
import type { AckedBytes, Controller, LostBytes, MarkedBytes } from './controller.ts'
import { Hystart } from './hystart.ts'

/** §10-2 */
export const initialDatagrams = 10
export const leastDatagrams = 2
/** No window needs more than both sides' flow control may ever grant. §5, parameter 3 */
export const windowBytesMax = 2 ** 30

/** C of RFC 9438 §5.1, in datagrams per second cubed. */
const scale = 0.4
/** What a loss leaves of the window: RFC 9438 §4.6. */
const beta = 0.7
/** What a Reno that cuts by beta must add per round trip to be Reno's equal: RFC 9438 §4.3. */
const renoGain = (3 * (1 - beta)) / (1 + beta)
/** A target further off than this would be a burst: RFC 9438 §4.2. */
const targetGainMax = 1.5

/** A packet thought lost that is only late comes within a round trip or two of the cut. */
const undoRoundTrips = 2

/** Congestion avoidance since the last cut. Times in seconds, sizes in bytes. */
interface Epoch {
  /** Moves on while the sender does not use the window: such time is no reason to grow (RFC 9438 §5.8). */
  since: Micros
  /** When the curve is back at the origin. */
  readonly flatSeconds: number
  renoBytes: number
}

/** What a cut replaced, for the case that it was a mistake. */
interface BeforeCut {
  readonly windowBytes: number
  readonly thresholdBytes: number
  readonly originBytes: number
  readonly priorBytes: number
  readonly recoverySince: Micros
  readonly epoch: Epoch | undefined
  readonly hystart: Hystart | undefined
}

export class Cubic implements Controller {
  readonly name = 'cubic'
  readonly pacingBytesPerSecond = undefined
  readonly deliveryBytesPerSecond = 0
  #datagramBytes: number
  #windowBytes: number
  #thresholdBytes = Number.POSITIVE_INFINITY
  // where the curve is flat (W_max), and the window before the last cut (cwnd_prior)
  #originBytes = 0
  #priorBytes = 0
  #epoch: Epoch | undefined
  #hystart: Hystart | undefined
  // packets sent until then belong to the last loss event. §10-4
  #recoverySince: Micros = Number.NEGATIVE_INFINITY
  #beforeCut: BeforeCut | undefined
  #smoothedRttMicros: Micros = initialRttMicros
  // since when the sender has not used the window, or has had nothing in flight
  #unusedSince: Micros | undefined
  #drainedSince: Micros | undefined

  constructor(now: Micros, datagramBytes: number) {
    this.#datagramBytes = datagramBytes
    this.#windowBytes = initialDatagrams * datagramBytes
    this.#hystart = new Hystart(now)
  }

  get windowBytes(): number {
    return Math.floor(this.#windowBytes)
  }

  get isSlowStart(): boolean {
    return this.#windowBytes < this.#thresholdBytes
  }

  onHandshakeRtt(_rttMicros: Micros): void {}

  onSent(now: Micros, _bytes: number): void {
    if (this.#drainedSince === undefined) return
    this.#skip(now, this.#drainedSince)
    this.#drainedSince = undefined
  }

  onAcked(acked: AckedBytes): void {
    if (acked.smoothedRttMicros >= 0) this.#smoothedRttMicros = acked.smoothedRttMicros
    if (!(acked.bytes > 0) || !(acked.sentMicros > this.#recoverySince)) return
    if (this.isSlowStart) this.#watch(acked)
    if (!acked.isWindowLimited) {
      this.#unusedSince ??= acked.now
      return
    }
    if (this.#unusedSince !== undefined) this.#skip(acked.now, this.#unusedSince)
    this.#unusedSince = undefined
    const grown = this.isSlowStart ? this.#slowStart(acked.bytes) : this.#avoid(acked)
    // nothing may make it grow faster than slow start does, nor shrink
    const most = Math.min(windowBytesMax, this.#windowBytes + acked.bytes)
    this.#windowBytes = Math.max(this.#windowBytes, Math.min(grown, most))
    if (acked.inFlightBytes <= acked.bytes) this.#drainedSince = acked.now
  }

  onLost(lost: LostBytes): void {
    const isNewEvent = lost.sentMicros > this.#recoverySince
    if (isNewEvent) this.#cut(lost.now)
    if (!lost.isPersistent) return
    // the path has changed: begin again below what it last carried, and nothing of that is a mistake
    this.#windowBytes = this.#leastBytes
    this.#recoverySince = lost.now
    this.#originBytes = 0
    this.#epoch = undefined
    this.#beforeCut = undefined
  }

  onMarked(marked: MarkedBytes): void {
    if (marked.sentMicros > this.#recoverySince) this.#cut(marked.now)
    // a mark is none by mistake
    this.#beforeCut = undefined
  }

  onSpuriousLoss(now: Micros): void {
    const before = this.#beforeCut
    this.#beforeCut = undefined
    // later than that, the news is of an older event than the last
    const sinceMicros = now - this.#recoverySince
    if (before === undefined || sinceMicros > undoRoundTrips * this.#smoothedRttMicros) return
    if (before.epoch) before.epoch.since += Math.max(0, sinceMicros)
    this.#windowBytes = Math.max(this.#windowBytes, before.windowBytes)
    this.#thresholdBytes = before.thresholdBytes
    this.#originBytes = before.originBytes
    this.#priorBytes = before.priorBytes
    this.#recoverySince = before.recoverySince
    this.#epoch = before.epoch
    this.#hystart = before.hystart
  }

  /** The curve is in datagrams, so a new size begins a new one from here. */
  onDatagramSize(datagramBytes: number): void {
    if (!(datagramBytes > 0) || datagramBytes === this.#datagramBytes) return
    this.#datagramBytes = datagramBytes
    this.#windowBytes = Math.max(this.#windowBytes, this.#leastBytes)
    this.#epoch = undefined
    this.#beforeCut = undefined
  }

  #watch(acked: AckedBytes): void {
    const isBatch = acked.bytes > this.#datagramBytes
    this.#hystart?.onAcked(acked.now, acked.sentMicros, acked.latestRttMicros, isBatch)
    if (!this.#hystart?.isDone) return
    this.#hystart = undefined
    this.#thresholdBytes = this.#windowBytes
  }

  #slowStart(bytes: number): number {
    const divisor = this.#hystart?.growthDivisor ?? 1
    return Math.min(this.#windowBytes + bytes / divisor, this.#thresholdBytes)
  }

  #avoid(acked: AckedBytes): number {
    const window = this.#windowBytes
    this.#epoch ??= this.#begin(acked.now)
    const epoch = this.#epoch
    const seconds = Math.max(0, acked.now - epoch.since) / second
    const rttSeconds = this.#smoothedRttMicros / second
    const share = Math.min(1, acked.bytes / window)

    const gain = epoch.renoBytes < this.#priorBytes ? renoGain : 1
    epoch.renoBytes = Math.min(windowBytesMax, epoch.renoBytes + gain * this.#datagramBytes * share)
    // the Reno-friendly region: RFC 9438 §4.3
    if (this.#curve(seconds, epoch) < epoch.renoBytes) return epoch.renoBytes
    const target = Math.min(this.#curve(seconds + rttSeconds, epoch), targetGainMax * window)
    return target > window ? window + (target - window) * share : window
  }

  #begin(now: Micros): Epoch {
    this.#originBytes = Math.max(this.#originBytes, this.#windowBytes)
    const below = (this.#originBytes - this.#windowBytes) / this.#datagramBytes
    return { since: now, flatSeconds: Math.cbrt(below / scale), renoBytes: this.#windowBytes }
  }

  /** W_cubic of RFC 9438 §4.2. */
  #curve(seconds: number, epoch: Epoch): number {
    return scale * this.#datagramBytes * (seconds - epoch.flatSeconds) ** 3 + this.#originBytes
  }

  #cut(now: Micros): void {
    const window = this.#windowBytes
    this.#beforeCut = {
      windowBytes: window,
      thresholdBytes: this.#thresholdBytes,
      originBytes: this.#originBytes,
      priorBytes: this.#priorBytes,
      recoverySince: this.#recoverySince,
      epoch: this.#epoch,
      hystart: this.#hystart,
    }
    // fast convergence: who loses below where it lost before has company, and makes room (RFC 9438 §4.7)
    this.#originBytes = window < this.#originBytes ? (window * (1 + beta)) / 2 : window
    this.#priorBytes = window
    this.#windowBytes = Math.max(this.#leastBytes, window * beta)
    this.#thresholdBytes = this.#windowBytes
    this.#recoverySince = now
    this.#epoch = undefined
    this.#hystart = undefined
  }

  #skip(now: Micros, since: Micros): void {
    if (this.#epoch) this.#epoch.since += Math.max(0, now - since)
  }

  get #leastBytes(): number {
    return leastDatagrams * this.#datagramBytes
  }
}
