// A path whose length moves, beside a queue that does; and what is lost just when a look for more begins. §10-8, §10-9

import { describe, expect, test } from 'vitest'
import { type Micros, millisecond } from '../../../src/base/units.ts'
import { Bbr } from '../../../src/proto/congestion/bbr/bbr.ts'
import { Cycle } from '../../../src/proto/congestion/bbr/cycle.ts'
import { Drift } from '../../../src/proto/congestion/bbr/drift.ts'
import { PathModel } from '../../../src/proto/congestion/bbr/model.ts'
import type { AckedBytes } from '../../../src/proto/congestion/controller.ts'

const bytesPerMilli = 5000

/** A path of 100 ms that delivers 5 MB/s to a sender that keeps what a round trip takes under way. */
class Path {
  now: Micros = 0
  #deliveredBytes = 0

  acked(rttMillis: number): AckedBytes {
    this.now += millisecond
    this.#deliveredBytes += bytesPerMilli
    const inFlightBytes = rttMillis * bytesPerMilli
    const rttMicros = rttMillis * millisecond
    return {
      now: this.now,
      bytes: bytesPerMilli,
      sentMicros: this.now - rttMicros,
      latestRttMicros: rttMicros,
      smoothedRttMicros: rttMicros,
      minimumRttMicros: 100 * millisecond,
      inFlightBytes,
      isWindowLimited: true,
      rate: {
        bytesPerSecond: 1000 * bytesPerMilli,
        isAppLimited: false,
        inFlightBytes,
        deliveredBytes: this.#deliveredBytes,
        priorDeliveredBytes: Math.max(0, this.#deliveredBytes - inFlightBytes),
      },
    }
  }
}

describe('a path that drifts (§10-8)', () => {
  test('is one whose shortest RTT moves from round trip to round trip: the mean of some sixteen moves', () => {
    const drift = new Drift()
    const round = (millis: number): Micros => {
      drift.onRtt((millis + 5) * millisecond)
      drift.onRtt(millis * millisecond)
      return drift.endRound()
    }
    expect(drift.endRound()).toBe(Number.POSITIVE_INFINITY)
    expect(round(100)).toBe(100 * millisecond)
    expect(drift.micros).toBe(0)
    round(116)
    expect(drift.micros).toBe(millisecond)
    // down is a move as well, and a round trip without a sample none
    drift.endRound()
    round(100)
    expect(drift.micros).toBeCloseTo(millisecond * (1 + 15 / 16))
    for (let i = 0; i < 200; i++) round(i % 2 === 0 ? 116 : 100)
    expect(drift.micros).toBeCloseTo(16 * millisecond, -1)
    drift.forget()
    round(180)
    expect(drift.micros).toBe(0)
  })

  /** What the model believes after many round trips whose lengths were these in turn, milliseconds. */
  const modelAfter = (lengths: readonly number[]): PathModel => {
    const path = new Path()
    const model = new PathModel()
    model.onAcked(path.acked(100), true)
    for (let round = 0; round < 60; round++) {
      const length = lengths[round % lengths.length] ?? 0
      for (let i = 0; i < length; i++) model.onAcked(path.acked(length), true)
    }
    return model
  }

  test.each([
    [[100, 130, 110, 150], false],
    [[100], true],
    [[160], true],
    // as a queue moves that many share
    [[150, 153, 156, 160, 157, 154], true],
  ])('has no long queue where its own moves reach: %j', (lengths, isLong) => {
    expect(modelAfter(lengths).isLongRtt(160 * millisecond)).toBe(isLong)
  })

  test('shows its minimum wherever its own moves reach, as long as no loss has shown others', () => {
    const lengths = [100, 130, 110, 150]
    expect(modelAfter(lengths).isDrifting).toBe(true)
    expect(modelAfter([150, 153, 156, 160, 157, 154]).isDrifting).toBe(false)
    for (const [model, isAlone, isStale] of [
      [modelAfter(lengths), true, false],
      [modelAfter(lengths), false, true],
      [modelAfter([100]), true, true],
    ] as const) {
      const path = new Path()
      path.now = 100_000 * millisecond
      model.onAcked(path.acked(140), isAlone)
      expect(model.isRttStale(path.now + millisecond)).toBe(isStale)
    }
  })

  test('is looked at for more every 16 round trips, and another every 63', () => {
    for (const [lengths, rounds] of [
      [[100, 130, 110, 150], 16],
      [[100], 63],
    ] as const) {
      const model = modelAfter(lengths)
      const cycle = new Cycle(0)
      cycle.begin(0, model)
      const since = model.rounds
      while (!cycle.isOver(0, model, 1200)) model.rounds++
      expect(model.rounds - since).toBe(rounds)
    }
  })

  test('and however much it drifts, what is well over twice as long is behind a queue', () => {
    const model = modelAfter([100, 200, 300, 100])
    expect(model.isLongRtt(230 * millisecond)).toBe(false)
    expect(model.isLongRtt(240 * millisecond)).toBe(true)
  })
})

test('what was lost before a look had sent anything bounds the window by what was under way, not by nothing (§10-9)', () => {
  const path = new Path()
  const bbr = new Bbr(0, 1200)
  bbr.onHandshakeRtt(100 * millisecond)
  const advance = (): void => bbr.onAcked(path.acked(path.now < 2000 * millisecond ? 100 : 160))
  const wait = (phase: string): void => {
    for (let millis = 0; bbr.phase !== phase; millis++) {
      expect(millis).toBeLessThan(10_000)
      advance()
    }
  }
  wait('cruise')
  while (path.now < 3000 * millisecond) advance()
  wait('refill')
  bbr.onLost({
    now: path.now,
    bytes: 60_000,
    losses: 5,
    sentMicros: path.now - 160 * millisecond,
    isPersistent: false,
  })
  wait('down')
  // 0.7 of the 160 ms that were under way
  expect(bbr.windowBytes).toBeCloseTo(0.7 * 160 * bytesPerMilli, -4)
})
