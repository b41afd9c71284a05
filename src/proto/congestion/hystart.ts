// When slow start should end before it loses: HyStart++ (RFC 9406). A round trip whose least RTT rose says that a
// queue fills; five cautious rounds then tell a queue from noise. PROTOCOL.md §10. Knows round-trip times and when
// packets were sent; grows no window itself.

import { type Micros, millisecond } from '../../base/units.ts'

// RFC 9406 §4.3. Its limit L on growth per ACK is not needed: we pace.
const riseMicrosMin: Micros = 4 * millisecond
const riseMicrosMax: Micros = 16 * millisecond
const riseDivisor = 8
const samplesMin = 8
const cautiousDivisor = 4
const cautiousRounds = 5

/** On a short path ACKs come eight a round trip (§9-3): one for several packets stands for two of RFC 9406's samples. */
const samplesOfBatch = 2

export class Hystart {
  // a round ends with the first ACK for a packet sent after it began
  #roundSince: Micros
  #samples = 0
  #roundRtt = Number.POSITIVE_INFINITY
  #lastRoundRtt = Number.POSITIVE_INFINITY
  // the RTT that made us cautious, and the rounds since; undefined while growth is full
  #baselineRtt: Micros | undefined
  #rounds = 0

  constructor(now: Micros) {
    this.#roundSince = now
  }

  /** Slow start is over: the window stands where it is. */
  get isDone(): boolean {
    return this.#rounds >= cautiousRounds
  }

  /** How many bytes must be acknowledged for the window to grow by one. */
  get growthDivisor(): number {
    return this.#baselineRtt === undefined ? 1 : cautiousDivisor
  }

  onAcked(now: Micros, sentMicros: Micros, rttMicros: Micros, isBatch: boolean): void {
    if (sentMicros > this.#roundSince) this.#nextRound(now)
    if (!(rttMicros >= 0)) return
    this.#samples += isBatch ? samplesOfBatch : 1
    this.#roundRtt = Math.min(this.#roundRtt, rttMicros)
    if (this.#samples < samplesMin) return
    if (this.#baselineRtt === undefined) this.#watchForRise()
    else if (this.#roundRtt < this.#baselineRtt) {
      // it was noise: the queue is no longer than before
      this.#baselineRtt = undefined
      this.#rounds = 0
    }
  }

  #watchForRise(): void {
    const last = this.#lastRoundRtt
    if (last === Number.POSITIVE_INFINITY) return
    const rise = Math.min(riseMicrosMax, Math.max(riseMicrosMin, last / riseDivisor))
    if (this.#roundRtt >= last + rise) this.#baselineRtt = this.#roundRtt
  }

  #nextRound(now: Micros): void {
    this.#roundSince = now
    this.#lastRoundRtt = this.#roundRtt
    this.#roundRtt = Number.POSITIVE_INFINITY
    this.#samples = 0
    if (this.#baselineRtt !== undefined) this.#rounds++
  }
}
