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

  /** False when they are used up. */
  take(now: Micros): boolean {
    if (!this.has(now)) return false
    this.#left--
    return true
  }
}
