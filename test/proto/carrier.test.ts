// What the core is told of its carrier: that it loses nothing, that it is for one connection, that it is gone, and what it can
// carry to whom. PROTOCOL.md §4.1

import { describe, expect, test } from 'vitest'
import { MiB, millisecond, second } from '../../src/base/units.ts'
import { fixedWindow } from '../../src/proto/congestion/fixed.ts'
import { PathMtu } from '../../src/proto/path/mtu.ts'
import { type Host, Pair } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

const closeOf = (host: Host) => host.of('closed').map(event => event.reason)

/** As net/socket.ts has it. */
const overTcp = { isLossless: true, createController: fixedWindow(2 ** 30), datagramBytesMax: 9216 }

describe('a carrier that loses nothing', () => {
  test('is sent the largest datagrams from the handshake on, and no probe (§4.1-6)', () => {
    const pair = new Pair({ config: overTcp })
    pair.initiator.keepsSent = true
    pair.open()
    moveLiteral(pair, MiB)
    const lengths = pair.initiator.sent.map(({ length }) => length)
    const firstLarge = lengths.findIndex(length => length > 1200)
    // the handshake, what proves it, and then at once all that fits; a search would begin with one alone, and wait for it
    expect(firstLarge).toBeLessThan(4)
    expect(new Set(lengths.slice(firstLarge, firstLarge + 20))).toEqual(new Set([9216]))
    expect(pair.initiator.connection.stats).toMatchObject({ datagramBytes: 9216, packetsLost: 0 })
  })

  test('keeps its size, however long nothing is acknowledged (§4.1-6)', () => {
    const mtu = new PathMtu(1200, true)
    mtu.setCeiling(9000)
    expect(mtu.datagramBytes).toBe(9000)
    expect(mtu.nextProbe(0)).toBeUndefined()
    expect(mtu.onProbeTimeout(second, 5, true)).toBe(false)
    expect(mtu.onLost(second, 0, 100, 9000)).toBe(false)
    expect(mtu.onAcked(3 * second, 200, 100)).toBe(false)
    expect([mtu.datagramBytes, mtu.nextProbe(3600 * second)]).toEqual([9000, undefined])
  })

  test('has a window that nothing cuts: a stall of TCP costs probes, and no loss (§4.1-5)', () => {
    let stallMicros = 0
    // as TCP does it: all wait, in order, and all arrive
    const extraDelay = () => stallMicros
    const pair = new Pair({ config: overTcp, extraDelay }).open()
    moveLiteral(pair, MiB)
    const before = pair.initiator.connection.stats.windowBytes
    stallMicros = 2 * second
    moveLiteral(pair, MiB)
    const { stats } = pair.initiator.connection
    expect(before).toBe(2 ** 30)
    expect(stats.windowBytes).toBe(before)
    expect(stats.packetsLost).toBe(0)
    expect(stats.probeTimeouts).toBeGreaterThan(0)
    // two probes a time-out, of a datagram each
    expect(stats.bytesRetransmitted).toBeLessThanOrEqual(2 * stats.probeTimeouts * 9216)
  })
})

describe('a carrier for one connection', () => {
  test('takes the first INIT and no other while it lasts (§4.1-2)', () => {
    const pair = new Pair({ responderEndpoint: { isSingle: true } })
    const remoteStatic = pair.responder.staticKeys.publicKey
    pair.connect({ remoteStatic })
    pair.connect({ remoteStatic })
    pair.run(100 * millisecond)
    expect(pair.responder.connections).toHaveLength(1)
    expect(pair.responder.endpoint.dropped).toBeGreaterThan(0)
  })
})

describe('a carrier that is gone', () => {
  test('ends what it carried, at once and without a word (§4.1-3)', () => {
    const pair = new Pair().open()
    const { sentCount } = pair.responder
    pair.responder.endpoint.handleCarrierLost({ host: 'elsewhere', port: 1 })
    pair.drain()
    expect(closeOf(pair.responder)).toEqual([])
    pair.responder.endpoint.handleCarrierLost(pair.initiator.address)
    pair.drain()
    expect(closeOf(pair.responder)).toEqual([{ by: 'carrier' }])
    expect(pair.responder.endpoint.connections).toBe(0)
    expect(pair.responder.sentCount).toBe(sentCount)
  })

  test('changes nothing of an end that was said before, but that nobody lingers (§4.1-3)', () => {
    const pair = new Pair().open()
    pair.initiator.connection.close(0x2a)
    pair.drain()
    expect(pair.initiator.endpoint.connections).toBe(1)
    pair.initiator.endpoint.handleCarrierLost(pair.responder.address)
    pair.initiator.endpoint.handleCarrierLost(pair.responder.address)
    pair.drain()
    expect(closeOf(pair.initiator)).toMatchObject([{ by: 'local', code: 0x2a }])
    expect(pair.initiator.endpoint.connections).toBe(0)
  })
})

test('a peer that can be sent less than others is never sent more', () => {
  const pair = new Pair({
    config: { datagramBytesMax: 1472 },
    responderEndpoint: { datagramBytesMaxOf: ({ host }) => (host === 'initiator' ? 1452 : 1472) },
  }).open()
  moveLiteral(pair, MiB, ['responder'])
  expect(pair.responder.connection.stats.datagramBytes).toBe(1452)
  // that says nothing of the other way
  moveLiteral(pair, MiB)
  expect(pair.initiator.connection.stats.datagramBytes).toBe(1472)
})
