// How fast the path delivers within a round trip. While start-up's flights fill a part of it only, what a round trip delivers
// is what was sent in it; the flight itself came through as fast as it left, or as fast as the path goes. So start-up need
// not double its way up to a rate that it was already sent at. Knows acknowledgements; decides neither rate nor window.
// Dispersion of packet trains: Dovrolis, Ramanathan, Moore 2004. PROTOCOL.md §10.

import { type Micros, millisecond, second } from '../../../base/units.ts'
import type { AckedBytes } from '../controller.ts'

/** Acknowledgements that came nearer together than this tell of whoever bunched them. */
const spanRttShareMin = 1 / 8
const spanMicrosMin: Micros = 2 * millisecond
const datagramsMin = 10

export class WithinRound {
  /** The most of any round trip, 0 before one. */
  bytesPerSecond = 0
  #firstAt: Micros = 0
  #firstSentAt: Micros = 0
  #firstDeliveredBytes = 0

  onAcked(acked: AckedBytes, isRoundStart: boolean, datagramBytes: number): void {
    const { now, sentMicros, rate } = acked
    if (isRoundStart) {
      this.#firstAt = now
      this.#firstSentAt = sentMicros
      this.#firstDeliveredBytes = rate.deliveredBytes
      return
    }
    // the slower of the two: a bunch of acknowledgements is no faster than what they acknowledge left
    const span = Math.max(now - this.#firstAt, sentMicros - this.#firstSentAt)
    const bytes = rate.deliveredBytes - this.#firstDeliveredBytes
    const isLong = span >= Math.max(spanMicrosMin, acked.minimumRttMicros * spanRttShareMin)
    if (isLong && bytes >= datagramsMin * datagramBytes)
      this.bytesPerSecond = Math.max(this.bytesPerSecond, (bytes * second) / span)
  }

  forget(): void {
    this.bytesPerSecond = 0
  }
}
