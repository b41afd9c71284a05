// The parts of BBR: which losses count, what they bound, when start-up is over. §10-8, §10-9

import { describe, expect, test } from 'vitest'
import { millisecond } from '../../../src/base/units.ts'
import { Bbr } from '../../../src/proto/congestion/bbr/bbr.ts'
import { Bounds } from '../../../src/proto/congestion/bbr/bounds.ts'
import { FullPipe } from '../../../src/proto/congestion/bbr/full_pipe.ts'
import { Losses, type Queue } from '../../../src/proto/congestion/bbr/losses.ts'
import { PathModel } from '../../../src/proto/congestion/bbr/model.ts'
import { Startup } from '../../../src/proto/congestion/bbr/startup.ts'
import { WithinRound } from '../../../src/proto/congestion/bbr/within_round.ts'
import type { AckedBytes } from '../../../src/proto/congestion/controller.ts'

const roundBytes = 1_000_000

/** A round trip that loses this share. */
function round(
  losses: Losses,
  share: number,
  queue: Queue,
  isSteady = true,
  isTelling = queue === 'none',
  count = 5,
): boolean {
  losses.onLost(share * roundBytes, count)
  losses.onDelivered((1 - share) * roundBytes)
  return losses.endRound(queue, isSteady, isTelling)
}

describe('a round trip loses too much (§10-8)', () => {
  test('over 2 % where nothing is learnt and there is some queue', () => {
    expect(round(new Losses(), 0.019, 'some')).toBe(false)
    expect(round(new Losses(), 0.021, 'some')).toBe(true)
  })

  test('over 10 % without a queue, over 0.3 % behind a long one', () => {
    expect(round(new Losses(), 0.09, 'none')).toBe(false)
    expect(round(new Losses(), 0.11, 'none')).toBe(true)
    expect(round(new Losses(), 0.002, 'long')).toBe(false)
    expect(round(new Losses(), 0.004, 'long')).toBe(true)
  })

  test('never in one burst or two, whatever its share; behind a long queue two are enough', () => {
    const of = (count: number, queue: Queue) => round(new Losses(), 0.15, queue, true, false, count)
    expect([of(2, 'some'), of(3, 'some'), of(2, 'none'), of(3, 'none')]).toEqual([false, true, false, true])
    expect([of(1, 'long'), of(2, 'long')]).toEqual([false, true])
    const looking = new Losses()
    looking.onLost(roundBytes / 10, 2)
    expect(looking.isTooMuchOf(roundBytes)).toBe(false)
    looking.onLost(1200, 1)
    expect(looking.isTooMuchOf(roundBytes)).toBe(true)
  })

  test('over what the path loses anyway and 2 %, learnt without a queue', () => {
    const losses = new Losses()
    for (let i = 0; i < 20; i++) round(losses, 0.05, 'none')
    expect(losses.tolerance).toBeCloseTo(0.07, 2)
    expect(round(losses, 0.06, 'some')).toBe(false)
    expect(round(losses, 0.08, 'some', false, false)).toBe(true)
  })

  test('and what is lost behind a queue is never learnt', () => {
    const losses = new Losses()
    for (let i = 0; i < 50; i++) round(losses, 0.2, 'long')
    expect(losses.tolerance).toBeCloseTo(0.02)
  })

  test('however much a path loses, a fifth is too much', () => {
    const losses = new Losses()
    for (let i = 0; i < 50; i++) round(losses, i % 2, 'none')
    expect(losses.tolerance).toBeLessThanOrEqual(0.2)
  })

  test('a round trip of a few packets says nothing', () => {
    const losses = new Losses()
    losses.onLost(1200, 5)
    losses.onDelivered(1200)
    expect(losses.endRound('some', true, false)).toBe(false)
  })
})

describe('a bound (§10-9)', () => {
  test('holds from when it was found, with room for others outside a look', () => {
    const bounds = new Bounds()
    expect(bounds.windowBytes('up')).toBe(Number.POSITIVE_INFINITY)
    bounds.found(100_000)
    expect(bounds.windowBytes('up')).toBe(100_000)
    expect(bounds.windowBytes('cruise')).toBe(85_000)
  })

  test('rises by two datagrams in a look, then by four, whatever its size', () => {
    for (const bytes of [50_000, 5_000_000]) {
      const bounds = new Bounds()
      bounds.found(bytes)
      bounds.raise(1000, bytes, 0)
      expect(bounds.windowBytes('up')).toBe(bytes + 2000)
      bounds.raise(1000, bytes, 1)
      expect(bounds.windowBytes('up')).toBe(bytes + 6000)
    }
  })

  test('does not rise for a window that does not reach it', () => {
    const bounds = new Bounds()
    bounds.found(100_000)
    bounds.raise(1000, 50_000, 0)
    expect(bounds.windowBytes('up')).toBe(100_000)
  })

  test('is what it was when the losses were none', () => {
    const bounds = new Bounds()
    bounds.found(100_000)
    bounds.found(70_000)
    bounds.undo()
    expect(bounds.windowBytes('up')).toBe(100_000)
  })
})

describe('start-up is over', () => {
  test('after three round trips that grew by less than a quarter, two where there is a queue', () => {
    for (const [hasQueue, rounds] of [
      [false, 3],
      [true, 2],
    ] as const) {
      const pipe = new FullPipe()
      pipe.onRound(1000, hasQueue, false)
      for (let i = 0; i < rounds; i++) {
        expect(pipe.isFull).toBe(false)
        pipe.onRound(1200, hasQueue, false)
      }
      expect(pipe.isFull).toBe(true)
    }
  })

  test('and not while each round trip brings a quarter more', () => {
    const pipe = new FullPipe()
    for (let rate = 1000; rate < 1e6; rate *= 1.25) pipe.onRound(rate, true, false)
    expect(pipe.isFull).toBe(false)
  })
})

/** Acknowledgements of a sender whose bytes come through at so many bytes a millisecond. */
class Flights {
  now = 0
  deliveredBytes = 0
  priorDeliveredBytes = 0

  acked(
    millis: number,
    bytes: number,
    rttMillis = 100,
    sentMillis = millis,
    isAppLimited = false,
  ): AckedBytes {
    this.now += millis * millisecond
    this.sentMicros += sentMillis * millisecond
    this.deliveredBytes += bytes
    const { now, sentMicros, deliveredBytes, priorDeliveredBytes } = this
    return {
      now,
      bytes,
      sentMicros,
      latestRttMicros: rttMillis * millisecond,
      smoothedRttMicros: rttMillis * millisecond,
      minimumRttMicros: 100 * millisecond,
      inFlightBytes: 1e9,
      isWindowLimited: true,
      rate: { bytesPerSecond: 0, isAppLimited, inFlightBytes: 1e9, deliveredBytes, priorDeliveredBytes },
    }
  }

  private sentMicros = 0
}

describe('a flight within a round trip (§10)', () => {
  test('shows the rate at which it came through, not what a round trip brought', () => {
    const flights = new Flights()
    const within = new WithinRound()
    within.onAcked(flights.acked(0, 5000), true, 1000)
    for (let i = 0; i < 12; i++) within.onAcked(flights.acked(1, 5000), false, 1000)
    // an eighth of the round trip is not over
    expect(within.bytesPerSecond).toBe(0)
    within.onAcked(flights.acked(1, 5000), false, 1000)
    expect(within.bytesPerSecond).toBe(5e6)
    // what it is short of next says nothing less of the path
    within.onAcked(flights.acked(50, 5000), false, 1000)
    expect(within.bytesPerSecond).toBe(5e6)
    within.forget()
    expect(within.bytesPerSecond).toBe(0)
  })

  test('came through no faster than it left, whatever bunches its acknowledgements', () => {
    const flights = new Flights()
    const within = new WithinRound()
    within.onAcked(flights.acked(0, 5000), true, 1000)
    within.onAcked(flights.acked(1, 100_000, 100, 50), false, 1000)
    expect(within.bytesPerSecond).toBe(2e6)
  })

  test('of less than ten datagrams says nothing', () => {
    const flights = new Flights()
    const within = new WithinRound()
    within.onAcked(flights.acked(0, 1000), true, 1000)
    within.onAcked(flights.acked(40, 9000), false, 1000)
    expect(within.bytesPerSecond).toBe(0)
  })

  const queued = (rttMicros: number): boolean => rttMicros > 110 * millisecond

  test('fills the pipe once half a round trip brought no more and waited in a queue throughout', () => {
    const flights = new Flights()
    const pipe = new FullPipe()
    let millis = 0
    for (; !pipe.isFull && millis < 500; millis++) pipe.onFlight(flights.acked(1, 5000, 120), 5e6, queued)
    // one half to compare with
    expect(millis).toBe(100)
  })

  test.each([
    ['it still grows', 120, 1.3],
    ['one packet did not wait', 100, 1],
  ])('does not while %s', (_why, rttMillis, growth) => {
    const flights = new Flights()
    const pipe = new FullPipe()
    let rate = 1e6
    for (let millis = 1; millis < 1000; millis++) {
      if (millis % 50 === 0) rate *= growth
      pipe.onFlight(flights.acked(1, 5000, millis % 40 === 0 ? rttMillis : 120), rate, queued)
    }
    expect(pipe.isFull).toBe(false)
  })

  test('nor for a turn of the loop that came late: six acknowledgements are the least', () => {
    const flights = new Flights()
    const pipe = new FullPipe()
    for (let i = 0; i < 5; i++) pipe.onFlight(flights.acked(60, 5000, 120), 5e6, queued)
    expect(pipe.isFull).toBe(false)
  })
})

test('start-up goes on from what a flight shows, and the model believes it when start-up ends (§10)', () => {
  const flights = new Flights()
  const model = new PathModel()
  const startup = new Startup()
  const ack = (acked: AckedBytes): void => {
    model.onAcked(acked, true)
    startup.onAcked(acked, model, 1000)
  }
  ack(flights.acked(0, 5000))
  for (let i = 0; i < 20; i++) ack(flights.acked(1, 5000))
  // a round trip of it and two fifths
  expect(startup.aheadBytes(model)).toBeCloseTo(1.4 * 5000 * 100)
  expect(startup.bytesPerSecond(model)).toBe(5e6)
  expect(startup.isOver).toBe(false)
  // a sender short of data tells nothing of a full pipe
  for (let i = 0; i < 300; i++) ack(flights.acked(1, 5000, 150, 1, true))
  expect(startup.isOver).toBe(false)
  for (let i = 0; i < 300; i++) ack(flights.acked(1, 5000, 150))
  expect(startup.isOver).toBe(true)
  expect(model.bytesPerSecond).toBeCloseTo(5e6, -5)
  startup.reset()
  expect([startup.isOver, startup.bytesPerSecond(new PathModel())]).toEqual([false, 0])
})

test("a queue that start-up builds is no variation of the path's: start-up's window does not grow by it (§10)", () => {
  const model = new PathModel()
  let deliveredBytes = 0
  const acked = (round: number, rttMicros: number): void => {
    const priorDeliveredBytes = deliveredBytes
    deliveredBytes += 1200
    const rate = {
      bytesPerSecond: 1e6,
      isAppLimited: false,
      inFlightBytes: 0,
      deliveredBytes,
      priorDeliveredBytes,
    }
    const rtts = { latestRttMicros: rttMicros, smoothedRttMicros: rttMicros, minimumRttMicros: rttMicros }
    const now = round * 100 * millisecond
    model.onAcked(
      {
        now,
        bytes: 1200,
        sentMicros: now - rttMicros,
        inFlightBytes: 0,
        isWindowLimited: true,
        rate,
        ...rtts,
      },
      true,
    )
  }
  for (let round = 0; round < 100; round++) acked(round, (100 + 4 * (round % 2)) * millisecond)
  const varied = model.emptyRttMicros
  expect(varied).toBe(model.rttMicros)
  expect(varied).toBeGreaterThan(101 * millisecond)
  for (let round = 100; round < 150; round++) acked(round, (2 * round - 70) * millisecond)
  expect(model.rttMicros).toBeGreaterThan(115 * millisecond)
  expect(model.emptyRttMicros).toBe(varied)
})

test('begins with a megabyte a second: 32 datagrams at least, 100 at most (§10-2)', () => {
  const windowAt = (rttMicros: number): number => {
    const bbr = new Bbr(0, 1200)
    bbr.onHandshakeRtt(rttMicros)
    return bbr.windowBytes
  }
  expect(windowAt(millisecond)).toBe(32 * 1200)
  expect(windowAt(60 * millisecond)).toBe(60_000)
  expect(windowAt(2000 * millisecond)).toBe(100 * 1200)
})
