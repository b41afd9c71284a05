// How connections begin: patterns, repetition, what a stranger can and cannot cause. PROTOCOL.md §4, §5.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { millisecond, second } from '../../src/base/units.ts'
import { defaultConfig, limits } from '../../src/proto/config.ts'
import { Endpoint } from '../../src/proto/endpoint.ts'
import { earlyBytesMax } from '../../src/proto/handshaking.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { packetTypes } from '../../src/wire/packet.ts'
import { fakeAead, fakePrimitives, PaintedPayloads } from '../support/fakes.ts'
import { Pair } from '../support/pair.ts'

const text = (value: string) => new TextEncoder().encode(value)
const kinds = (host: { events: readonly { kind: string }[] }) => host.events.map(event => event.kind)
const psk = new Uint8Array(32).fill(9)

describe('patterns', () => {
  test('IK takes one round trip, and its early bytes come before anything is confirmed (§5-1, §5-6)', () => {
    const pair = new Pair().open({ early: text('offer') })
    expect(kinds(pair.responder)).toEqual(['peer', 'established', 'ordered', 'confirmed'])
    expect(pair.responder.of('ordered')[0]!.bytes).toEqual(text('offer'))
    expect(kinds(pair.initiator)).toEqual(['peer', 'established'])
    expect(pair.responder.of('peer')[0]!.remoteStatic).toEqual(pair.initiator.staticKeys.publicKey)
    expect(pair.initiator.connection.stats.rttMicros).toBe(20 * millisecond)
  })

  test('the initiator says something at once, and so both know the round trip (§5-15)', () => {
    const pair = new Pair().open()
    expect(pair.now).toBe(1000 + 30 * millisecond)
    expect(pair.responder.connection.stats.rttMicros).toBe(20 * millisecond)
  })

  test('FRAMES that overtake FINISH are dropped: there are no keys to believe them by (§4-8)', () => {
    const pair = new Pair({
      extraDelay: (_, __, datagram) => (datagram[0] === packetTypes.finish ? 5000 : 0),
    })
    const connection = pair.connect()
    connection.writeOrdered(0, text('soon'))
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
    expect(pair.responder.connection.stats.dropped.early).toBeGreaterThan(0)
    expect(kinds(pair.responder).slice(0, 2)).toEqual(['peer', 'established'])
  })

  test('a fallback that proves the pinned key is dropped, and the repeated INIT is opened (§5-3)', () => {
    const pair = new Pair({
      drop: (from, count, datagram) => {
        if (from === 'initiator' && count === 0) datagram[90] = datagram[90]! ^ 1
        return false
      },
    })
    pair.responder.keepsSent = true
    pair.open()
    expect(pair.responder.sent[0]![21]).toBe(4)
    expect(pair.initiator.of('peer').map(event => event.pattern)).toEqual(['IK'])
    expect(pair.initiator.connection.stats.dropped.forged).toBe(1)
  })

  test('XX proves both keys, the early bytes ride in FINISH', () => {
    const pair = new Pair()
    pair.connect({ early: text('offer') })
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
    expect(kinds(pair.responder).slice(0, 2)).toEqual(['peer', 'established'])
    expect(kinds(pair.responder)).toContain('confirmed')
    expect(pair.initiator.of('peer')[0]).toMatchObject({
      pattern: 'XX',
      remoteStatic: pair.responder.staticKeys.publicKey,
    })
  })

  for (const known of [true, false])
    test(`a ticket's psk opens ${known ? 'IKpsk2' : 'XXpsk3'}, another one does not`, () => {
      for (const [given, works] of [
        [psk, true],
        [new Uint8Array(32), false],
      ] as const) {
        const pair = new Pair({ psk })
        const pinned = known ? { remoteStatic: pair.responder.staticKeys.publicKey } : {}
        pair.connect({ ...pinned, psk: given })
        pair.run(12 * second)
        expect(pair.initiator.of('established').length > 0 && pair.responder.of('confirmed').length > 0).toBe(
          works,
        )
      }
    })

  test('bytes written after the early ones follow them', () => {
    const pair = new Pair()
    const connection = pair.connect({
      remoteStatic: pair.responder.staticKeys.publicKey,
      early: text('one,'),
    })
    connection.writeOrdered(0, text('two'))
    pair.runUntil(() => pair.responder.of('ordered').length > 1)
    expect(pair.responder.of('ordered').map(event => new TextDecoder().decode(event.bytes))).toEqual([
      'one,',
      'two',
    ])
  })

  test('early bytes that fit fill the INIT to the brim, more go behind the handshake (§4-9)', () => {
    for (const [length, events] of [
      [earlyBytesMax(2), ['ordered', 'confirmed']],
      [earlyBytesMax(2) + 1, ['confirmed', 'ordered']],
    ] as const) {
      const pair = new Pair()
      pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey, early: new Uint8Array(length) })
      pair.runUntil(
        () => pair.responder.of('ordered').length > 0 && pair.responder.of('confirmed').length > 0,
      )
      expect(kinds(pair.responder).slice(2)).toEqual(events)
      expect(pair.responder.of('ordered')[0]!.bytes.length).toBe(length)
    }
  })
})

test('connections are told apart by an id of chance, one for each side of each (§4-1)', () => {
  const pair = new Pair()
  const remoteStatic = pair.responder.staticKeys.publicKey
  for (let i = 0; i < 20; i++) pair.connect({ remoteStatic }).writeOrdered(0, Uint8Array.of(i))
  pair.runUntil(() => pair.responder.of('ordered').length === 20)
  const ids = [...pair.initiator.connections, ...pair.responder.connections].map(each => toHex(each.localId))
  expect(new Set(ids).size).toBe(40)
  expect(pair.responder.connections.map(each => each.stats.dropped.forged)).toEqual(Array(20).fill(0))
})

describe('loss', () => {
  test('INIT is repeated after the initial RTT, then every half second, and given up after 10 s (§5-9, §12-5)', () => {
    const at: number[] = []
    const pair: Pair = new Pair({
      drop: from => {
        if (from === 'initiator') at.push(pair.now)
        return true
      },
    })
    pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    pair.run(30 * second)
    const gaps = at.slice(1).map((each, i) => each - at[i]!)
    expect(gaps).toEqual([333, 499.5, ...Array(18).fill(500)].map(millis => millis * millisecond))
    expect(pair.initiator.of('closed')[0]!.reason).toEqual({ by: 'handshake_timeout' })
    expect(pair.initiator.connection.isClosed).toBe(true)
  })

  test('a repeated INIT gets the same REPLY and makes no second connection (§5-8)', () => {
    const pair = new Pair({ drop: (from, count) => from === 'responder' && count === 0 })
    pair.responder.keepsSent = true
    pair.open()
    expect(pair.responder.connections).toHaveLength(1)
    const replies = pair.responder.sent.filter(datagram => datagram[0] === packetTypes.reply)
    expect(replies).toHaveLength(2)
    expect(replies[0]).toEqual(replies[1])
  })

  test('a lost FINISH is repeated, and what was sent behind it is not lost for good', () => {
    const pair = new Pair({ drop: (from, count) => from === 'initiator' && count >= 1 && count < 4 })
    const connection = pair.connect()
    connection.writeOrdered(0, text('after'))
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
    expect(pair.responder.of('confirmed')).toHaveLength(1)
  })

  test('an INIT that is damaged on its way does not stand for the true one', () => {
    for (const at of [3, 20, 60, 100]) {
      const pair = new Pair({
        drop: (from, count, datagram) => {
          if (from === 'initiator' && count === 0) datagram[at] = datagram[at]! ^ 1
          return false
        },
      })
      pair.open({ early: text('offer') })
      pair.runUntil(() => pair.responder.of('ordered').length > 0)
    }
  })

  test('a REPLY that is damaged anywhere does not end the handshake (§5-13, §5-14)', () => {
    for (let at = 0; at < 70; at += 3) {
      const pair = new Pair({
        drop: (from, count, datagram) => {
          if (from === 'responder' && count === 0) datagram[at] = datagram[at]! ^ 1
          return false
        },
      })
      pair.open()
      expect(pair.initiator.of('established')).toHaveLength(1)
    }
  })
})

describe('a key that is not the pinned one (§5-2, §5-3, §5-4)', () => {
  const other = fakePrimitives.generateKeyPair(new Uint8Array(32).fill(3)).publicKey

  test('is shown by a fallback, and the initiator says nothing more', () => {
    const pair = new Pair()
    pair.connect({ remoteStatic: other, early: text('offer') })
    pair.runUntil(() => pair.initiator.of('closed').length > 0)
    expect(pair.initiator.of('peer')[0]).toMatchObject({
      remoteStatic: pair.responder.staticKeys.publicKey,
      pattern: 'XXfallback',
    })
    expect(pair.initiator.of('closed')[0]!.reason).toEqual({ by: 'key_changed' })
    expect(pair.initiator.sentCount).toBe(1)
    pair.run(20 * second)
    expect(pair.initiator.sentCount).toBe(1)
    expect(pair.responder.of('ordered')).toEqual([])
    expect(pair.responder.of('closed')[0]!.reason).toEqual({ by: 'handshake_timeout' })
  })

  test('fallbacks are rationed: ten in a second, the eleventh not', () => {
    const pair = new Pair()
    for (let i = 0; i < limits.fallbacksPerSecond + 1; i++) pair.connect({ remoteStatic: other })
    pair.run(500 * millisecond)
    expect(pair.initiator.of('closed')).toHaveLength(limits.fallbacksPerSecond)
    // its repetition is answered in the next second
    pair.run(2 * second)
    expect(pair.initiator.of('closed')).toHaveLength(limits.fallbacksPerSecond + 1)
  })
})

describe('strangers', () => {
  test('get at most three bytes for each they send, however much waits for them (§5-7)', () => {
    const pair = new Pair({ drop: (from, count) => from === 'initiator' && count > 0 })
    pair.responder.onEvent = (event, connection) => {
      if (event.kind === 'established') connection.writeOrdered(0, new Uint8Array(100_000))
    }
    pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    for (let i = 0; i < 100; i++) {
      pair.run(100 * millisecond)
      const { connection, sentBytes } = pair.responder
      expect(sentBytes).toBe(connection.amplification.sentBytes)
      expect(sentBytes).toBeLessThanOrEqual(3 * connection.amplification.receivedBytes)
    }
    expect(pair.responder.sentBytes).toBeGreaterThan(200)
  })

  test('an INIT of another version is answered by VERSION once, with nothing kept (§4-5, §4-6)', () => {
    const foreign = new Uint8Array(40)
    foreign.set([packetTypes.init, 0, 0, 0, 99])
    const pair = new Pair()
    pair.responder.keepsSent = true
    pair.inject('responder', foreign)
    expect(pair.responder.sent.map(datagram => [datagram[0], datagram.length])).toEqual([
      [packetTypes.version, 14],
    ])
    expect(pair.responder.endpoint.connections).toBe(0)
    // shorter than the answer would be: none
    pair.inject('responder', foreign.subarray(0, 13))
    expect(pair.responder.sent).toHaveLength(1)
  })

  test('VERSION ends an attempt, unless it lists ours or comes too late (§4-6)', () => {
    const version = (id: Uint8Array, listed: number) =>
      Uint8Array.of(packetTypes.version, ...id, 1, 0, 0, 0, listed)
    const pair = new Pair({ drop: () => true })
    const connection = pair.connect()
    pair.inject('initiator', version(connection.localId, 1))
    expect(pair.initiator.of('closed')).toEqual([])
    pair.inject('initiator', version(connection.localId, 98))
    expect(pair.initiator.of('closed')[0]!.reason).toEqual({ by: 'version', versions: [98] })

    const open = new Pair().open()
    open.inject('initiator', version(open.initiator.connection.localId, 98))
    expect(open.initiator.of('closed')).toEqual([])
  })

  test('an INIT without a suite of ours is answered by VERSION 0, and that ends the attempt (§4-5, §4-6, §6.3-1)', () => {
    const pair = new Pair({ suites: { initiator: [2], responder: [1] } })
    pair.responder.keepsSent = true
    pair.connect()
    pair.run(20 * millisecond)
    expect(pair.responder.sent.map(datagram => [...datagram.subarray(-5)])).toEqual([[1, 0, 0, 0, 0]])
    expect(pair.responder.endpoint.connections).toBe(0)
    expect(pair.initiator.of('closed')[0]!.reason).toEqual({ by: 'version', versions: [0] })
  })

  test('the suite is the responder’s first of those offered, and both sides know it (§6.3-1)', () => {
    for (const [initiator, responder, agreed] of [
      [[1, 2], [2, 1], 2],
      [[2, 1], [1, 2], 1],
      [[2], [1, 2], 2],
      [[1, 0xff], [1], 1],
    ] as const) {
      const pair = new Pair({ suites: { initiator, responder } }).open()
      for (const side of [pair.initiator, pair.responder]) {
        expect(side.of('established')[0]!.suite).toBe(agreed)
        expect(side.connection.stats.suite).toBe(agreed)
      }
    }
  })

  test('a pure initiator answers no INIT', () => {
    const endpoint = new Endpoint({
      config: defaultConfig,
      primitives: fakePrimitives,
      suites: [1],
      staticKeys: fakePrimitives.generateKeyPair(new Uint8Array(32)),
      random: count => new Uint8Array(count),
      createPlane: payloads => new PortablePlane(payloads, fakeAead),
      createPayloads: () => new PaintedPayloads(),
      accepts: false,
    })
    const init = new Uint8Array(100)
    init.set([packetTypes.init, 0, 0, 0, 1])
    endpoint.handleDatagrams(0, { host: 'x', port: 1 }, [init])
    expect([endpoint.connections, endpoint.dropped]).toEqual([0, 1])
  })

  test('before the handshake is confirmed, packets that come from elsewhere are dropped (§4-2, §4-10)', () => {
    const pair = new Pair()
    pair.initiator.keepsSent = true
    pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    pair.runUntil(() => pair.initiator.sent.length > 1)
    // the first packet under the keys, which would confirm: it is on its way
    const { endpoint } = pair.responder
    const before = endpoint.dropped
    endpoint.handleDatagrams(pair.now, { host: 'elsewhere', port: 1 }, [pair.initiator.sent[1]!.slice()])
    expect(endpoint.dropped).toBe(before + 1)
    expect(pair.responder.of('confirmed')).toEqual([])
    pair.runUntil(() => pair.responder.of('confirmed').length > 0)
    expect(pair.responder.connection.address).toBe(pair.initiator.address)
  })
})

describe('the owner', () => {
  for (const pinned of [true, false])
    test(`refuses a peer, who hears REFUSED (§5-12), ${pinned ? 'IK' : 'XX'}`, () => {
      const pair = new Pair()
      pair.responder.onEvent = (event, connection) => {
        if (event.kind === 'peer') connection.refusePeer()
      }
      pair.connect(pinned ? { remoteStatic: pair.responder.staticKeys.publicKey } : {})
      pair.runUntil(() => pair.initiator.of('closed').length > 0)
      expect(pair.initiator.of('closed')[0]!.reason).toMatchObject({ by: 'peer', code: 9 })
      pair.run(20 * second)
      expect(pair.responder.endpoint.connections + pair.initiator.endpoint.connections).toBe(0)
    })
})
