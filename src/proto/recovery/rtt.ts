// The round-trip time of one path: latest, minimum, smoothed, variance, by RFC 9002 §5. PROTOCOL.md §9. Knows
// times, not packets: whoever owns the sent packets says which acknowledgement makes a sample.

import { type Micros, millisecond } from '../../base/units.ts'

/** The longest a receiver may sit on an acknowledgement. §9-2 */
export const ackDelayMicrosMax: Micros = 25 * millisecond

/** What stands in for the round trip before a sample. §9 */
export const initialRttMicros: Micros = 333 * millisecond

/** A handshake is a few small packets: to wait ever longer for each loses it on a lossy path, and spares nothing. */
const openingGrowth = 1.5
const openingWaitMicrosMax: Micros = 500 * millisecond

/** How long to wait for the answer to what opens a connection, when `before` copies went unanswered. §5-9, §9-13 */
export function openingWait(firstMicros: Micros, before: number): Micros {
  const grown = Math.min(firstMicros * openingGrowth ** before, openingWaitMicrosMax)
  return Math.max(grown, firstMicros)
}

/** A burst of losses ends with packets, not with time: the first probes do not wait for it. §9-6 */
const expiriesUndoubled = 5

/** What so many probes in a row without an answer make of the time-out. §9-6 */
export const backOff = (expiries: number): number =>
  2 ** Math.min(30, Math.max(0, expiries - expiriesUndoubled))

/** The least that four variances may add to a time-out: timers are no finer. §9-6 */
export const granularityMicros: Micros = millisecond

/** A longer sample is a clock that jumped, not a path; it counts as this much. */
const sampleMicrosMax: Micros = 60_000 * millisecond

export class Rtt {
  #latest: Micros = initialRttMicros
  #minimum: Micros = initialRttMicros
  #smoothed: Micros = initialRttMicros
  #variance: Micros = initialRttMicros / 2
  #hasSample = false

  get latest(): Micros {
    return this.#latest
  }

  get minimum(): Micros {
    return this.#minimum
  }

  get smoothed(): Micros {
    return this.#smoothed
  }

  get variance(): Micros {
    return this.#variance
  }

  /** False while all values are the initial ones. */
  get hasSample(): boolean {
    return this.#hasSample
  }

  /**
   * @param latest from sending the largest newly acknowledged packet to now
   * @param ackDelay what the ACK says the peer waited; it counts only once the handshake is confirmed
   */
  onSample(latest: Micros, ackDelay: Micros, isConfirmed: boolean): void {
    if (!(latest >= 0)) return
    const sample = Math.min(latest, sampleMicrosMax)
    this.#latest = sample
    if (!this.#hasSample) {
      this.#hasSample = true
      this.#minimum = sample
      this.#smoothed = sample
      this.#variance = sample / 2
      return
    }
    this.#minimum = Math.min(this.#minimum, sample)
    const delay = isConfirmed && ackDelay > 0 ? Math.min(ackDelay, ackDelayMicrosMax) : 0
    // never below the minimum: a peer that overstates its delay must not shorten the path
    const adjusted = sample - delay >= this.#minimum ? sample - delay : sample
    this.#variance += (Math.abs(this.#smoothed - adjusted) - this.#variance) / 4
    this.#smoothed += (adjusted - this.#smoothed) / 8
  }

  /** The probe time-out of §9-6 without its back-off. */
  probeTimeout(maxAckDelay: Micros): Micros {
    return this.#smoothed + Math.max(4 * this.#variance, granularityMicros) + maxAckDelay
  }
}
