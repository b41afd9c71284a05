// Somebody on the path who catches datagrams and has them arrive from an address of his own, before the true ones do. He
// holds no keys, and what is sent to his address he never answers.

import type { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import type { Address } from '../../src/proto/address.ts'
import { copied, envelopeOf, homes, readdressed } from '../envelope.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export const attackerHost = 'attacker'

export interface RaceOptions {
  readonly rate: number
  /** He takes another port for each so many datagrams; 0: always the same. */
  readonly datagramsPerPort: number
}

export class Race extends Passage {
  readonly name = 'race'
  readonly #options: RaceOptions
  readonly #prng: Prng

  constructor(options: RaceOptions, prng: Prng) {
    super()
    this.#options = options
    this.#prng = prng
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (this.#prng.chance(this.#options.rate)) {
      const to = envelopeOf(datagram)?.to ?? homes.responder
      next.push(readdressed(copied(datagram), { from: this.#address, to }))
      this.touched++
    }
    next.push(datagram)
  }

  get #address(): Address {
    const { datagramsPerPort } = this.#options
    const port = datagramsPerPort === 0 ? 1 : 1 + (Math.floor(this.touched / datagramsPerPort) % 1000)
    return { host: attackerHost, port }
  }
}
