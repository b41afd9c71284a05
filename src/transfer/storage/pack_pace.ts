// Whether a literal is packed on its way out. Packing is done by the thread that reads, cuts and hashes: it costs the time in
// which that reads on, and saves what the network need not carry. So it is done while the network has enough to do, and where a
// second of it saves more than the network carries in a second; a gigabit carries about what zstd saves of text. Knows bytes
// and the clock. PROTOCOL.md §14.6

import { MiB } from '../../base/units.ts'
import type { NetworkState } from './events.ts'

/** Lent and not yet sent: the buffer that is at work, and 1.5 MiB that wait. */
const enoughBytes = 2.5 * MiB
/** Of what would not pay one literal in so many is tried: what comes may pack better than what came. */
const tryEvery = 16
/** What the literals before this one told counts so much of what it tells itself. */
const fading = 3 / 4

export class PackPace {
  readonly #now: () => number
  #inFlightBytes = 0
  #deliveryBytesPerSecond = 0
  #savedBytes = 0
  #spentSeconds = 0
  #untried = 0

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  onNetwork({ inFlightBytes, deliveryBytesPerSecond }: NetworkState): void {
    this.#inFlightBytes = inFlightBytes
    this.#deliveryBytesPerSecond = deliveryBytesPerSecond
  }

  /** @param lentBytes all that is on its way and not acknowledged */
  isDue(lentBytes: number): boolean {
    const hasEnough = lentBytes - this.#inFlightBytes >= enoughBytes
    // before anything was delivered, and before anything was packed, it is done
    const saves = this.#savedBytes >= this.#deliveryBytesPerSecond * this.#spentSeconds
    if (hasEnough || saves || ++this.#untried === tryEvery) {
      this.#untried = 0
      return true
    }
    return false
  }

  /** Packs, and sees what that saved and took. @param work says how many bytes are left of `rawBytes` */
  measure<T extends { readonly literalBytes: number }>(rawBytes: number, work: () => T): T {
    const startedAt = this.#now()
    const done = work()
    this.#spentSeconds = fading * this.#spentSeconds + (this.#now() - startedAt) / 1000
    this.#savedBytes = fading * this.#savedBytes + rawBytes - done.literalBytes
    return done
  }
}
