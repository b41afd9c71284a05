// The one place that picks how packets are sealed, opened, sent and received: by the addon where it is, else by what
// node brings. Both speak the same protocol to each other. What hashes and cuts is chosen beside it, in hash.ts and cut.ts.

import { must } from '../base/assert.ts'
import type { AeadFactory } from '../crypto/aead.ts'
import type { Primitives } from '../crypto/primitives.ts'
import { suiteAes256Gcm } from '../crypto/suites.ts'
import type { Payloads, Plane } from '../proto/plane/plane.ts'
import { PortablePlane } from '../proto/plane/portable.ts'
import { type NativeState, native } from './addon.ts'
import { aeadAddon, createNativeAead } from './aead_native.ts'
import { createNodeAead } from './aead_node.ts'
import { createSodiumAead } from './aead_sodium.ts'
import { type Clock, systemClock } from './clock.ts'
import type { MemoryPayloads } from './payloads.ts'
import { NativePlane, planeAddon } from './plane_native.ts'
import { createPrimitives } from './primitives.ts'
import { randomBytes } from './random.ts'
import { listenTcp } from './tcp_listener.ts'
import type { UdpFactory } from './udp.ts'
import { udpAddon } from './udp_addon.ts'
import { openDgramUdp } from './udp_dgram.ts'
import { openNativeUdp } from './udp_native.ts'
import { openTcp } from './udp_tcp.ts'

/** Everything the transport needs of the machine. */
export interface Host {
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
  readonly primitives: Primitives
  /** Packet ciphers by their wire number, best first. */
  readonly suites: readonly number[]
  /** The native plane needs the memory of MemoryPayloads; another kind of Payloads is for tests of the portable one. */
  readonly createPlane: (payloads: Payloads) => Plane
  readonly openUdp: UdpFactory
  /** Where UDP does not get through. §4.1 */
  readonly openTcp: typeof openTcp
  readonly listenTcp: typeof listenTcp
}

/** @param state the addon, or why there is none */
export async function createHost(state: NativeState = native()): Promise<Host> {
  const primitives = await createPrimitives()
  const machine = { clock: systemClock, random: randomBytes, primitives, openTcp, listenTcp }
  const aead = aeadAddon(state.addon)
  const plane = planeAddon(state.addon)
  const suites = aead ? createNativeAead(aead).suites : []
  // without OpenSSL's ciphers, which some nodes hide, it would not reach those that have no addon
  if (plane && udpAddon(state.addon) && suites.includes(suiteAes256Gcm))
    return {
      ...machine,
      suites,
      createPlane: payloads => new NativePlane(plane, payloads as MemoryPayloads),
      openUdp: openNativeUdp,
    }
  const portable = firstOf([createNodeAead(), await createSodiumAead()])
  return {
    ...machine,
    suites: portable.suites,
    createPlane: payloads => new PortablePlane(payloads, portable),
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
