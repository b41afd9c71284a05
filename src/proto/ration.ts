// So many a second and no more: what strangers can make us do is shared out by the second. Knows moments, not deeds.

import { type Micros, never, second } from '../base/units.ts'

export class Ration {
  readonly #perSecond: number
  #left: number
  #since: Micros = -never

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#left = perSecond
  }

  /** False when this second's are used up. */
  take(now: Micros): boolean {
    if (now - this.#since >= second) {
      this.#since = now
      this.#left = this.#perSecond
    }
    if (this.#left === 0) return false
    this.#left--
    return true
  }
}
