// When a packet counts as lost: three later numbers, or time, and what reordering changes. §9-5, §9-7, §9-10.

import { describe, expect, test } from 'vitest'
import { millisecond, never } from '../../../src/base/units.ts'
import { Delivery } from '../../../src/proto/recovery/delivery.ts'
import { newsOf, Reordering, takeLost } from '../../../src/proto/recovery/loss.ts'
import { Rtt } from '../../../src/proto/recovery/rtt.ts'
import { type Piece, Pieces, pieceBytes } from '../../../src/proto/recovery/sent.ts'

const piece = (firstPacket: number, packets: number, sentMicros = 0): Piece => ({
  firstPacket,
  packets,
  sentMicros,
  datagramBytes: 1200,
  lastDatagramBytes: 1200,
  stream: 1,
  offset: firstPacket * 1162,
  payloadBytes: 1162,
  lengthBytes: packets * 1162,
  record: undefined,
  stamp: new Delivery().stamp(sentMicros, 0, packets * 1200),
  followsAck: false,
})

function inFlight(...pieces: Piece[]): Pieces {
  const list = new Pieces()
  for (const each of pieces) list.push(each)
  return list
}

const delay = 50 * millisecond
const numbers = (lost: Piece[]) =>
  lost.flatMap(each => Array.from({ length: each.packets }, (_, i) => each.firstPacket + i))

describe('by number', () => {
  test('the packet three below the largest acknowledged is lost, the one two below is not', () => {
    const pieces = inFlight(piece(0, 9))
    const lost: Piece[] = []
    expect(takeLost(pieces, 9, 10, delay, true, lost)).toBe(delay)
    expect(numbers(lost)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(pieces.first?.firstPacket).toBe(7)
  })

  test('nothing is lost without a later acknowledgement', () => {
    const lost: Piece[] = []
    expect(takeLost(inFlight(piece(5, 9)), 4, 10 * delay, delay, true, lost)).toBe(never)
    expect(lost).toEqual([])
  })
})

describe('by time', () => {
  test('a packet is lost at its moment and not a microsecond before', () => {
    const at = 1000 + delay
    for (const [now, count] of [
      [at - 1, 0],
      [at, 2],
    ] as const) {
      const lost: Piece[] = []
      takeLost(inFlight(piece(0, 2, 1000)), 2, now, delay, false, lost)
      expect(numbers(lost)).toHaveLength(count)
    }
  })

  test('packets above the largest acknowledged are not judged', () => {
    const pieces = inFlight(piece(0, 10, 0))
    const lost: Piece[] = []
    takeLost(pieces, 4, 10 * delay, delay, false, lost)
    expect(numbers(lost)).toEqual([0, 1, 2, 3])
    expect(pieces.first?.firstPacket).toBe(4)
  })
})

describe('a path that reorders (§9-10)', () => {
  const rtt = new Rtt()
  rtt.onSample(40 * millisecond, 0, true)

  test('loses its count of numbers and gains a window that grows once a round trip, up to one', () => {
    const reordering = new Reordering()
    expect(reordering.countsNumbers(0, rtt)).toBe(true)
    expect(reordering.delayMicros(0, rtt)).toBe(45 * millisecond)
    reordering.onSpurious(1, rtt)
    reordering.onSpurious(2, rtt)
    expect(reordering.countsNumbers(2, rtt)).toBe(false)
    expect(reordering.delayMicros(2, rtt)).toBe(60 * millisecond)
    for (let i = 1; i < 12; i++) reordering.onSpurious(i * 41 * millisecond, rtt)
    expect(reordering.delayMicros(500 * millisecond, rtt)).toBe(80 * millisecond)
  })

  test('is forgotten 16 round trips after the last spurious loss', () => {
    const reordering = new Reordering()
    reordering.onSpurious(0, rtt)
    expect(reordering.countsNumbers(16 * 40 * millisecond, rtt)).toBe(false)
    expect(reordering.countsNumbers(16 * 40 * millisecond + 1, rtt)).toBe(true)
    expect(reordering.delayMicros(16 * 40 * millisecond + 1, rtt)).toBe(45 * millisecond)
  })
})

describe('what a controller is told', () => {
  const news = (lost: readonly Piece[], before?: Piece) => newsOf(5, lost, before, 300)

  test('packets in a row are one loss, across trains and across calls (§10-8)', () => {
    expect(news([piece(3, 2, 0), piece(5, 1, 10), piece(9, 1, 20)])).toMatchObject({
      losses: 2,
      sentMicros: 20,
    })
    expect(news([piece(3, 1, 0)], piece(2, 1, 0)).losses).toBe(0)
    expect(news([piece(4, 1, 0)], piece(2, 1, 0)).losses).toBe(1)
    expect(news([piece(3, 2, 0), piece(7, 1, 0)]).bytes).toBe(
      pieceBytes(piece(3, 2, 0)) + pieceBytes(piece(7, 1, 0)),
    )
  })
})

describe('persistent congestion (§9-7)', () => {
  const isPersistent = (lost: readonly Piece[], spanMicros: number) =>
    newsOf(0, lost, undefined, spanMicros).isPersistent

  test('is a run of losses longer than the span, unbroken by acknowledgements', () => {
    const span = 300
    expect(isPersistent([piece(0, 1, 0), piece(1, 1, 300)], span)).toBe(false)
    expect(isPersistent([piece(0, 1, 0), piece(1, 1, 301)], span)).toBe(true)
    expect(
      isPersistent([piece(0, 1, 0), { ...piece(2, 1, 200), followsAck: true }, piece(3, 1, 450)], span),
    ).toBe(false)
  })
})
