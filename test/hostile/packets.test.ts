// Datagrams of somebody without keys, at a real responder: nothing is kept for one, and nothing answered but a VERSION, once
// and no larger than what it answers. corpus/packets.json

import { expect, test } from 'vitest'
import { createSimAead } from '../../netsim/sim_aead.ts'
import { simNoise } from '../../netsim/sim_noise.ts'
import { Prng } from '../../src/base/prng.ts'
import { defaultConfig } from '../../src/proto/config.ts'
import { Endpoint } from '../../src/proto/endpoint.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { type Bytes, bytesOf, type Case, casesOf } from './corpus.ts'

interface PacketCase extends Case {
  readonly bytes: Bytes
  readonly expect: 'dropped' | 'told once'
}

function responder(): Endpoint {
  const prng = new Prng(1)
  const aead = createSimAead()
  return new Endpoint({
    config: defaultConfig,
    primitives: simNoise,
    suites: aead.suites,
    staticKeys: simNoise.generateKeyPair(prng.fill(new Uint8Array(32))),
    random: bytes => prng.fill(new Uint8Array(bytes)),
    createPlane: payloads => new PortablePlane(payloads, aead),
    createPayloads: () => ({ read: () => {}, write: () => {} }),
    accepts: true,
  })
}

for (const one of casesOf<PacketCase>('packets'))
  test(`${one.name}: ${one.why}`, () => {
    const endpoint = responder()
    const datagram = bytesOf(one.bytes)
    endpoint.handleDatagrams(0, { host: 'somebody', port: 1 }, [datagram.slice()])
    expect({ connections: endpoint.connections, dirty: endpoint.pollDirty() }).toEqual({ connections: 0 })
    expect(endpoint.pollIncoming()).toBe(undefined)
    const answer = endpoint.pollStateless()
    expect(answer === undefined ? 'dropped' : 'told once').toBe(one.expect)
    if (answer) expect(answer.datagram.length).toBeLessThanOrEqual(datagram.length)
    expect(endpoint.pollStateless()).toBe(undefined)
    expect(endpoint.pollTimeout()).toBe(undefined)
  })
