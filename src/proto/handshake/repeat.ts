// When a handshake packet goes out, and goes out again: INIT and FINISH by a timer until they are answered, REPLY each
// time its INIT is repeated. PROTOCOL.md §5-8, §5-9.

import { type Micros, never } from '../../base/units.ts'
import { openingWait } from '../recovery/rtt.ts'

export class Repeat {
  #packet: Uint8Array | undefined
  #isDue = false
  #retryAt: Micros = never
  #sent = 0
  #sentMicros: Micros = 0

  /** From now on this one. */
  start(packet: Uint8Array): void {
    this.#packet = packet
    this.#isDue = true
    this.#retryAt = never
    this.#sent = 0
  }

  /** The same in another dress: it goes when the old one would have. */
  replace(packet: Uint8Array): void {
    if (this.#packet) this.#packet = packet
  }

  /** It was answered. */
  stop(): void {
    this.#packet = undefined
    this.#isDue = false
    this.#retryAt = never
  }

  /** The peer did not get it, or asks again. */
  again(): void {
    this.#isDue = this.#packet !== undefined
  }

  get due(): Uint8Array | undefined {
    return this.#isDue ? this.#packet : undefined
  }

  get deadline(): Micros {
    return this.#isDue ? never : this.#retryAt
  }

  /** @param firstWaitMicros how long to wait for an answer, or never when only the peer asks for repetition */
  onSent(now: Micros, firstWaitMicros: Micros): void {
    this.#isDue = false
    this.#retryAt = now + openingWait(firstWaitMicros, this.#sent)
    this.#sent++
    this.#sentMicros = now
  }

  onTimeout(now: Micros): void {
    if (now >= this.deadline) this.again()
  }

  /** The round trip the first answer at `now` measures; undefined when it may answer an earlier copy. §5-15 */
  rttMicros(now: Micros): Micros | undefined {
    return this.#sent === 1 && this.#packet ? now - this.#sentMicros : undefined
  }
}
