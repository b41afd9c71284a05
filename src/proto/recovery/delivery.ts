// How fast bytes really arrive: every piece takes with it what had been delivered when it left, and its acknowledgement
// says what came since and in how long. The rate sample of draft-ietf-ccwg-bbr §4.1, by train. Knows bytes and times; what
// follows from a rate is the controller's to say. PROTOCOL.md §10-7.

import type { Micros } from '../../base/units.ts'

/** What a piece takes with it when it leaves; its parts share it. */
export interface DeliveryStamp {
  /** Delivered in all, when it left, and when the last of that was delivered. */
  readonly deliveredBytes: number
  readonly deliveredMicros: Micros
  /** When the piece left whose acknowledgement the last delivery was: what both rates are measured from. */
  readonly firstSentMicros: Micros
  /** This piece included. */
  readonly inFlightBytes: number
  /** The sender had too little to send: the path bears more than the sample will say. */
  readonly isAppLimited: boolean
}

export interface RateSample {
  /** 0: the interval was shorter than a round trip and says nothing. */
  readonly bytesPerSecond: number
  readonly isAppLimited: boolean
  /** Delivered in all; and of that, when the newest acknowledged piece left: a round trip lies between. */
  readonly deliveredBytes: number
  readonly priorDeliveredBytes: number
  /** In flight when that piece left. */
  readonly inFlightBytes: number
}

/** What is acknowledged at once, as far as delivery is concerned. */
interface Acknowledged {
  readonly sentMicros: Micros
  readonly stamp: DeliveryStamp
}

export class Delivery {
  #deliveredBytes = 0
  #deliveredMicros: Micros = 0
  #firstSentMicros: Micros = 0
  // samples of what left until so much is delivered are of a sender with too little to send; 0: of none
  #appLimitedUntilBytes = 0

  /** @param inFlightBytes without the piece that leaves */
  stamp(now: Micros, inFlightBytes: number, bytes: number): DeliveryStamp {
    if (inFlightBytes === 0) {
      this.#firstSentMicros = now
      this.#deliveredMicros = now
    }
    return {
      deliveredBytes: this.#deliveredBytes,
      deliveredMicros: this.#deliveredMicros,
      firstSentMicros: this.#firstSentMicros,
      inFlightBytes: inFlightBytes + bytes,
      isAppLimited: this.#appLimitedUntilBytes > 0,
    }
  }

  /** Nothing to send, though window and pacer would let it go. */
  onAppLimited(inFlightBytes: number): void {
    this.#appLimitedUntilBytes = Math.max(1, this.#deliveredBytes + inFlightBytes)
  }

  /**
   * @param bytes of all pieces that this ACK is the first to acknowledge
   * @param newest of those, the one that left last
   */
  onAcked(now: Micros, bytes: number, newest: Acknowledged, minimumRttMicros: Micros): RateSample {
    this.#deliveredBytes += bytes
    this.#deliveredMicros = now
    if (this.#deliveredBytes > this.#appLimitedUntilBytes) this.#appLimitedUntilBytes = 0
    const { stamp, sentMicros } = newest
    this.#firstSentMicros = sentMicros
    // the slower of the two counts: acknowledgements that come in a bunch are no fast path
    const sendMicros = sentMicros - stamp.firstSentMicros
    const ackMicros = now - stamp.deliveredMicros
    const micros = Math.max(sendMicros, ackMicros)
    const delivered = this.#deliveredBytes - stamp.deliveredBytes
    return {
      bytesPerSecond: micros > 0 && micros >= minimumRttMicros ? (delivered * 1e6) / micros : 0,
      isAppLimited: stamp.isAppLimited,
      deliveredBytes: this.#deliveredBytes,
      priorDeliveredBytes: stamp.deliveredBytes,
      inFlightBytes: stamp.inFlightBytes,
    }
  }
}
