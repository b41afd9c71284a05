// Cookies: a MAC over an address that its owner brings back, so that nothing need be kept of who was asked. Knows keys and
// their age; not when a cookie is asked for, nor what an address is. PROTOCOL.md §5-18.

import { type Micros, minute, never } from '../base/units.ts'
import { sipHash128, sipKeyBytes } from './siphash.ts'

/** A key makes cookies for so long, and so long again it judges them. */
const keyMicrosMax: Micros = minute

export class Cookies {
  readonly #random: (bytes: number) => Uint8Array
  #current: Uint8Array = new Uint8Array(0)
  #previous: Uint8Array | undefined
  #both = new Uint8Array(0)
  #since: Micros = -never

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random
  }

  make(now: Micros, address: Uint8Array): Uint8Array {
    this.#rotate(now)
    return sipHash128(this.#current, address)
  }

  isGood(now: Micros, address: Uint8Array, cookie: Uint8Array): boolean {
    this.#rotate(now)
    if (isSame(sipHash128(this.#current, address), cookie)) return true
    return this.#previous !== undefined && isSame(sipHash128(this.#previous, address), cookie)
  }

  /** The key that makes them, and behind it the one before, if that is good still: for who judges cookies in our place. */
  keys(now: Micros): Uint8Array {
    this.#rotate(now)
    return this.#both
  }

  // By whole periods, however seldom it is asked: a key is never older than it may be.
  #rotate(now: Micros): void {
    const age = now - this.#since
    if (age < keyMicrosMax) return
    const isNeighbour = age < 2 * keyMicrosMax
    this.#previous = isNeighbour ? this.#current : undefined
    this.#since = isNeighbour ? this.#since + keyMicrosMax : now
    this.#current = this.#random(sipKeyBytes)
    this.#both = Uint8Array.of(...this.#current, ...(this.#previous ?? []))
  }
}

/** In the same time wherever they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0)
  return difference === 0
}
