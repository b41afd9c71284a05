// Duplication: some datagrams arrive twice, the second time at once or `lateMicros` later. The twin is a copy,
// because an endpoint may open a datagram in place.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import { copied } from '../envelope.ts'
import type { Node, Outlet } from '../node.ts'
import { Timeline } from '../timeline.ts'

export interface DuplicateOptions {
  readonly rate: number
  readonly lateMicros?: Micros
}

export class Duplicate implements Node {
  readonly name: string
  readonly isDone = true
  readonly #rate: number
  readonly #lateMicros: Micros
  readonly #prng: Prng
  readonly #twins = new Timeline()
  touched = 0

  constructor({ rate, lateMicros = 0 }: DuplicateOptions, prng: Prng) {
    this.name = `duplicate ${rate * 100} %`
    this.#rate = rate
    this.#lateMicros = lateMicros
    this.#prng = prng
  }

  get wakeAt(): Micros {
    return this.#twins.nextAt
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (this.#prng.chance(this.#rate)) {
      this.touched++
      this.#twins.insert(now + this.#lateMicros, copied(datagram))
    }
    next.push(datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    for (let datagram = this.#twins.take(now); datagram; datagram = this.#twins.take(now)) next.push(datagram)
  }
}
