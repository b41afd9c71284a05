// Somebody on the path who holds no keys: beside each datagram, now and then, something that was never sent. Noise
// (random bytes), a forgery (a true datagram with a few bytes changed), a truncation, or an old one again.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import { copied } from '../envelope.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export type Forgery = 'garbage' | 'forged' | 'truncated' | 'replayed'

export interface InjectOptions {
  readonly rate: number
  readonly kinds: readonly Forgery[]
}

/** Old datagrams kept for replay: enough to fall out of any replay window of a short run. */
const keptMax = 512
const garbageBytesMax = 1600

export class Inject extends Passage {
  readonly name = 'inject'
  readonly #options: InjectOptions
  readonly #prng: Prng
  readonly #kept: Uint8Array[] = []

  constructor(options: InjectOptions, prng: Prng) {
    super()
    this.#options = options
    this.#prng = prng
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (this.#kept.length < keptMax) this.#kept.push(copied(datagram))
    else if (this.#prng.chance(0.1)) this.#kept[this.#prng.below(keptMax)] = copied(datagram)
    const extra = this.#prng.chance(this.#options.rate) ? this.#make(datagram) : undefined
    const isBefore = this.#prng.chance(0.5)
    if (extra && isBefore) next.push(extra)
    next.push(datagram)
    if (extra && !isBefore) next.push(extra)
  }

  #make(datagram: Uint8Array): Uint8Array {
    this.touched++
    const prng = this.#prng
    const kind = this.#options.kinds[prng.below(this.#options.kinds.length)]!
    switch (kind) {
      case 'garbage':
        return prng.fill(new Uint8Array(prng.below(garbageBytesMax)))
      case 'truncated':
        return datagram.slice(0, prng.below(datagram.length))
      case 'replayed':
        return copied(this.#kept[prng.below(this.#kept.length)]!)
      case 'forged': {
        const forged = copied(datagram)
        for (let left = 1 + prng.below(8); left > 0; left--)
          forged[prng.below(forged.length)] = prng.below(256)
        return forged
      }
    }
  }
}
