// The owner's limit on a connection: on a simulated clock nothing goes faster, and little slower.

import { describe, expect, test } from 'vitest'
import { KiB, MiB, millisecond, second } from '../../src/base/units.ts'
import { Pair } from '../support/pair.ts'
import { moveLiteral } from '../support/transfers.ts'

/** Microseconds that so many bytes take. */
function took(pair: Pair, bytes: number): number {
  const start = pair.now
  moveLiteral(pair, bytes)
  return pair.now - start
}

describe.each([50 * KiB, 1 * MiB])('at %i bytes a second', rate => {
  test('the bytes on the wire keep to it, over the whole and at every moment', () => {
    const pair = new Pair({ delayMicros: 5 * millisecond }).open()
    const { connection } = pair.initiator
    connection.limitRate(pair.now, rate)
    const [start, before] = [pair.now, pair.initiator.sentBytes]
    const samples: [number, number][] = []
    pair.responder.onEvent = () => void samples.push([pair.now, pair.initiator.sentBytes])
    const bytes = 5 * rate
    const micros = took(pair, bytes)
    expect(micros).toBeGreaterThan((0.97 * (bytes * second)) / rate)
    expect(micros).toBeLessThan((1.15 * (bytes * second)) / rate)
    // at any moment, what it may be and no more than a burst ahead of it
    const ahead = samples.map(([at, sent]) => sent - before - ((at - start) / second) * rate)
    expect(Math.max(...ahead)).toBeLessThan(16 * KiB)
    expect(Math.min(...ahead.slice(ahead.length / 4))).toBeGreaterThan(-0.05 * bytes)
  })

  test('the limit can be raised, lowered and lifted on the way', () => {
    const pair = new Pair({ delayMicros: 5 * millisecond }).open()
    const { connection } = pair.initiator
    connection.limitRate(pair.now, rate)
    const slow = took(pair, 2 * rate)
    connection.limitRate(pair.now, 4 * rate)
    const faster = took(pair, 2 * rate)
    connection.limitRate(pair.now, rate)
    const slowAgain = took(pair, 2 * rate)
    connection.limitRate(pair.now, Number.POSITIVE_INFINITY)
    const free = took(pair, 2 * rate)
    expect(faster).toBeLessThan(slow / 3)
    expect(slowAgain).toBeGreaterThan(0.9 * slow)
    expect(free).toBeLessThan(faster)
  })
})
