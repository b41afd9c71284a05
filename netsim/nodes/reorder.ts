// Reordering: some datagrams are held back for a while and overtaken by those behind them.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import type { Node, Outlet } from '../node.ts'
import { Timeline } from '../timeline.ts'

export interface ReorderOptions {
  readonly rate: number
  readonly holdMicros: Micros
}

export class Reorder implements Node {
  readonly name: string
  readonly isDone = true
  readonly #options: ReorderOptions
  readonly #prng: Prng
  readonly #held = new Timeline()
  touched = 0

  constructor(options: ReorderOptions, prng: Prng) {
    this.name = `reorder ${options.rate * 100} %`
    this.#options = options
    this.#prng = prng
  }

  get wakeAt(): Micros {
    return this.#held.nextAt
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (this.#prng.chance(this.#options.rate)) {
      this.touched++
      this.#held.insert(now + this.#options.holdMicros, datagram)
    } else {
      next.push(datagram)
    }
  }

  handleWake(now: Micros, next: Outlet): void {
    for (let datagram = this.#held.take(now); datagram; datagram = this.#held.take(now)) next.push(datagram)
  }
}
