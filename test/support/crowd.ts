// A responder that strangers crowd, and what they send it. Costs are counted in Diffie-Hellmans.

import { expect } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import type { Micros } from '../../src/base/units.ts'
import type { Address } from '../../src/proto/address.ts'
import { defaultConfig, limits } from '../../src/proto/config.ts'
import { Endpoint } from '../../src/proto/endpoint.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { packetTypes, writeInit } from '../../src/wire/packet.ts'
import { fakeAead, fakePrimitives, PaintedPayloads } from './fakes.ts'

export const v4 = (i: number): Address => ({ host: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: 7 })

/** XX: anybody can make one. As long as an honest one: a REPLY is three times that at most. */
export function forgedInit(i: number): Uint8Array {
  const noise = new Uint8Array(64)
  noise.set([1, i & 255, (i >> 8) & 255])
  const source = Uint8Array.of(0, 0, 0, 0, 0, i >> 16, (i >> 8) & 255, i & 255)
  return writeInit({ source, pattern: 'XX', suites: Uint8Array.of(1), noise })
}

/** IK that nobody can open. */
export function unopenable(i: number): Uint8Array {
  const noise = new Prng(i).fill(new Uint8Array(120))
  return writeInit({
    source: noise.slice(0, 8),
    pattern: 'IK',
    suites: Uint8Array.of(1),
    noise,
  })
}

export class Responder {
  secrets = 0
  readonly endpoint: Endpoint
  readonly answers: Uint8Array[] = []

  constructor() {
    const prng = new Prng(1)
    this.endpoint = new Endpoint({
      config: defaultConfig,
      primitives: {
        ...fakePrimitives,
        dh: (privateKey, publicKey) => {
          this.secrets++
          return fakePrimitives.dh(privateKey, publicKey)
        },
      },
      suites: fakeAead.suites,
      staticKeys: fakePrimitives.generateKeyPair(new Uint8Array(32).fill(1)),
      random: count => prng.fill(new Uint8Array(count)),
      createPlane: payloads => new PortablePlane(payloads, fakeAead),
      createPayloads: () => new PaintedPayloads(),
      accepts: true,
    })
  }

  /** What is answered, by first bytes. */
  hears(now: Micros, address: Address, ...datagrams: Uint8Array[]): number[] {
    this.answers.length = 0
    this.endpoint.handleTimeout(now)
    this.endpoint.handleDatagrams(now, address, datagrams)
    const outbox = { push: (datagram: Uint8Array) => void this.answers.push(datagram) }
    for (let one = this.endpoint.pollDirty(); one; one = this.endpoint.pollDirty())
      // where it goes is asked before each: §4.2
      while (one.destination(0) && one.pollTransmit(now, outbox, 0));
    while (this.endpoint.pollIncoming());
    for (let one = this.endpoint.pollStateless(); one; one = this.endpoint.pollStateless())
      this.answers.push(one.datagram)
    return this.answers.map(answer => answer[0]!)
  }

  cookie(now: Micros, address: Address): Uint8Array {
    expect(this.hears(now, address, forgedInit(0xffffff))).toEqual([packetTypes.cookie])
    return this.answers[0]!.slice(9)
  }
}

/** Two to see that an IK does not open: whether its key can be used, and the first secret. Of ten, three more to fall back. */
export const secretsOf = (openings: number): number => 2 * openings + 3 * limits.fallbacksPerSecond

export const cookied = (cookie: Uint8Array, init: Uint8Array) =>
  Uint8Array.of(packetTypes.cookied, ...cookie, ...init)

/** Forged until a cookie is asked for. */
export function crowded(): Responder {
  const responder = new Responder()
  for (let i = 0; i < limits.halfOpenUnproven; i++)
    expect(responder.hears(0, v4(i), forgedInit(i))).toEqual([packetTypes.reply])
  return responder
}
