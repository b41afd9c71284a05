// Propagation: every datagram comes out `micros` later, plus a uniform share of `jitterMicros`. With `keepsOrder` a
// datagram never overtakes (a queue somewhere varied); without it, jitter reorders (several paths, a radio link).

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import type { Node, Outlet } from '../node.ts'
import { Timeline } from '../timeline.ts'

export interface DelayOptions {
  readonly micros: Micros
  readonly jitterMicros?: Micros
  readonly keepsOrder?: boolean
}

export class Delay implements Node {
  readonly name: string
  readonly isDone = true
  readonly #options: Required<DelayOptions>
  readonly #prng: Prng
  readonly #timeline = new Timeline()
  #lastAt: Micros = 0

  constructor(options: DelayOptions, prng: Prng) {
    this.name = `delay ${options.micros / 1000} ms`
    this.#options = { jitterMicros: 0, keepsOrder: true, ...options }
    this.#prng = prng
  }

  get wakeAt(): Micros {
    return this.#timeline.nextAt
  }

  handleDatagram(now: Micros, datagram: Uint8Array): void {
    const { micros, jitterMicros, keepsOrder } = this.#options
    let at = now + micros
    if (jitterMicros > 0) at += this.#prng.below(jitterMicros + 1)
    if (keepsOrder && at < this.#lastAt) at = this.#lastAt
    this.#lastAt = at
    this.#timeline.insert(at, datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    for (let datagram = this.#timeline.take(now); datagram; datagram = this.#timeline.take(now))
      next.push(datagram)
  }
}
