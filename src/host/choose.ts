// The one place that picks implementations: what this machine has, behind the faces the floors above know. Today all
// of it is portable; the addon's parts will be further rows of the same choices.

import { must } from '../base/assert.ts'
import type { AeadFactory } from '../crypto/aead.ts'
import type { Primitives } from '../crypto/primitives.ts'
import type { Payloads, Plane } from '../proto/plane/plane.ts'
import { PortablePlane } from '../proto/plane/portable.ts'
import { createNodeAead } from './aead_node.ts'
import { createSodiumAead } from './aead_sodium.ts'
import { type Clock, systemClock } from './clock.ts'
import { createPrimitives } from './primitives.ts'
import { randomBytes } from './random.ts'
import type { UdpFactory } from './udp.ts'
import { openDgramUdp } from './udp_dgram.ts'

/** Everything the transport needs of the machine. */
export interface Host {
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
  readonly primitives: Primitives
  /** Packet ciphers by their wire number, best first. */
  readonly suites: readonly number[]
  readonly createPlane: (payloads: Payloads) => Plane
  readonly openUdp: UdpFactory
}

export async function createHost(): Promise<Host> {
  const aead = firstOf([createNodeAead(), await createSodiumAead()])
  return {
    clock: systemClock,
    random: randomBytes,
    primitives: await createPrimitives(),
    suites: aead.suites,
    createPlane: payloads => new PortablePlane(payloads, aead),
    openUdp: openDgramUdp,
  }
}

/** Each cipher from the first that has it. */
function firstOf(factories: readonly AeadFactory[]): AeadFactory {
  const bySuite = new Map<number, AeadFactory>()
  for (const factory of factories)
    for (const suite of factory.suites) if (!bySuite.has(suite)) bySuite.set(suite, factory)
  const of = (suite: number) => must(bySuite.get(suite), `no packet cipher ${suite}`)
  return {
    suites: [...bySuite.keys()],
    sealer: (suite, key) => of(suite).sealer(suite, key),
    opener: (suite, key) => of(suite).opener(suite, key),
  }
}
