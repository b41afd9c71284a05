// Whether counts of marks are believed, and what a sender makes of them. PROTOCOL.md §10.1

import { describe, expect, test } from 'vitest'
import { KiB, millisecond } from '../../src/base/units.ts'
import { controllers } from '../../src/proto/congestion/index.ts'
import { ecnFields, PathEcn } from '../../src/proto/path/ecn.ts'
import type { Piece } from '../../src/proto/recovery/sent.ts'
import { Seen } from '../../src/proto/recv/seen.ts'
import type { AnyAck } from '../../src/wire/frames/ack_ecn.ts'
import { Pair } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

const piece = (firstPacket: number, packets: number): Piece => ({ firstPacket, packets }) as Piece

const ack = (ect0: number, ce = 0, ect1 = 0): AnyAck => ({
  type: 0x0a,
  largest: 0,
  delayMicros: 0,
  ranges: [0, 1],
  ect0,
  ect1,
  ce,
})
const plain: AnyAck = { type: 0x02, largest: 0, delayMicros: 0, ranges: [0, 1] }

/** Packets 0 to 4 went unmarked, 5 to 24 marked. */
function started(): PathEcn {
  const path = new PathEcn()
  path.onSent(5)
  path.start(5)
  path.onSent(20)
  return path
}

test('on another path marks are tested anew, and what was counted before still stands (§4.3-7)', () => {
  const path = started()
  path.onAck(ack(5), [piece(5, 5)], true)
  path.restart(25)
  expect([path.state, path.field]).toEqual(['testing', ecnFields.ect0])
  path.onSent(5)
  path.onAck(ack(20), [], true)
  expect(path.state).toBe('testing')
  path.onAck(ack(25), [piece(25, 5)], true)
  expect(path.state).toBe('capable')
  const never = new PathEcn()
  never.restart(3)
  expect(never.state).toBe('off')
})

describe('counts of marks (§10.1-4)', () => {
  test('that fit what was sent make the path capable, and CE is what rose (§10.1-5)', () => {
    const path = started()
    expect(path.state).toBe('testing')
    expect(path.onAck(ack(5), [piece(5, 5)], true)).toBe(0)
    expect(path.state).toBe('capable')
    expect(path.onAck(ack(7, 3), [piece(10, 5)], true)).toBe(3)
    expect(path.onAck(ack(11, 4), [piece(15, 5)], true)).toBe(1)
    expect([path.state, path.field, path.ce]).toEqual(['capable', ecnFields.ect0, 4])
  })

  const cases: readonly (readonly [string, AnyAck, readonly Piece[], string])[] = [
    ['none where marked packets are acknowledged', plain, [piece(5, 1)], 'failed'],
    ['none where unmarked ones are', plain, [piece(0, 5)], 'testing'],
    ['as many as were acknowledged', ack(3), [piece(4, 4)], 'capable'],
    ['one fewer', ack(2), [piece(4, 4)], 'failed'],
    ['one fewer, but for a CE', ack(2, 1), [piece(4, 4)], 'capable'],
    ['as many as left marked', ack(20), [piece(5, 1)], 'capable'],
    ['one more than left marked', ack(21), [piece(5, 1)], 'failed'],
    ['one more with its CE', ack(20, 1), [piece(5, 1)], 'failed'],
    ['an ECT(1), which we never send', ack(20, 0, 1), [piece(5, 1)], 'failed'],
  ]
  for (const [name, news, pieces, state] of cases)
    test(`${name}: ${state}`, () => {
      const path = started()
      expect(path.onAck(news, pieces, true)).toBe(news.type === 0x0a && state === 'capable' ? news.ce : 0)
      expect(path.state).toBe(state)
      expect(path.field).toBe(state === 'failed' ? ecnFields.none : ecnFields.ect0)
    })

  test('that fall are not believed, nor is anything after', () => {
    for (const news of [ack(9, 2), ack(12, 1)]) {
      const path = started()
      path.onAck(ack(10, 2), [piece(5, 5)], true)
      expect(path.onAck(news, [], true)).toBe(0)
      expect(path.state).toBe('failed')
      expect(path.onAck(ack(11, 9), [piece(10, 1)], true)).toBe(0)
    }
  })

  test('in an older ACK that comes late prove nothing', () => {
    const path = started()
    path.onAck(ack(10), [piece(5, 5)], true)
    expect(path.onAck(ack(3, 0), [piece(10, 1)], false)).toBe(0)
    expect(path.state).toBe('capable')
  })
})

describe('marked packets that never arrive (§10.1-4)', () => {
  test('ten lost, and no sooner', () => {
    const path = started()
    path.onLost([piece(0, 14)])
    expect(path.state).toBe('testing')
    path.onLost([piece(14, 1)])
    expect(path.state).toBe('failed')
  })
  test('three probe time-outs in a row, and no sooner', () => {
    const path = started()
    path.onProbeTimeout(2)
    expect(path.state).toBe('testing')
    path.onProbeTimeout(3)
    expect(path.state).toBe('failed')
  })
  test('are no news once one has arrived', () => {
    const path = started()
    path.onAck(ack(1), [piece(5, 1)], true)
    path.onLost([piece(6, 19)])
    path.onProbeTimeout(3)
    expect(path.state).toBe('capable')
  })
})

describe('a receiver', () => {
  test('counts each number once, by its mark (§10.1-2)', () => {
    const seen = new Seen()
    seen.onRun(0, 0, 10, ecnFields.ect0)
    seen.onRun(0, 5, 10, ecnFields.ce)
    seen.onPacket(0, 20, true, ecnFields.ect1)
    seen.onPacket(0, 20, true, ecnFields.ect1)
    seen.onPacket(0, 21, true)
    expect(seen.marks).toEqual({ ect0: 10, ect1: 1, ce: 5 })
  })

  test('acknowledges at once what comes with CE (§10.1-3)', () => {
    for (const [field, isAtOnce] of [
      [ecnFields.ce, true],
      [ecnFields.ect0, false],
    ] as const) {
      const seen = new Seen()
      for (let i = 0; i < 200; i++) {
        seen.onPacket(i * millisecond, i, true)
        seen.endOfBatch(i * millisecond, 40 * millisecond)
      }
      seen.onAckSent()
      const now = 201 * millisecond
      seen.onPacket(now, 200, true, field)
      seen.endOfBatch(now, 40 * millisecond)
      expect(seen.shouldAckNow(now)).toBe(isAtOnce)
    }
  })
})

describe('two sides', () => {
  test('mark only when both can (§10.1-1), and speak of marks only then (§7.11-1)', () => {
    for (const [initiator, responder, state] of [
      [false, false, 'off'],
      [true, false, 'off'],
      [false, true, 'off'],
      // both can, and the path between is one that takes the marks off: the pair hands on no ECN field
      [true, true, 'failed'],
    ] as const) {
      const pair = new Pair({
        initiatorConfig: { ecn: initiator },
        responderConfig: { ecn: responder },
      }).open()
      moveLiteral(pair, 100 * KiB)
      expect(pair.initiator.connection.stats.ecn).toBe(state)
    }
  })

  test('a peer that sends counts though nobody asked is an ACK as any other', () => {
    const pair = new Pair().open()
    const { connection } = pair.initiator
    moveLiteral(pair, 100 * KiB)
    pair.forge('responder', {
      type: 0x0a,
      largest: 0,
      delayMicros: 0,
      ranges: [0, 1],
      ect0: 9,
      ect1: 9,
      ce: 9,
    })
    expect(connection.isClosed).toBe(false)
    expect(connection.stats).toMatchObject({ ecn: 'off', marksReported: 0 })
  })
})

describe('CUBIC', () => {
  const rttMicros = 50 * millisecond
  test('cuts once for all marks of a round trip, and no news takes it back (§10.1-5)', () => {
    const controller = controllers.cubic(0, 1200)
    const before = controller.windowBytes
    controller.onMarked({ now: rttMicros, bytes: 1200, sentMicros: 1 })
    const cut = controller.windowBytes
    expect(cut / before).toBeCloseTo(0.7, 2)
    controller.onMarked({ now: rttMicros + 1000, bytes: 1200, sentMicros: rttMicros })
    controller.onLost({
      now: rttMicros + 2000,
      bytes: 1200,
      losses: 1,
      sentMicros: rttMicros - 1,
      isPersistent: false,
    })
    expect(controller.windowBytes).toBe(cut)
    controller.onSpuriousLoss(rttMicros + 3000)
    expect(controller.windowBytes).toBe(cut)
    controller.onMarked({ now: 3 * rttMicros, bytes: 1200, sentMicros: rttMicros + 1 })
    expect(controller.windowBytes / cut).toBeCloseTo(0.7, 2)
  })
})
