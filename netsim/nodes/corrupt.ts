// Corruption: one bit of some datagrams is flipped. In a copy: the sender may still hold what it sent.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import { copied } from '../envelope.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export class Corrupt extends Passage {
  readonly name: string
  readonly #rate: number
  readonly #prng: Prng

  constructor(rate: number, prng: Prng) {
    super()
    this.name = `corrupt ${rate * 100} %`
    this.#rate = rate
    this.#prng = prng
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (datagram.length === 0 || !this.#prng.chance(this.#rate)) {
      next.push(datagram)
      return
    }
    const damaged = copied(datagram)
    const bit = this.#prng.below(8 * damaged.length)
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    this.touched++
    next.push(damaged)
  }
}
