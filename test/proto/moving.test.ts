// A peer that turns up at another address, as the connection sees it: what follows, what starts anew, and what an attacker
// on the path cannot make of it. §4.2.

import { describe, expect, test } from 'vitest'
import { KiB, MiB, millisecond, second } from '../../src/base/units.ts'
import { pathPacketBytes } from '../../src/proto/path/whereabouts.ts'
import { Pair } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

const text = (words: string) => new TextEncoder().encode(words)

/** Some data has gone, so that windows and round trips are known. */
function warmed(): Pair {
  const pair = new Pair().open()
  moveLiteral(pair, 2 * MiB, ['responder'])
  return pair
}

describe('the responder follows', () => {
  for (const [what, address] of [
    ['another port', { host: 'initiator', port: 2 }],
    ['another host', { host: 'elsewhere', port: 1 }],
  ] as const)
    test(`${what}: proven first, then used, and the window ${what === 'another port' ? 'stays' : 'starts anew'} (§4.2-5)`, () => {
      const pair = warmed()
      const { connection } = pair.responder
      const { windowBytes, datagramBytes } = connection.stats
      expect(windowBytes).toBeGreaterThan(15_000)
      expect(datagramBytes).toBeGreaterThan(1200)
      pair.initiator.address = address
      pair.initiator.connection.ping()
      pair.run(15 * millisecond)
      expect(connection.address.host, 'not before the answer').toBe('initiator')
      pair.run(20 * millisecond)
      expect(connection.address).toEqual(address)
      expect(connection.stats.addressChanges).toBe(1)
      if (what === 'another port') {
        expect(connection.stats).toMatchObject({ windowBytes, datagramBytes })
      } else {
        expect(connection.stats.windowBytes).toBe(12_000)
        expect(connection.stats.datagramBytes).toBe(1200)
      }
      pair.responder.connection.writeOrdered(0, text('here'))
      pair.runUntil(() => pair.initiator.of('ordered').length > 0, second)
    })
})

test('in the middle of a transfer what was under way to the old address is sent again, and its loss cuts nothing (§4.2-5)', () => {
  const pair = new Pair().open()
  const stream = pair.responder.connection.openLiteral()!
  pair.responder.connection.extendLiteral(stream, 4 * MiB, true)
  let bytes = 0
  pair.initiator.onEvent = event => {
    if (event.kind !== 'literal') return
    bytes += event.end - event.start
    pair.initiator.connection.consumeLiteral(stream, event.end)
  }
  pair.runUntil(() => bytes > MiB)
  pair.initiator.address = { host: 'elsewhere', port: 1 }
  pair.initiator.connection.ping()
  const { stats } = pair.responder.connection
  pair.runUntil(() => stats.addressChanges === 1)
  const windowBytes = pair.responder.connection.stats.windowBytes
  const lost = stats.packetsLost
  pair.runUntil(() => stats.packetsLost > lost)
  expect(pair.responder.connection.stats.windowBytes).toBeGreaterThanOrEqual(windowBytes)
  pair.runUntil(() => bytes === 4 * MiB)
  expect(pair.initiator.payloads.wrong).toBe(0)
})

describe('somebody on the path', () => {
  /** Every datagram of the initiator reaches the responder from the attacker's address first. */
  function raced(bytes: number): Pair {
    const pair = new Pair().open()
    pair.initiator.racer = { host: 'attacker', port: 666 }
    moveLiteral(pair, bytes)
    return pair
  }

  test('who replays from elsewhere, and first, moves nothing: all arrives where the peer is (§4.2-2)', () => {
    const pair = raced(256 * KiB)
    expect(pair.responder.connection.address).toBe(pair.initiator.address)
    expect(pair.responder.connection.stats.addressChanges).toBe(0)
  })

  test('gets nothing but three challenges for each proof it fails (§4.2-3)', () => {
    const pair = raced(256 * KiB)
    const { astray } = pair.responder
    expect(astray.length).toBeGreaterThan(0)
    expect(new Set(astray.map(({ datagram }) => datagram.length))).toEqual(new Set([pathPacketBytes]))
    expect(new Set(astray.map(({ to }) => to.host))).toEqual(new Set(['attacker']))
  })

  test('may repeat what has opened, from anywhere: it is a repetition (§4.2-1)', () => {
    const pair = new Pair().open()
    pair.initiator.keepsSent = true
    pair.initiator.connection.writeOrdered(0, text('x'))
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
    for (const datagram of pair.initiator.sent)
      pair.injectFrom({ host: 'attacker', port: 1 }, 'responder', datagram.slice())
    expect(pair.responder.astray).toEqual([])
  })
})

test('a peer that asks without end is answered once for each packet (§7.12-2)', () => {
  const pair = new Pair().open()
  pair.run(second)
  const before = pair.responder.sentCount
  pair.forge(
    'initiator',
    ...Array.from({ length: 100 }, () => ({ type: 0x0b as const, data: new Uint8Array(8) })),
  )
  expect(pair.responder.sentCount - before).toBeLessThanOrEqual(4)
})

describe('our own address', () => {
  test('another host: all starts anew, and a packet shows at once where we are (§4.2-6)', () => {
    const pair = new Pair().open()
    moveLiteral(pair, 2 * MiB)
    const { connection } = pair.initiator
    const before = pair.initiator.sentCount
    pair.initiator.address = { host: 'elsewhere', port: 1 }
    connection.handleLocalChange(pair.now, true, 1400)
    pair.drain()
    expect(pair.initiator.sentCount).toBe(before + 1)
    expect(connection.stats.windowBytes).toBe(12_000)
    expect(connection.stats).toMatchObject({ datagramBytes: 1200, datagramBytesMax: 1400 })
    pair.runUntil(() => pair.responder.connection.address.host === 'elsewhere', second)
  })

  test('the same one, after a while without a way: everything stays, and a packet goes at once (§4.2-6)', () => {
    const pair = new Pair().open()
    moveLiteral(pair, 2 * MiB)
    const { connection } = pair.initiator
    const { windowBytes, datagramBytes } = connection.stats
    const before = pair.initiator.sentCount
    connection.handleLocalChange(pair.now, false, 1400)
    pair.drain()
    expect(pair.initiator.sentCount).toBe(before + 1)
    expect(connection.stats).toMatchObject({ windowBytes, datagramBytes })
  })

  test('is doubted when three probes in a row are not answered, once for each silence', () => {
    let isCut = false
    const pair = new Pair({ drop: () => isCut }).open()
    const doubts = () => pair.initiator.of('unanswered').length
    isCut = true
    pair.initiator.connection.writeOrdered(0, text('x'))
    pair.runUntil(() => pair.initiator.connection.stats.probeTimeouts === 2)
    expect(doubts()).toBe(0)
    pair.runUntil(() => pair.initiator.connection.stats.probeTimeouts === 5)
    expect(doubts()).toBe(1)
    isCut = false
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
    pair.run(second)
    isCut = true
    pair.initiator.connection.writeOrdered(0, text('y'))
    pair.runUntil(() => doubts() === 2)
  })
})
