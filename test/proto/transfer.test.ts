// Whole transfers between two endpoints in memory: what goes in comes out, once, in spite of the path.

import { expect, test } from 'vitest'
import { KiB, MiB, millisecond } from '../../src/base/units.ts'
import { Pair, type PairOptions } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

test('a lossless path carries a literal stream whole and sends nothing twice', () => {
  const pair = new Pair().open()
  moveLiteral(pair, 4 * MiB)
  expect(pair.responder.payloads.wrong).toBe(0)
  expect(pair.responder.payloads.written).toBe(4 * MiB)
  expect(pair.initiator.connection.stats.bytesRetransmitted).toBe(0)
  expect(pair.initiator.connection.stats.packetsLost).toBe(0)
})

const paths: [string, PairOptions][] = [
  ['every 20th datagram lost', { drop: (_, count) => count % 20 === 19 }],
  ['every 3rd datagram lost', { drop: (_, count) => count % 3 === 2 }],
  ['a burst of 40 lost', { drop: (from, count) => from === 'initiator' && count >= 60 && count < 100 }],
  ['all ACKs of a while lost', { drop: (from, count) => from === 'responder' && count > 20 && count < 30 }],
  ['every 7th datagram 3 ms late', { extraDelay: (_, count) => (count % 7 === 0 ? 3 * millisecond : 0) }],
]
for (const [name, options] of paths) {
  test(`a literal stream arrives whole and each byte once: ${name}`, () => {
    const pair = new Pair(options).open()
    moveLiteral(pair, 2 * MiB)
    expect(pair.responder.payloads.wrong).toBe(0)
  })
}

test('literal streams in both directions at once', () => {
  const pair = new Pair({ drop: (_, count) => count % 50 === 49 }).open()
  moveLiteral(pair, 600 * KiB, ['initiator', 'responder'])
})
