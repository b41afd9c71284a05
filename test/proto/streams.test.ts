// Ordered streams, ends, resets, windows and backpressure over two connections. PROTOCOL.md §8.

import { describe, expect, test } from 'vitest'
import { equal } from '../../src/base/bytes.ts'
import { KiB, MiB, millisecond, second } from '../../src/base/units.ts'
import { Pair, type PairOptions } from '../support/pair.ts'
import { chain, moveLiteral } from '../support/transfers.ts'

const painted = (offset: number, length: number) => Uint8Array.from({ length }, (_, i) => (offset + i) % 251)

/** Writes `length` bytes in messages of odd sizes and returns what came out, checked for order. */
function moveOrdered(pair: Pair, stream: number, length: number, isLast: boolean): void {
  const sender = pair.initiator.connection
  let got = 0
  let ended = false
  chain(pair, 'responder', (event, connection) => {
    if (event.kind !== 'ordered' || event.stream !== stream) return
    if (!equal(event.bytes, painted(got, event.bytes.length))) throw new Error(`wrong bytes at ${got}`)
    got += event.bytes.length
    ended = event.isLast
    connection.consumeOrdered(stream, event.bytes.length)
  })
  for (let at = 0, size = 1; at < length; at += size, size = (size * 7) % 4001) {
    size = Math.min(size, length - at)
    sender.writeOrdered(stream, painted(at, size), isLast && at + size === length)
  }
  pair.runUntil(() => got === length && ended === isLast && sender.orderedBufferedBytes(stream) === 0)
}

const paths: [string, PairOptions][] = [
  ['a clean path', {}],
  ['every 5th datagram lost', { drop: (_, count) => count % 5 === 4 }],
  ['every 4th datagram late', { extraDelay: (_, count) => (count % 4 === 0 ? 5 * millisecond : 0) }],
]
for (const [name, options] of paths) {
  test(`an ordered stream comes out in order, each byte once: ${name}`, () => {
    const pair = new Pair(options).open()
    moveOrdered(pair, pair.initiator.connection.openOrdered()!, 700 * KiB, true)
    moveOrdered(pair, 0, 300 * KiB, false)
  })
}

test('an end that comes alone, behind all bytes, is still told', () => {
  const pair = new Pair().open()
  const stream = pair.initiator.connection.openOrdered()!
  pair.initiator.connection.writeOrdered(stream, painted(0, 10))
  pair.runUntil(() => pair.responder.of('ordered').length === 1)
  pair.initiator.connection.writeOrdered(stream, new Uint8Array(0), true)
  pair.runUntil(() => pair.responder.of('ordered').length === 2)
  expect(pair.responder.of('ordered')[1]).toMatchObject({ isLast: true })
})

test('an empty literal stream ends', () => {
  const pair = new Pair().open()
  pair.initiator.connection.extendLiteral(pair.initiator.connection.openLiteral()!, 0, true)
  pair.runUntil(() => pair.responder.of('literal_end').length === 1)
  expect(pair.responder.of('literal_end')[0]!.lengthBytes).toBe(0)
})

describe('streams max', () => {
  test('opens so many, and one more when one is done (§8-2)', () => {
    const pair = new Pair({ responderConfig: { streamsMax: 2 } }).open()
    const { connection } = pair.initiator
    expect([connection.openOrdered(), connection.openLiteral(), connection.openLiteral()]).toEqual([
      2,
      1,
      undefined,
    ])
    connection.writeOrdered(2, painted(0, 5), true)
    pair.responder.onEvent = (event, responder) => {
      if (event.kind === 'ordered') responder.consumeOrdered(event.stream, event.bytes.length)
    }
    pair.runUntil(() => connection.openLiteral() === 3)
  })

  test('is not known before the handshake ends: nothing opens', () => {
    const pair = new Pair()
    expect(pair.connect().openOrdered()).toBeUndefined()
  })

  test('hundreds of short streams one after another leave nothing behind', () => {
    const pair = new Pair().open()
    for (let i = 0; i < 300; i++) moveLiteral(pair, 3000 + i)
    expect(pair.initiator.connection.bufferedBytes).toBe(0)
    expect(pair.responder.of('closed')).toEqual([])
  })
})

describe('windows', () => {
  test('a reader that takes nothing stops the sender at the window, and a lost WINDOW does not stall it (§8-8)', () => {
    let isDeaf = false
    const responderConfig = { streamWindowBytes: 256 * KiB }
    const drop = (from: string) => isDeaf && from === 'responder'
    const pair = new Pair({ drop, responderConfig }).open()
    const { connection } = pair.initiator
    const stream = connection.openLiteral()!
    connection.extendLiteral(stream, 2 * MiB, true)
    pair.run(5 * second)
    expect(pair.responder.payloads.written).toBe(256 * KiB)
    expect(connection.stats.limiter).toBe('credit')
    // the first WINDOWs are lost; probes and the receiver's own time-out bring them again
    isDeaf = true
    pair.responder.connection.consumeLiteral(stream, 256 * KiB)
    pair.run(3 * second)
    isDeaf = false
    pair.runUntil(() => pair.responder.payloads.written > 256 * KiB)
  })

  test('grow only for a reader that uses them up within four round trips (§8-7)', () => {
    const pair = new Pair({ delayMicros: 50 * millisecond }).open()
    moveLiteral(pair, 40 * MiB)
    const fast = pair.initiator.connection.stats
    expect(fast.limiter).not.toBe('credit')
    expect(pair.now).toBeLessThan(6 * second)
  })

  test('the connection’s window holds all streams together (§8-3)', () => {
    const pair = new Pair({ responderConfig: { connectionWindowBytes: 300 * KiB } }).open()
    const { connection } = pair.initiator
    for (let i = 0; i < 3; i++) connection.extendLiteral(connection.openLiteral()!, 256 * KiB, false)
    pair.run(5 * second)
    expect(pair.responder.payloads.written).toBe(300 * KiB)
    expect(pair.responder.of('closed')).toEqual([])
  })
})

describe('backpressure', () => {
  test('writable comes when the buffer falls below the low mark after it was above the high one', () => {
    const config = { orderedHighBytes: 64 * KiB, orderedLowBytes: 16 * KiB }
    const pair = new Pair({ initiatorConfig: config }).open()
    const { connection } = pair.initiator
    connection.writeOrdered(0, new Uint8Array(64 * KiB))
    pair.runUntil(() => connection.orderedBufferedBytes(0) === 0)
    expect(pair.initiator.of('writable')).toEqual([])
    connection.writeOrdered(0, new Uint8Array(64 * KiB + 1))
    pair.runUntil(() => pair.initiator.of('writable').length > 0)
    expect(connection.orderedBufferedBytes(0)).toBeLessThan(16 * KiB)
    pair.run(second)
    expect(pair.initiator.of('writable')).toHaveLength(1)
  })
})

describe('giving up', () => {
  test('RESET ends a stream on both sides, lost or not, and frees its window (§7.8)', () => {
    for (const lost of [[], [12], [12, 13, 14]]) {
      const pair = new Pair({ drop: (from, count) => from === 'initiator' && lost.includes(count) }).open()
      const { connection } = pair.initiator
      const stream = connection.openLiteral()!
      connection.extendLiteral(stream, 100 * KiB, false)
      pair.drain()
      connection.reset(stream, 0x2a)
      pair.runUntil(() => pair.responder.of('reset').length > 0)
      expect(pair.responder.of('reset')[0]).toMatchObject({ stream, code: 0x2a })
      pair.run(2 * second)
      expect(connection.stats.bytesInFlight).toBe(0)
      moveLiteral(pair, 2 * MiB)
    }
  })

  test('STOP is answered by RESET (§7.9); what was on its way is thrown away and the windows go on', () => {
    for (const isOrdered of [false, true]) {
      const pair = new Pair().open()
      const { connection } = pair.initiator
      const stream = isOrdered ? connection.openOrdered()! : connection.openLiteral()!
      if (isOrdered) connection.writeOrdered(stream, new Uint8Array(500 * KiB))
      else connection.extendLiteral(stream, 500 * KiB, true)
      pair.run(30 * millisecond)
      pair.responder.connection.stop(stream, 0x2a)
      pair.runUntil(() => pair.initiator.of('stopped').length > 0)
      pair.run(2 * second)
      expect(pair.responder.of('reset')).toEqual([])
      expect(connection.bufferedBytes).toBe(0)
      connection.writeOrdered(isOrdered ? stream : 0, painted(0, 10))
      moveLiteral(pair, 2 * MiB)
    }
  })
})
