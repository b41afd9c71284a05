// The patience with a peer that is alive and gets nowhere.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProgressWatch, patienceMillisMin } from '../../src/transfer/progress_watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watched(stallMicros?: number): { watch: ProgressWatch; stuck: () => number } {
  let stuck = 0
  const watch = new ProgressWatch(stallMicros, () => stuck++)
  return { watch, stuck: () => stuck }
}

test('ends when nothing goes forward, and not a moment before', () => {
  const { stuck } = watched()
  vi.advanceTimersByTime(patienceMillisMin - 1)
  expect(stuck()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(stuck()).toBe(1)
})

test('begins anew with whatever goes forward', () => {
  const { watch, stuck } = watched()
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(patienceMillisMin - 1)
    watch.touch()
  }
  expect(stuck()).toBe(0)
})

test('waits for a person as long as it takes, then counts again', () => {
  const { watch, stuck } = watched()
  watch.pause()
  watch.touch()
  vi.advanceTimersByTime(100 * patienceMillisMin)
  expect(stuck()).toBe(0)
  watch.resume()
  vi.advanceTimersByTime(patienceMillisMin)
  expect(stuck()).toBe(1)
})

test('grows with the stall time-out', () => {
  const { stuck } = watched(600_000_000)
  vi.advanceTimersByTime(4 * 600_000 - 1)
  expect(stuck()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(stuck()).toBe(1)
})

test('is quiet once stopped', () => {
  const { watch, stuck } = watched()
  watch.stop()
  vi.advanceTimersByTime(10 * patienceMillisMin)
  expect(stuck()).toBe(0)
})
