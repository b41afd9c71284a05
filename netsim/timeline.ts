// Datagrams under way, by the time they come out. A sorted array with a moving head: almost every datagram leaves
// after all that went in before, so insertion is at the tail; one that overtakes costs as many steps as it overtakes.

import { type Micros, never } from '../src/base/units.ts'

/** Taken entries are cut off once so many lie in front: cheap on average, bounded in memory. */
const headMax = 1024

export class Timeline {
  #times: Micros[] = []
  #datagrams: Uint8Array[] = []
  #head = 0

  get length(): number {
    return this.#times.length - this.#head
  }

  /** When the first datagram is due. */
  get nextAt(): Micros {
    return this.#head < this.#times.length ? this.#times[this.#head]! : never
  }

  /** Behind all that are due at or before `at`: equal times keep their order. */
  insert(at: Micros, datagram: Uint8Array): void {
    const times = this.#times
    const datagrams = this.#datagrams
    let slot = times.length
    times.push(at)
    datagrams.push(datagram)
    while (slot > this.#head && times[slot - 1]! > at) {
      times[slot] = times[slot - 1]!
      datagrams[slot] = datagrams[slot - 1]!
      slot--
    }
    times[slot] = at
    datagrams[slot] = datagram
  }

  /** The first datagram, when it is due. */
  take(now: Micros): Uint8Array | undefined {
    if (this.nextAt > now) return undefined
    const datagram = this.#datagrams[this.#head++]
    if (this.#head === this.#times.length) {
      this.#times.length = 0
      this.#datagrams.length = 0
      this.#head = 0
    } else if (this.#head >= headMax && this.#head * 2 > this.#times.length) {
      this.#times.splice(0, this.#head)
      this.#datagrams.splice(0, this.#head)
      this.#head = 0
    }
    return datagram
  }
}
