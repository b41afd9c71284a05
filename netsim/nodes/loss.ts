// Random loss: each datagram is dropped with the same probability, independently.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export class Loss extends Passage {
  readonly name: string
  readonly #rate: number
  readonly #prng: Prng

  constructor(rate: number, prng: Prng) {
    super()
    this.name = `loss ${rate * 100} %`
    this.#rate = rate
    this.#prng = prng
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (this.#prng.chance(this.#rate)) this.touched++
    else next.push(datagram)
  }
}
