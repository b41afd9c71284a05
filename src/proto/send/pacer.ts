// When the next bytes may leave: a token bucket filled by time at the pacing rate, and the size of the train that
// may go at once. PROTOCOL.md §10-3. Knows bytes and times; not what is sent, and not the window. Fractions of a
// byte are kept, so that no rate drifts however often it is asked.

import { type Micros, millisecond, second } from '../../base/units.ts'

/** A train: what one seal and one system call carry; GSO ends there. */
export const trainPacketsMax = 64
export const trainBytesMax = 65_000

/** The burst of §10-3: whichever of the two is more. */
const burstDatagrams = 10
const burstMicros: Micros = 2 * millisecond

/** A train is worth its call from this much of the rate on, and from two packets: short trains cost the rate. */
const quantumMicros: Micros = millisecond
const quantumPacketsMin = 2

/** Slower than a datagram a second is a fault of arithmetic; faster than 10^13 is no link of ours. */
const bytesPerSecondMax = 1e13

/** The rate that a window makes, in bytes a second. §10-3 */
export function pacingRate(windowBytes: number, smoothedRttMicros: Micros, isSlowStart: boolean): number {
  return ((isSlowStart ? 2 : 1.25) * windowBytes * second) / Math.max(1, smoothedRttMicros)
}

export class Pacer {
  #bytesPerSecond = 0
  #burstBytes = 0
  // negative after a probe that did not ask: the debt is paid before anything else goes
  #creditBytes = 0
  #filledMicros: Micros

  /** Starts with a full burst: the initial window may go at once. */
  constructor(now: Micros, bytesPerSecond: number, datagramBytes: number) {
    this.#filledMicros = now
    this.setRate(now, bytesPerSecond, datagramBytes)
    this.#creditBytes = this.#burstBytes
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond
  }

  get burstBytes(): number {
    return this.#burstBytes
  }

  /** What has passed until now counts at the old rate. */
  setRate(now: Micros, bytesPerSecond: number, datagramBytes: number): void {
    this.#fill(now)
    this.#bytesPerSecond =
      bytesPerSecond > datagramBytes ? Math.min(bytesPerSecond, bytesPerSecondMax) : datagramBytes
    this.#burstBytes = Math.max(burstDatagrams * datagramBytes, this.#bytesIn(burstMicros))
    this.#creditBytes = Math.min(this.#creditBytes, this.#burstBytes)
  }

  /** Bytes that may go now. */
  budgetBytes(now: Micros): number {
    this.#fill(now)
    return Math.max(0, this.#creditBytes)
  }

  /** Takes them off, asked for or not; a debt is never more than a burst. */
  onSent(now: Micros, bytes: number): void {
    this.#fill(now)
    this.#creditBytes = Math.max(-this.#burstBytes, this.#creditBytes - bytes)
  }

  /** The moment at which `bytes` may go: `now` if they may already, else later than `now`. */
  nextSendMicros(now: Micros, bytes: number): Micros {
    this.#fill(now)
    // more than a burst is never there at once; what asks for it goes when the bucket is full
    const missing = Math.min(bytes, this.#burstBytes) - this.#creditBytes
    return missing <= 0 ? now : now + Math.ceil((missing * second) / this.#bytesPerSecond)
  }

  /**
   * How many packets the next train may have now; 0 means wait until nextTrainMicros. It waits for about 1 ms of
   * the rate, because a train per packet would cost the rate itself, but never for more than is wanted.
   *
   * @param wantedPackets how many the data at hand would fill, whatever the window leaves
   */
  trainPackets(now: Micros, datagramBytes: number, wantedPackets = trainPacketsMax): number {
    if (wantedPackets < 1) return 0
    this.#fill(now)
    if (this.#creditBytes < this.#trainBytesLeast(datagramBytes, wantedPackets)) return 0
    const packets = Math.max(1, Math.floor(this.#creditBytes / datagramBytes))
    return Math.min(packets, wantedPackets, longestTrain(datagramBytes))
  }

  /** The moment at which trainPackets stops being 0 for the same arguments. */
  nextTrainMicros(now: Micros, datagramBytes: number, wantedPackets = trainPacketsMax): Micros {
    return this.nextSendMicros(now, this.#trainBytesLeast(datagramBytes, wantedPackets))
  }

  #trainBytesLeast(datagramBytes: number, wantedPackets: number): number {
    const quantum = Math.max(quantumPacketsMin, Math.floor(this.#bytesIn(quantumMicros) / datagramBytes))
    const packets = Math.min(quantum, longestTrain(datagramBytes), Math.max(1, wantedPackets))
    return Math.min(packets * datagramBytes, this.#burstBytes)
  }

  #bytesIn(micros: Micros): number {
    return (this.#bytesPerSecond * micros) / second
  }

  #fill(now: Micros): void {
    if (!(now > this.#filledMicros)) return
    const earned = this.#bytesIn(now - this.#filledMicros)
    this.#creditBytes = Math.min(this.#burstBytes, this.#creditBytes + earned)
    this.#filledMicros = now
  }
}

function longestTrain(datagramBytes: number): number {
  return Math.max(1, Math.min(trainPacketsMax, Math.floor(trainBytesMax / datagramBytes)))
}
