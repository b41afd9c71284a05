// Key updates: when, who follows, which keys still open. PROTOCOL.md §6.5.

import { describe, expect, test } from 'vitest'
import { KiB, MiB, millisecond } from '../../src/base/units.ts'
import { forgeriesMax, packetsPerPhaseMax } from '../../src/crypto/limits.ts'
import { suiteById } from '../../src/crypto/suites.ts'
import { Keys } from '../../src/proto/keys.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { fakeAead, fakePrimitives, PaintedPayloads } from '../support/fakes.ts'
import { Pair } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

const create = (packetsPerPhase: number) => {
  const plane = new PortablePlane(new PaintedPayloads(), fakeAead)
  const secrets = { send: new Uint8Array(32).fill(1), receive: new Uint8Array(32).fill(2) }
  const path = { nextNumber: 0, largestAcked: -1, isUnderWay: false }
  const other = { nextNumber: 0, largestAcked: -1, isUnderWay: false }
  const keys = new Keys(fakePrimitives, suiteById(1)!, plane, secrets, packetsPerPhase, [path, other])
  /** As asked before the packet of that number is sealed. */
  const at = (number: number) => {
    path.nextNumber = number
    return keys
  }
  return { keys, at, other }
}

describe('a transfer over many phases', () => {
  for (const [name, options] of [
    ['on a clean path', {}],
    [
      'under loss and reordering',
      {
        drop: (_: unknown, count: number) => count % 11 === 10,
        extraDelay: (_: unknown, count: number) => (count % 5 === 0 ? 4 * millisecond : 0),
      },
    ],
  ] as const)
    test(`arrives whole ${name}, and both sides change together (§6.5-3)`, () => {
      const pair = new Pair({ ...options, config: { packetsPerPhase: 100 } }).open()
      moveLiteral(pair, 2 * MiB, ['initiator', 'responder'])
      const phases = [pair.initiator, pair.responder].map(host => host.connection.stats.keyPhase)
      expect(phases[0]).toBeGreaterThan(5)
      expect(Math.abs(phases[0]! - phases[1]!)).toBeLessThanOrEqual(1)
      const dropped = pair.responder.connection.stats.dropped
      expect([dropped.forged, dropped.old_key]).toEqual([0, 0])
    })
})

describe('an update', () => {
  test('comes with the packet after the last one of its phase (§6.5-1)', () => {
    const { keys, at } = create(10)
    keys.onAcked(0, 0)
    keys.onSealed(9)
    expect([at(9).packetsLeft(), keys.phase]).toEqual([1, 0])
    keys.onSealed(1)
    at(10).packetsLeft()
    expect(keys.phase).toBe(1)
  })

  test('waits until a packet of the present phase is acknowledged (§6.5-2)', () => {
    const { keys, at } = create(10)
    keys.onAcked(0, 0)
    keys.onSealed(10)
    at(10).packetsLeft()
    keys.onSealed(10)
    keys.onAcked(0, 9)
    at(20).packetsLeft()
    expect(keys.phase).toBe(1)
    keys.onAcked(0, 10)
    at(20).packetsLeft()
    expect(keys.phase).toBe(2)
  })

  test('waits until every path that has packets under way has one of the phase acknowledged (§4.3-6)', () => {
    const { keys, at, other } = create(10)
    other.nextNumber = 5
    keys.onAcked(0, 0)
    keys.onSealed(10)
    at(10).packetsLeft()
    expect(keys.phase).toBe(1)
    other.isUnderWay = true
    other.largestAcked = 4
    keys.onSealed(10)
    keys.onAcked(0, 10)
    at(20).packetsLeft()
    expect(keys.phase, 'those of the other may be of phase 0').toBe(1)
    other.largestAcked = 5
    at(20).packetsLeft()
    expect(keys.phase).toBe(2)
  })

  test('that may not come leaves nothing to seal after 2^22 packets (§6.5-1)', () => {
    const { keys, at } = create(packetsPerPhaseMax)
    keys.onSealed(packetsPerPhaseMax - 1)
    expect(at(1).maySeal()).toBe(true)
    keys.onSealed(1)
    expect(at(1).maySeal()).toBe(false)
  })

  test('of the peer is followed, and the former keys go after three probe time-outs (§6.5-3)', () => {
    const { keys } = create(100)
    keys.onOpened(1000, 0, 50)
    expect([keys.phase, keys.retireDeadline]).toEqual([0, Number.POSITIVE_INFINITY])
    keys.onOpened(1000, 1, 50)
    expect([keys.phase, keys.retireDeadline]).toEqual([1, 1150])
    keys.onTimeout(1149)
    expect(keys.retireDeadline).toBe(1150)
    keys.onTimeout(1150)
    expect(keys.retireDeadline).toBe(Number.POSITIVE_INFINITY)
  })
})

test('forged packets exhaust a connection at 2^36, and are only counted before (§6.5-4)', () => {
  expect(forgeriesMax).toBe(2 ** 36)
  const pair = new Pair().open()
  const forged = new Uint8Array(60)
  forged[0] = 0x40
  forged.set(pair.responder.connection.localId, 1)
  for (let i = 0; i < 100; i++) {
    forged[13] = 100 + i
    pair.inject('responder', forged.slice())
  }
  expect(pair.responder.connection.stats.dropped.forged).toBe(100)
  expect(pair.responder.of('closed')).toEqual([])
  moveLiteral(pair, 100 * KiB)
})
