// Credit at a rate: what was consumed counts when it is due, in order, by the rate that holds then. On a clock of its own.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Intake } from '../../src/net/intake.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function make() {
  const intake = new Intake()
  const given: number[] = []
  const consume = (...sizes: readonly number[]): void => {
    for (const bytes of sizes) intake.consumed(bytes, () => given.push(bytes))
  }
  return { intake, given, consume }
}

test('without a limit all counts at once', () => {
  const { given, consume } = make()
  consume(10, 20)
  expect(given).toEqual([10, 20])
})

test('by a limit each counts when the bytes before it and its own are due', () => {
  const { intake, given, consume } = make()
  intake.limit(1000)
  consume(100, 200, 300)
  for (const [millis, count] of [
    [99, 0],
    [1, 1],
    [199, 1],
    [1, 2],
    [299, 2],
    [1, 3],
  ] as const) {
    vi.advanceTimersByTime(millis)
    expect(given.length).toBe(count)
  }
  // what was not used is not saved up
  vi.advanceTimersByTime(60_000)
  consume(400)
  vi.advanceTimersByTime(390)
  expect(given.length).toBe(3)
  vi.advanceTimersByTime(10)
  expect(given).toEqual([100, 200, 300, 400])
})

test('what waits goes by the rate that holds now, faster or slower', () => {
  const { intake, given, consume } = make()
  intake.limit(10)
  consume(1000, 1000)
  vi.advanceTimersByTime(1_000)
  intake.limit(1000)
  vi.advanceTimersByTime(1_000)
  expect(given).toEqual([1000])
  intake.limit(10)
  vi.advanceTimersByTime(99_000)
  expect(given).toEqual([1000])
  vi.advanceTimersByTime(1_000)
  expect(given).toEqual([1000, 1000])
  consume(5)
  intake.limit(undefined)
  expect(given).toEqual([1000, 1000, 5])
})

test('a wait longer than a timer can be is waited for', () => {
  const { intake, given, consume } = make()
  intake.limit(0.001)
  consume(5_000)
  vi.advanceTimersByTime(2 ** 31 + 10)
  expect([given, vi.getTimerCount()]).toEqual([[], 1])
  vi.advanceTimersByTime(5e9)
  expect(given).toEqual([5_000])
})

test('when it stops nothing counts any more', () => {
  const { intake, given, consume } = make()
  intake.limit(1000)
  consume(100)
  intake.stop()
  vi.advanceTimersByTime(10_000)
  expect([given, vi.getTimerCount()]).toEqual([[], 0])
})
