// The round-trip estimate by RFC 9002 §5. PROTOCOL.md §9

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { millisecond } from '../../src/base/units.ts'
import { Rtt } from '../../src/proto/recovery/rtt.ts'

const ms = millisecond

test('before a sample all stands as for 333 ms', () => {
  const rtt = new Rtt()
  expect(rtt.hasSample).toBe(false)
  expect(rtt.smoothed).toBe(333 * ms)
  expect(rtt.variance).toBe(166.5 * ms)
  expect(rtt.probeTimeout(25 * ms)).toBe((333 + 4 * 166.5 + 25) * ms)
})

test('the first sample replaces the guess, whatever delay it claims', () => {
  const rtt = new Rtt()
  rtt.onSample(100 * ms, 20 * ms, true)
  expect(rtt.hasSample).toBe(true)
  expect([rtt.latest, rtt.minimum, rtt.smoothed, rtt.variance]).toEqual([100_000, 100_000, 100_000, 50_000])
})

test('later ones weigh an eighth, in the variance a quarter', () => {
  const rtt = new Rtt()
  rtt.onSample(100 * ms, 0, true)
  rtt.onSample(180 * ms, 0, true)
  expect(rtt.smoothed).toBe(110_000)
  expect(rtt.variance).toBe((3 * 50_000 + 80_000) / 4)
  expect(rtt.latest).toBe(180_000)
  expect(rtt.minimum).toBe(100_000)
})

test('the acknowledgement delay is taken off, up to 25 ms', () => {
  const some = new Rtt()
  const much = new Rtt()
  for (const rtt of [some, much]) rtt.onSample(100 * ms, 0, true)
  some.onSample(180 * ms, 25 * ms, true)
  much.onSample(180 * ms, 26 * ms, true)
  expect(some.smoothed).toBe(100_000 + 55_000 / 8)
  expect(much.smoothed).toBe(some.smoothed)
})

test('a delay that would go below the minimum is not taken off; one that just reaches it is', () => {
  const reaches = new Rtt()
  const passes = new Rtt()
  for (const rtt of [reaches, passes]) rtt.onSample(100 * ms, 0, true)
  reaches.onSample(110 * ms, 10 * ms, true)
  passes.onSample(110 * ms, 10 * ms + 1, true)
  expect(reaches.smoothed).toBe(100_000)
  expect(passes.smoothed).toBe(100_000 + 10_000 / 8)
})

test('before the handshake is confirmed a claimed delay counts nothing', () => {
  const rtt = new Rtt()
  rtt.onSample(100 * ms, 0, false)
  rtt.onSample(180 * ms, 20 * ms, false)
  expect(rtt.smoothed).toBe(110_000)
})

test('the probe time-out never leaves less than a millisecond for variance (§9-6)', () => {
  const rtt = new Rtt()
  for (let i = 0; i < 100; i++) rtt.onSample(10 * ms, 0, true)
  expect(rtt.variance).toBeLessThan(1)
  expect(rtt.probeTimeout(25 * ms)).toBeCloseTo(36 * ms, 6)
})

test('a clock that jumped counts as a minute at most', () => {
  const rtt = new Rtt()
  rtt.onSample(60_000 * ms, 0, true)
  rtt.onSample(1e15, 0, true)
  expect(rtt.latest).toBe(60_000 * ms)
  expect(rtt.smoothed).toBe(60_000 * ms)
})

test('whatever is claimed, all stays finite, and minimum <= latest', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 1e6 }), fc.constant(Number.NaN))
  const samples = fc.array(fc.tuple(number, number, fc.boolean()))
  const property = fc.property(samples, list => {
    const rtt = new Rtt()
    for (const [latest, delay, isConfirmed] of list) {
      rtt.onSample(latest, delay, isConfirmed)
      expect(Number.isFinite(rtt.smoothed + rtt.variance + rtt.minimum)).toBe(true)
      expect(rtt.minimum).toBeLessThanOrEqual(rtt.latest)
      expect(rtt.minimum).toBeGreaterThanOrEqual(0)
      expect(rtt.variance).toBeGreaterThanOrEqual(0)
    }
  })
  fc.assert(property)
})
