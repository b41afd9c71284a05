// Several paths of one connection: how they are opened and proven, what goes by which, and what becomes of one that falls
// silent. §4.3.

import { describe, expect, test } from 'vitest'
import { KiB, MiB, millisecond, second } from '../../src/base/units.ts'
import { numberAt, pathAt } from '../../src/wire/packet.ts'
import { Pair, type PairOptions } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

const other = { host: 'cellular', port: 7 }
/** Of a datagram. */
const pathOf = (datagram: Uint8Array): number => datagram[pathAt]!
const isSealed = (datagram: Uint8Array): boolean => datagram[0]! >= 0x40

/** An open pair whose initiator has a second link, and a path by it. */
function forked(options: PairOptions = {}): Pair {
  const pair = new Pair(options).open()
  pair.initiator.links.push(other)
  expect(pair.initiator.connection.openPath(pair.now, 1472)).toBe(1)
  pair.drain()
  return pair
}

const carrying = (pair: Pair, side: 'initiator' | 'responder') =>
  pair[side].connection.paths.filter(({ carries }) => carries).map(({ id }) => id)

/** Both sides use both. */
function opened(options: PairOptions = {}): Pair {
  const pair = forked(options)
  pair.runUntil(
    () => carrying(pair, 'initiator').length + carrying(pair, 'responder').length === 4,
    3 * second,
  )
  return pair
}

describe('a path', () => {
  test('is opened by PING and proven by its acknowledgement, and to the responder by its challenge (§4.3-2, §4.3-3)', () => {
    const pair = opened()
    expect(pair.responder.connection.destination(1)).toEqual(other)
    expect(pair.responder.connection.address, 'the first stays where it was').toBe(pair.initiator.address)
    expect(pair.responder.connection.stats).toMatchObject({ paths: 2, addressChanges: 0 })
  })

  test('carries nothing but small packets before it is proven (§4.3-3)', () => {
    // nothing comes back on it
    const pair: Pair = forked({ drop: (_from, _count, _datagram, _here, there) => there === 'cellular' })
    pair.initiator.keepsSent = true
    pair.responder.keepsSent = true
    moveLiteral(pair, 256 * KiB, ['initiator', 'responder'])
    // the acknowledgements of the initiator's PINGs come by the first: it has proof, the responder has none (§4.3-4)
    expect(carrying(pair, 'responder')).toEqual([0])
    expect(carrying(pair, 'initiator').sort()).toEqual([0, 1])
    const there = pair.responder.sent.filter(datagram => isSealed(datagram) && pathOf(datagram) === 1)
    expect(new Set(there.map(({ length }) => length)), 'challenges').toEqual(new Set([39]))
  })

  test('asks again and again, less and less often, for as long as nobody answers (§4.3-2)', () => {
    const times: number[] = []
    let now = () => 0
    const pair = forked({
      drop: (_from, _count, _datagram, here) => {
        if (here === 'cellular') times.push(now())
        return here === 'cellular'
      },
    })
    now = () => pair.now
    pair.run(25 * second)
    const gaps = times.slice(1).map((at, i) => at - times[i]!)
    expect(gaps.slice(2, 5)).toEqual([2, 4, 8].map(times => times * gaps[1]!))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10 * second)
    expect(carrying(pair, 'initiator')).toEqual([0])
    moveLiteral(pair, 64 * KiB)
  })

  test('there are as many as both take: four, or one where a side says nothing else (§4.3-1)', () => {
    const pair = new Pair().open()
    for (const id of [1, 2, 3]) expect(pair.initiator.connection.openPath(pair.now, 1472)).toBe(id)
    expect(pair.initiator.connection.openPath(pair.now, 1472)).toBeUndefined()
    const plain = new Pair({ responderConfig: { pathsMax: 1 } }).open()
    expect(plain.initiator.connection.openPath(plain.now, 1472)).toBeUndefined()
  })

  test('that the peer has not opened is dropped, both ways (§4.3-2)', () => {
    const pair = new Pair().open()
    for (const [from, to] of [
      ['initiator', 'responder'],
      ['responder', 'initiator'],
    ] as const) {
      const before = pair[to].connection.stats.packetsReceived
      pair[from].planes[0]!.sealFrames(5, Uint8Array.of(1), { push: d => pair.inject(to, d) }, 3)
      expect(pair[to].connection.stats.packetsReceived).toBe(before)
      expect(pair[to].of('closed')).toEqual([])
    }
  })

  for (const [what, frame, code] of [
    ['of a path that is not open', { path: 2, largest: 0 }, 7],
    ['of what was never sent by it', { path: 1, largest: 900 }, 7],
  ] as const)
    test(`an acknowledgement ${what} closes with ACK_ERROR (§7.14-1)`, () => {
      const pair = opened()
      const { path, largest } = frame
      pair.forge('initiator', { type: 0x0d, path, largest, delayMicros: 0, ranges: [largest, largest + 1] })
      expect(pair.responder.of('closed')[0]?.reason).toMatchObject({ by: 'local', code })
    })
})

describe('a transfer', () => {
  test('goes by both, each with numbers from 0, windows of its own and acknowledgements that name it (§4.3-1, §4.3-4)', () => {
    const pair = opened()
    pair.initiator.keepsSent = true
    moveLiteral(pair, 2 * MiB, ['initiator', 'responder'])
    for (const path of [0, 1]) {
      const numbers = pair.initiator.sent
        .filter(datagram => isSealed(datagram) && pathOf(datagram) === path)
        .map(datagram => new DataView(datagram.buffer, datagram.byteOffset).getUint32(numberAt))
      expect(numbers.length).toBeGreaterThan(100)
      expect(numbers.every((number, i) => i === 0 || number === numbers[i - 1]! + 1)).toBe(true)
    }
    expect(pair.initiator.connection.stats.bytesRetransmitted).toBe(0)
    const [one, two] = pair.initiator.connection.paths
    expect(one!.windowBytes + two!.windowBytes).toBe(pair.initiator.connection.stats.windowBytes)
  })

  test('over many phases: the keys are one for both (§4.3-6)', () => {
    const pair = opened({ config: { packetsPerPhase: 100 }, drop: (_, count) => count % 17 === 16 })
    moveLiteral(pair, 2 * MiB, ['initiator', 'responder'])
    const { keyPhase, dropped } = pair.responder.connection.stats
    expect(keyPhase).toBeGreaterThan(5)
    expect([dropped.forged, dropped.old_key]).toEqual([0, 0])
  })

  for (const dies of ['initiator', 'cellular'])
    test(`goes on by the other when '${dies}' is cut off: what was in flight there is no sign of congestion (§4.3-5)`, () => {
      let isCut = false
      const pair: Pair = opened({
        drop: (_from, _count, _datagram, here, there) => isCut && (here === dies || there === dies),
      })
      const stream = pair.initiator.connection.openLiteral()!
      pair.initiator.connection.extendLiteral(stream, 6 * MiB, true)
      let bytes = 0
      pair.responder.onEvent = event => {
        if (event.kind !== 'literal') return
        bytes += event.end - event.start
        pair.responder.connection.consumeLiteral(stream, event.end)
      }
      pair.runUntil(() => bytes > MiB)
      isCut = true
      const survivor = dies === 'initiator' ? 1 : 0
      pair.runUntil(() => carrying(pair, 'initiator').length === 1)
      expect(carrying(pair, 'initiator')).toEqual([survivor])
      expect(pair.initiator.of('unanswered').map(({ path }) => path)).toEqual([1 - survivor])
      pair.runUntil(() => bytes === 6 * MiB)
      expect(pair.responder.payloads.wrong).toBe(0)
      // and when it is back, it is asked, found, and used as if it were new
      isCut = false
      pair.runUntil(() => carrying(pair, 'initiator').length === 2, 30 * second)
      moveLiteral(pair, MiB)
    })

  test('of a little goes by the quick path alone, though the slow one has room', () => {
    const slow = 300 * millisecond
    const pair = opened({
      extraDelay: (_from, _count, datagram) => (isSealed(datagram) && pathOf(datagram) === 1 ? slow : 0),
    })
    moveLiteral(pair, 256 * KiB)
    pair.run(second)
    pair.initiator.keepsSent = true
    pair.initiator.sent.length = 0
    moveLiteral(pair, 4 * KiB)
    expect(pair.initiator.sent.filter(datagram => pathOf(datagram) === 1)).toEqual([])
  })
})

test('the owner’s limit holds over both paths together', () => {
  const pair = opened()
  const started = pair.now
  pair.initiator.connection.limitRate(pair.now, MiB)
  moveLiteral(pair, 2 * MiB)
  expect(pair.now - started).toBeGreaterThan(1.9 * second)
})
