// Burst loss (Gilbert-Elliott): a good state that drops nothing and a bad one that drops all; the state may change
// with each datagram. Named by what one measures: the mean loss rate and the mean length of a burst in datagrams. A fade
// also ends by itself: without that, a sender that falls silent would find the same burst ten seconds later.

import { assert } from '../../src/base/assert.ts'
import type { Prng } from '../../src/base/prng.ts'
import { type Micros, never } from '../../src/base/units.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export interface BurstOptions {
  readonly rate: number
  readonly burstDatagrams: number
  readonly burstMicrosMax?: Micros
}

export class Burst extends Passage {
  readonly name: string
  readonly #toBad: number
  readonly #toGood: number
  readonly #prng: Prng
  readonly #burstMicrosMax: Micros
  #isBad = false
  #badSince: Micros = 0

  constructor({ rate, burstDatagrams, burstMicrosMax = never }: BurstOptions, prng: Prng) {
    super()
    assert(rate < 1 && burstDatagrams >= 1, 'a burst ends')
    this.name = `burst loss ${rate * 100} %`
    // stationary share of the bad state = toBad / (toBad + toGood) = rate
    this.#toGood = 1 / burstDatagrams
    this.#toBad = (rate * this.#toGood) / (1 - rate)
    this.#burstMicrosMax = burstMicrosMax
    this.#prng = prng
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    const wasBad = this.#isBad && now - this.#badSince < this.#burstMicrosMax
    this.#isBad = wasBad ? !this.#prng.chance(this.#toGood) : this.#prng.chance(this.#toBad)
    if (this.#isBad && !wasBad) this.#badSince = now
    if (this.#isBad) this.touched++
    else next.push(datagram)
  }
}
