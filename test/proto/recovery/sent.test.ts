// Pieces against a model that keeps every packet by itself: cuts lose and double nothing.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Delivery } from '../../../src/proto/recovery/delivery.ts'
import { type Piece, Pieces, pieceBytes } from '../../../src/proto/recovery/sent.ts'

const payloadBytes = 100
const datagramBytes = 138

function train(firstPacket: number, packets: number, offset: number, lastPayload = payloadBytes): Piece {
  return {
    firstPacket,
    packets,
    sentMicros: firstPacket,
    datagramBytes,
    lastDatagramBytes: lastPayload + 38,
    stream: 1,
    offset,
    payloadBytes,
    lengthBytes: (packets - 1) * payloadBytes + lastPayload,
    record: undefined,
    stamp: new Delivery().stamp(firstPacket, 0, packets * datagramBytes),
    followsAck: false,
  }
}

/** number -> [offset, length] of each packet. */
function packetsOf(pieces: Iterable<Piece>): Map<number, [number, number]> {
  const found = new Map<number, [number, number]>()
  for (const piece of pieces)
    for (let i = 0; i < piece.packets; i++) {
      const length = i === piece.packets - 1 ? piece.lengthBytes - i * payloadBytes : payloadBytes
      found.set(piece.firstPacket + i, [piece.offset + i * payloadBytes, length])
    }
  return found
}

const all = (pieces: Pieces): Piece[] => Array.from({ length: pieces.count }, (_, i) => pieces.at(i)!)

test('taking any ranges leaves and yields each packet once, with its own bytes (§9-8)', () => {
  const trains = fc.array(
    fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100 })),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  const takes = fc.array(fc.tuple(fc.nat(300), fc.nat(60)), { maxLength: 30 })
  fc.assert(
    fc.property(trains, takes, (sizes, ranges) => {
      const pieces = new Pieces()
      const made: Piece[] = []
      let number = 0
      let offset = 0
      for (const [gap, packets, last] of sizes) {
        number += gap
        const piece = train(number, packets, offset, last)
        made.push({ ...piece })
        pieces.push(piece)
        number += packets
        offset += piece.lengthBytes
      }
      const model = packetsOf(made)
      const taken: Piece[] = []
      const expected = new Map<number, [number, number]>()
      for (const [start, length] of ranges) {
        pieces.takeRange(start, start + length, taken)
        for (let n = start; n < start + length; n++) {
          const packet = model.get(n)
          if (packet && !expected.has(n)) expected.set(n, packet)
        }
      }
      const left = packetsOf(all(pieces))
      for (const n of expected.keys()) model.delete(n)
      expect(left).toEqual(model)
      expect(new Map([...packetsOf(taken)].sort())).toEqual(new Map([...expected].sort()))
      expect(pieces.bytes).toBe(all(pieces).reduce((sum, piece) => sum + pieceBytes(piece), 0))
      const numbers = all(pieces).map(piece => piece.firstPacket)
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    }),
    { numRuns: 300 },
  )
})

test('the piece behind a gap that an acknowledgement made says so', () => {
  const pieces = new Pieces()
  pieces.push(train(0, 10, 0))
  pieces.takeRange(3, 5, [])
  expect(all(pieces).map(piece => [piece.firstPacket, piece.packets, piece.followsAck])).toEqual([
    [0, 3, false],
    [5, 5, true],
  ])
})

test('a long run of acknowledgements from the front keeps little', () => {
  const pieces = new Pieces()
  for (let i = 0; i < 10_000; i++) {
    pieces.push(train(i * 4, 4, i * 400))
    if (i >= 10) pieces.takeRange((i - 10) * 4, (i - 9) * 4, [])
  }
  expect(pieces.count).toBe(10)
  expect(pieces.first?.firstPacket).toBe(9990 * 4)
})
