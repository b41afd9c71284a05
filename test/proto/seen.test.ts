// Received packet numbers and the decision to acknowledge. PROTOCOL.md §9-2 to §9-4

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { millisecond, never } from '../../src/base/units.ts'
import { Seen } from '../../src/proto/recv/seen.ts'
import { ackOf } from '../../src/wire/frames/ack.ts'

const rttMicros = 100 * millisecond

// One eliciting packet, a batch of its own.
function receive(seen: Seen, now: number, packetNumber: number): boolean {
  const isNew = seen.onPacket(now, packetNumber, true)
  seen.endOfBatch(now, rttMicros)
  return isNew
}

const named = (seen: Seen): readonly number[] => ackOf(seen.received, 0).ranges

// A connection past its first packets, all answered: packets 0 to 99 came, 10 ms apart.
function grown(): { seen: Seen; now: number } {
  const seen = new Seen()
  let now = 0
  for (let i = 0; i < 100; i++, now += 10 * millisecond) {
    receive(seen, now, i)
    if (seen.shouldAckNow(now)) seen.onAckSent()
  }
  seen.onAckSent()
  return { seen, now }
}

describe('duplicates', () => {
  test('a number counts once', () => {
    const seen = new Seen()
    expect(seen.isDuplicate(5)).toBe(false)
    expect(receive(seen, 0, 5)).toBe(true)
    expect(seen.isDuplicate(5)).toBe(true)
    expect(receive(seen, 0, 5)).toBe(false)
    expect(receive(seen, 0, 4)).toBe(true)
  })

  test('a run that overlaps counts what is new', () => {
    const seen = new Seen()
    receive(seen, 0, 5)
    expect(seen.onRun(0, 0, 10)).toBe(9)
    expect(seen.onRun(0, 0, 10)).toBe(0)
    expect(named(seen)).toEqual([0, 10])
  })

  test('a duplicate asks for no acknowledgement', () => {
    const { seen, now } = grown()
    receive(seen, now, 50)
    receive(seen, now, 99)
    expect(seen.hasUnanswered).toBe(false)
    expect(seen.ackDeadline).toBe(never)
  })

  test('256 ranges are kept, the lowest are forgotten and count as received (§9-4)', () => {
    const seen = new Seen()
    for (let i = 0; i < 256; i++) receive(seen, 0, 2 * i)
    expect(seen.isDuplicate(1)).toBe(false)
    receive(seen, 0, 2 * 256)
    expect(seen.isDuplicate(0)).toBe(true)
    expect(seen.isDuplicate(1)).toBe(false)
    receive(seen, 0, 2 * 256 + 2)
    expect(seen.isDuplicate(1)).toBe(true)
    expect(seen.isDuplicate(3)).toBe(false)
    expect(receive(seen, 0, 1)).toBe(false)
    expect(receive(seen, 0, 3)).toBe(true)
  })

  test('a late number that is at once forgotten counts once all the same', () => {
    const seen = new Seen()
    for (let i = 1; i <= 256; i++) receive(seen, 0, 2 * i)
    expect(receive(seen, 0, 0)).toBe(true)
    expect(receive(seen, 0, 0)).toBe(false)
  })

  test('any order: each number counts once, and memory is bounded', () => {
    const number = fc.integer({ min: 0, max: 2000 })
    const property = fc.property(fc.array(number, { maxLength: 1500 }), numbers => {
      const seen = new Seen()
      const counted = new Set<number>()
      for (const packetNumber of numbers) {
        const isNew = receive(seen, 0, packetNumber)
        if (isNew) expect(counted.has(packetNumber)).toBe(false)
        counted.add(packetNumber)
        expect(seen.isDuplicate(packetNumber)).toBe(true)
      }
      expect(seen.received.count).toBeLessThanOrEqual(256)
    })
    fc.assert(property, { numRuns: 50 })
  })
})

describe('an acknowledgement', () => {
  test('goes at once for the first packet (§9-3)', () => {
    const seen = new Seen()
    expect(seen.shouldAckNow(0)).toBe(false)
    receive(seen, 0, 0)
    expect(seen.shouldAckNow(0)).toBe(true)
  })

  test('goes for every second packet while fewer than 100 have come (§9-3)', () => {
    const seen = new Seen()
    let acks = 0
    for (let i = 0; i < 99; i++) {
      receive(seen, i, i)
      if (!seen.shouldAckNow(i)) continue
      acks++
      seen.onAckSent()
    }
    expect(acks).toBe(1 + 49)
  })

  test('stops being eager with the hundredth (§9-3)', () => {
    const seen = new Seen()
    for (let i = 0; i < 99; i++) receive(seen, i * 1000, i)
    expect(seen.threshold).toBe(2)
    receive(seen, 99_000, 99)
    expect(seen.threshold).toBe(3)
  })

  test('waits as long as the oldest unanswered packet may, not the newest', () => {
    const { seen, now } = grown()
    for (let i = 0; i < 1000; i++) receive(seen, now + i * 1000, 100 + i)
    seen.onAckSent()
    const at = now + 1_000_000
    receive(seen, at, 1100)
    receive(seen, at + 1000, 1101)
    expect(seen.ackDeadline).toBe(at + rttMicros / 32)
  })

  test('waits 25 ms at most (§9-2)', () => {
    const seen = new Seen()
    receive(seen, 0, 0)
    seen.onAckSent()
    receive(seen, 1000, 1)
    expect(seen.ackDeadline).toBe(26_000)
    expect(seen.shouldAckNow(25_999)).toBe(false)
    expect(seen.shouldAckNow(26_000)).toBe(true)
  })

  test('later waits a 32nd of the smoothed RTT or a millisecond, an eighth of it where that is less (§9-3)', () => {
    const nearest = grown()
    nearest.seen.onPacket(nearest.now, 100, true)
    nearest.seen.endOfBatch(nearest.now, 2 * millisecond)
    expect(nearest.seen.ackDeadline).toBe(nearest.now + millisecond / 4)

    const near = grown()
    near.seen.onPacket(near.now, 100, true)
    near.seen.endOfBatch(near.now, 30 * millisecond)
    expect(near.seen.ackDeadline).toBe(near.now + 1 * millisecond)

    const far = grown()
    far.seen.onPacket(far.now, 100, true)
    far.seen.endOfBatch(far.now, 1000 * millisecond)
    expect(far.seen.ackDeadline).toBe(far.now + 25 * millisecond)
  })

  test('goes once a batch when a packet opens a gap, and when one comes late (§9-3)', () => {
    const { seen, now } = grown()
    expect(seen.shouldAckNow(now)).toBe(false)
    receive(seen, now, 101)
    expect(seen.shouldAckNow(now)).toBe(true)
    seen.onAckSent()
    expect(seen.shouldAckNow(now)).toBe(false)
    receive(seen, now, 100)
    expect(seen.shouldAckNow(now)).toBe(true)
    seen.onAckSent()
    receive(seen, now, 102)
    expect(seen.shouldAckNow(now)).toBe(false)
  })

  test('is never asked for by packets that elicit none, even behind a gap (§7.3-3)', () => {
    const { seen, now } = grown()
    seen.onPacket(now, 200, false)
    seen.endOfBatch(now, rttMicros)
    expect(seen.hasUnanswered).toBe(false)
    expect(seen.ackDeadline).toBe(never)
    // the gap is told with the next packet that does
    receive(seen, now, 201)
    expect(seen.shouldAckNow(now)).toBe(true)
  })

  test('answers a 32nd of a round trip of packets at the rate of late, 2 to 64 (§9-3)', () => {
    const at = (packetMicros: number): number => {
      const { seen, now } = grown()
      for (let i = 0; i < 2000; i++) receive(seen, now + i * packetMicros, 100 + i)
      return seen.threshold
    }
    expect(at(1000)).toBe(3)
    expect(at(250)).toBe(13)
    expect(at(625)).toBe(5)
    expect(at(25)).toBe(64)
    expect(at(50 * millisecond)).toBe(2)
  })

  test('goes about 32 times a round trip when packets flow', () => {
    const { seen, now } = grown()
    let acks = 0
    for (let i = 0; i < 1000; i++) {
      const at = now + i * 200
      receive(seen, at, 100 + i)
      if (!seen.shouldAckNow(at)) continue
      acks++
      seen.onAckSent()
    }
    // two round trips
    expect(acks).toBeGreaterThan(55)
    expect(acks).toBeLessThan(75)
  })

  test('falls back to every second packet after a pause', () => {
    const { seen, now } = grown()
    for (let i = 0; i < 1000; i++) receive(seen, now + i * 1000, 100 + i)
    seen.onAckSent()
    receive(seen, now + 60_000 * millisecond, 1100)
    expect(seen.threshold).toBe(2)
  })

  test('says how long the largest has waited, and not one that came later', () => {
    const seen = new Seen()
    receive(seen, 1000, 7)
    receive(seen, 3000, 6)
    expect(seen.largest).toBe(7)
    expect(seen.ackDelay(4000)).toBe(3000)
  })

  test('names the newest 65 ranges, the newest first: the first and 64 pairs (§7.3-1)', () => {
    const seen = new Seen()
    for (let i = 0; i < 100; i++) receive(seen, 0, 2 * i)
    const ranges = named(seen)
    expect(ranges.length).toBe(2 * 65)
    expect(ranges.slice(0, 2)).toEqual([198, 199])
    expect(ranges.slice(-2)).toEqual([70, 71])
  })

  test('that the peer has seen need not be repeated; its largest stays known', () => {
    const seen = new Seen()
    seen.onRun(0, 0, 10)
    seen.onRun(0, 12, 8)
    seen.onAckSent()
    seen.onAckAcked(19)
    expect(named(seen)).toEqual([19, 20])
    expect(seen.isDuplicate(3)).toBe(true)
    expect(seen.isDuplicate(19)).toBe(true)
    seen.onAckAcked(5)
    receive(seen, 0, 20)
    expect(named(seen)).toEqual([19, 21])
  })
})
