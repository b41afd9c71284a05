// Random loss: each datagram is dropped with the same probability, independently, from a moment on.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export class Loss extends Passage {
  readonly name: string
  readonly #rate: number
  readonly #fromMicros: Micros
  readonly #prng: Prng

  constructor(rate: number, prng: Prng, fromMicros: Micros = 0) {
    super()
    this.name = `loss ${rate * 100} %`
    this.#rate = rate
    this.#fromMicros = fromMicros
    this.#prng = prng
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (now >= this.#fromMicros && this.#prng.chance(this.#rate)) this.touched++
    else next.push(datagram)
  }
}
