// What the sender makes of acknowledgements and of silence: probes, spurious losses, the window, the datagram size.
// PROTOCOL.md §9 to §11.

import { describe, expect, test } from 'vitest'
import { readU32 } from '../../src/base/bytes.ts'
import { KiB, MiB, millisecond, second } from '../../src/base/units.ts'
import { fixedRate } from '../../src/proto/congestion/fixed.ts'
import { Pair } from '../support/pair.ts'
import { chain, moveLiteral } from '../support/transfers.ts'

describe('the probe time-out (§9-6)', () => {
  test('doubles for each expiry from the sixth on and declares nothing lost (§9-5, §9-7)', () => {
    let isDead = false
    const at: number[] = []
    const pair: Pair = new Pair({
      drop: from => {
        if (isDead && from === 'initiator') at.push(pair.now)
        return isDead
      },
    }).open()
    pair.run(second)
    const { connection } = pair.initiator
    const window = connection.stats.windowBytes
    isDead = true
    connection.writeOrdered(0, new Uint8Array(100))
    pair.run(10 * second)
    const moments = [...new Set(at)]
    const gaps = moments.slice(1).map((each, i) => each - moments[i]!)
    // the first six are alike: five expiries are not doubled, and what went before them was no probe
    for (let i = 1; i < gaps.length; i++) expect(gaps[i]! / gaps[i - 1]!).toBeCloseTo(i < 6 ? 1 : 2, 5)
    expect(gaps.length).toBeGreaterThan(7)
    expect(connection.stats.packetsLost).toBe(0)
    expect(connection.stats.windowBytes).toBe(window)
    isDead = false
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
  })

  test('does not double before the peer was heard under the handshake’s keys (§9-13)', () => {
    const at: number[] = []
    const pair: Pair = new Pair({
      drop: (from, count) => {
        if (from === 'initiator' && count > 0) at.push(pair.now)
        return from === 'responder' && count > 0
      },
    })
    const connection = pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    connection.writeOrdered(0, new Uint8Array(100))
    pair.run(9 * second)
    const moments = [...new Set(at)]
    const gaps = moments.slice(1).map((each, i) => each - moments[i]!)
    expect(gaps[0]).toBeLessThan(100 * millisecond)
    expect(Math.max(...gaps)).toBe(500 * millisecond)
    expect(moments.length).toBeGreaterThan(18)
  })

  test('carries the oldest range that is unacknowledged, and no older PING instead of it (§9-6)', () => {
    let isDead = false
    let isDeaf = false
    const pair = new Pair({ drop: from => (from === 'initiator' ? isDead : isDeaf) }).open()
    pair.run(second)
    const { connection } = pair.initiator
    isDead = true
    isDeaf = true
    connection.ping()
    pair.drain()
    connection.writeOrdered(0, Uint8Array.of(1, 2, 3))
    pair.drain()
    isDead = false
    const { probeTimeouts } = connection.stats
    pair.run(second)
    expect(connection.stats.probeTimeouts).toBeGreaterThan(probeTimeouts)
    expect(pair.responder.of('ordered')).toHaveLength(1)
  })

  test('brings the lost tail of a transfer', () => {
    let lastFrom = 0
    const pair: Pair = new Pair({
      drop: (from, _, datagram) =>
        from === 'initiator' && datagram[0] === 0x42 && pair.now > 1000 && lastFrom++ >= 40 && lastFrom < 48,
    }).open()
    moveLiteral(pair, 48 * 1162)
    expect(pair.initiator.connection.stats.probeTimeouts).toBeGreaterThan(0)
  })

  test('sends new data before old (§9-6)', () => {
    let isDead = false
    const pair = new Pair({ drop: from => isDead && from === 'initiator' }).open()
    pair.run(second)
    const { connection } = pair.initiator
    isDead = true
    connection.writeOrdered(0, Uint8Array.of(1, 2, 3))
    pair.drain()
    isDead = false
    // a second message comes while the first is lost: the probe carries it, and its ACK proves the loss
    pair.initiator.keepsSent = true
    pair.run(10 * millisecond)
    connection.writeOrdered(0, Uint8Array.of(4, 5, 6))
    const got: number[] = []
    chain(pair, 'responder', event => {
      if (event.kind === 'ordered') got.push(...event.bytes)
    })
    pair.runUntil(() => got.length === 6)
    expect(got).toEqual([1, 2, 3, 4, 5, 6])
  })
})

test('numbers go up from 0, and what is sent again has a new one (§9-1, §8-9)', () => {
  const pair = new Pair({ drop: (_, count) => count % 10 === 9 })
  pair.initiator.keepsSent = true
  pair.open()
  moveLiteral(pair, 500 * KiB)
  const sealed = pair.initiator.sent.filter(datagram => datagram[0]! >= 0x40)
  expect(sealed.map(datagram => readU32(datagram, 10))).toEqual(sealed.map((_, i) => i))
  // offset and length of each DATA packet: some went twice, and always with the bytes that belong there
  expect(pair.initiator.connection.stats.bytesRetransmitted).toBeGreaterThan(0)
  expect(pair.responder.payloads.wrong).toBe(0)
})

describe('a path that reorders (§9-10)', () => {
  test('is learnt: spurious losses are noticed, and stop', () => {
    const pair = new Pair({
      extraDelay: (from, count) => (from === 'initiator' && count % 10 === 0 ? 6 * millisecond : 0),
    }).open()
    moveLiteral(pair, 1 * MiB)
    const { stats } = pair.initiator.connection
    expect(stats.packetsSpurious).toBeGreaterThan(0)
    const { packetsLost } = stats
    moveLiteral(pair, 1 * MiB)
    expect(pair.initiator.connection.stats.packetsLost - packetsLost).toBeLessThan(packetsLost)
  })
})

describe('the congestion window', () => {
  test('is never exceeded by what counts, and the initial one is ten datagrams (§10-1, §10-2)', () => {
    const pair = new Pair({ drop: (_, count) => count % 30 === 29 }).open()
    expect(pair.initiator.connection.stats.windowBytes).toBe(12_000)
    const { connection } = pair.initiator
    let most = 0
    chain(pair, 'initiator', () => {
      most = Math.max(most, connection.stats.bytesInFlight)
    })
    moveLiteral(pair, 3 * MiB)
    expect(most).toBeGreaterThan(12_000)
    // what was repeated at the end may still be under way
    pair.run(second)
    expect(connection.stats.bytesInFlight).toBe(0)
    expect(connection.piecesInFlight).toBe(0)
  })

  test('what the sender does not use does not grow it (§10-5)', () => {
    const pair = new Pair().open()
    pair.responder.onEvent = (event, connection) => {
      if (event.kind === 'ordered') connection.consumeOrdered(0, event.bytes.length)
    }
    for (let i = 0; i < 200; i++) {
      pair.initiator.connection.writeOrdered(0, new Uint8Array(500))
      pair.run(30 * millisecond)
    }
    expect(pair.initiator.connection.stats.windowBytes).toBe(12_000)
    expect(pair.initiator.connection.stats.limiter).toBe('application')
  })

  test('a fixed rate is kept by the pacer (§10-3)', () => {
    const pair = new Pair({ initiatorConfig: { createController: fixedRate(1_000_000) } }).open()
    const start = pair.now
    pair.responder.onEvent = (event, connection) => {
      if (event.kind === 'literal') connection.consumeLiteral(event.stream, event.end)
    }
    moveLiteral(pair, 4 * MiB)
    const bytesPerSecond = (4 * MiB * second) / (pair.now - start)
    expect(bytesPerSecond).toBeGreaterThan(700_000)
    expect(bytesPerSecond).toBeLessThan(1_300_000)
  })
})

describe('the datagram size (§11)', () => {
  test('starts at 1200 and rises to what our own way out carries, beside data', () => {
    for (const expected of [1472, 9000, 1200]) {
      const pair = new Pair({ initiatorConfig: { datagramBytesMax: expected } }).open()
      expect(pair.initiator.connection.stats.datagramBytes).toBe(1200)
      moveLiteral(pair, 500 * KiB)
      expect(pair.initiator.connection.stats.datagramBytes).toBe(expected)
    }
  })

  test('is searched where the path carries less, and lost probes are no congestion (§10-6, §11-2)', () => {
    const pair = new Pair({
      config: { datagramBytesMax: 9000 },
      drop: (_, __, datagram) => datagram.length > 4000,
    }).open()
    moveLiteral(pair, 32 * MiB)
    const { stats } = pair.initiator.connection
    expect(stats.datagramBytes).toBeGreaterThan(3800)
    expect(stats.datagramBytes).toBeLessThanOrEqual(4000)
    expect(stats.packetsLost).toBe(0)
  })

  test('falls back to 1200 when large datagrams vanish (§11-3)', () => {
    let most = 9000
    const pair = new Pair({ drop: (_, __, datagram) => datagram.length > most }).open()
    moveLiteral(pair, 1 * MiB)
    most = 1300
    moveLiteral(pair, 1 * MiB)
    expect(pair.initiator.connection.stats.datagramBytes).toBe(1200)
  })
})

test('what one packet costs does not depend on how far back the first loss is: pieces stay few', () => {
  const pair = new Pair({ drop: (from, count) => from === 'initiator' && count % 100 === 50 }).open()
  let most = 0
  chain(pair, 'initiator', (_, connection) => {
    most = Math.max(most, connection.piecesInFlight)
  })
  moveLiteral(pair, 8 * MiB)
  expect(most).toBeLessThan(500)
})
