// Propagation whose delay drifts, as a radio link's does: in straight lines from one drawn value to the next, between
// `micros` minus and plus `jitterMicros`, slower than time runs, so that no datagram overtakes another. The same walk as
// the link emulator's (emulator/drift.h), by another generator.

import { assert } from '../../src/base/assert.ts'
import type { Prng } from '../../src/base/prng.ts'
import { type Micros, millisecond } from '../../src/base/units.ts'
import type { Node, Outlet } from '../node.ts'
import { Timeline } from '../timeline.ts'

export interface WanderOptions {
  readonly micros: Micros
  readonly jitterMicros: Micros
}

const legMicrosMin = 100 * millisecond

export class Wander implements Node {
  readonly name: string
  readonly isDone = true
  readonly #options: WanderOptions
  readonly #prng: Prng
  readonly #timeline = new Timeline()
  readonly #legMicros: Micros
  #legEndsAt: Micros = 0
  #from = 0
  #to = 0

  constructor(options: WanderOptions, prng: Prng) {
    assert(options.jitterMicros <= options.micros, 'nothing arrives before it was sent')
    this.name = `delay ${options.micros / 1000} ms that drifts by ${options.jitterMicros / 1000}`
    this.#options = options
    this.#prng = prng
    // from end to end are two jitters: half a microsecond of delay per microsecond of time
    this.#legMicros = Math.max(legMicrosMin, 4 * options.jitterMicros)
  }

  get wakeAt(): Micros {
    return this.#timeline.nextAt
  }

  handleDatagram(now: Micros, datagram: Uint8Array): void {
    this.#timeline.insert(Math.round(now + this.#options.micros + this.#drift(now)), datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    for (let datagram = this.#timeline.take(now); datagram; datagram = this.#timeline.take(now))
      next.push(datagram)
  }

  #drift(now: Micros): Micros {
    if (now >= this.#legEndsAt) {
      this.#from = this.#to
      this.#to = (2 * this.#prng.unit() - 1) * this.#options.jitterMicros
      // after a silence of a leg or more the walk goes on from where it stood
      const isStale = now - this.#legEndsAt >= this.#legMicros
      this.#legEndsAt = (isStale ? now : this.#legEndsAt) + this.#legMicros
    }
    return this.#to - ((this.#legEndsAt - now) / this.#legMicros) * (this.#to - this.#from)
  }
}
