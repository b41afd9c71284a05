// So many in a stretch of time and no more: what strangers can make us do is shared out. Knows moments, not deeds.

import { type Micros, never, second } from '../base/units.ts'

export class Ration {
  readonly #each: number
  readonly #everyMicros: Micros
  #left: number
  #since: Micros = -never

  constructor(each: number, everyMicros: Micros = second) {
    this.#each = each
    this.#everyMicros = everyMicros
    this.#left = each
  }

  /** Whether there is one left now. */
  has(now: Micros): boolean {
    if (now - this.#since >= this.#everyMicros) {
      this.#since = now
      this.#left = this.#each
    }
    return this.#left > 0
  }

  /** How many are left now. */
  leftAt(now: Micros): number {
    return this.has(now) ? this.#left : 0
  }

  /** So many of those that were left are gone: who was told how many took them. */
  spend(count: number): void {
    this.#left -= count
  }

  /** False when they are used up. */
  take(now: Micros): boolean {
    if (!this.has(now)) return false
    this.#left--
    return true
  }
}
