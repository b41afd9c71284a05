// Somebody who forges the initiator's address and sends INITs, evenly, for a while: of XX, which any bytes make, of IK, which
// nobody can open, and such as bring a cookie of their own making. What the true peers say passes by.

import type { Prng } from '../../src/base/prng.ts'
import { type Micros, millisecond, never } from '../../src/base/units.ts'
import { connectionIdBytes, cookieBytes, writeCookied, writeInit } from '../../src/wire/packet.ts'
import type { Node, Outlet } from '../node.ts'

export interface FloodOptions {
  readonly perMillisecond: number
  readonly untilMicros: Micros
}

/** An XX message of ours: an ephemeral key, and parameters in clear of which none is said. */
const noiseBytes = 33

export class Flood implements Node {
  readonly name = 'flood'
  readonly isDone = true
  wakeAt: Micros = 0
  /** Forged so far. */
  touched = 0
  readonly #options: FloodOptions
  readonly #prng: Prng

  constructor(options: FloodOptions, prng: Prng) {
    this.#options = options
    this.#prng = prng
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    next.push(datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    const { perMillisecond, untilMicros } = this.#options
    for (let i = 0; i < perMillisecond; i++) next.push(this.#forge())
    this.wakeAt = now + millisecond < untilMicros ? now + millisecond : never
  }

  #forge(): Uint8Array {
    this.touched++
    const prng = this.#prng
    const kind = prng.below(3)
    const noise = prng.fill(new Uint8Array(kind === 1 ? 100 : noiseBytes))
    if (kind !== 1) noise[noiseBytes - 1] = 0
    const source = prng.fill(new Uint8Array(connectionIdBytes))
    const init = writeInit({ source, pattern: kind === 1 ? 'IK' : 'XX', suites: Uint8Array.of(1, 2), noise })
    if (kind < 2) return init
    return writeCookied({ cookie: prng.fill(new Uint8Array(cookieBytes)), initBytes: init })
  }
}
