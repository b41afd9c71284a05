// A translator between the initiator and the world: what leaves bears its address of the moment, and what comes for
// another is nobody's. From time to time it takes another address: a rebinding when only the port changes, a move to
// another network when the host does. One stands in each direction, made from the same moves.

import { must } from '../../src/base/assert.ts'
import type { Micros } from '../../src/base/units.ts'
import { type Address, isSameAddress } from '../../src/proto/address.ts'
import { envelopeOf, homes, readdressed } from '../envelope.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export interface Mapping {
  readonly fromMicros: Micros
  readonly address: Address
}

export interface NatOptions {
  /** Towards the world, or back. */
  readonly isBack: boolean
  /** In order of time; the first from the beginning. */
  readonly mappings: readonly Mapping[]
}

export class Nat extends Passage {
  readonly name = 'nat'
  readonly #options: NatOptions

  constructor(options: NatOptions) {
    super()
    this.#options = options
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    const envelope = must(envelopeOf(datagram), 'a datagram that a host sent')
    const address = this.#addressAt(now)
    if (!this.#options.isBack) {
      next.push(readdressed(datagram, { ...envelope, from: address }))
      return
    }
    if (isSameAddress(envelope.to, address))
      next.push(readdressed(datagram, { ...envelope, to: homes.initiator }))
    else this.touched++
  }

  #addressAt(now: Micros): Address {
    const current = this.#options.mappings.findLast(({ fromMicros }) => now >= fromMicros)
    return must(current, 'a mapping from the beginning').address
  }
}
