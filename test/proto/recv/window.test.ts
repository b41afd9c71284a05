// How receive windows grow. PROTOCOL.md §8-7.

import { expect, test } from 'vitest'
import { ReceiveWindow } from '../../../src/proto/recv/window.ts'

test('a limit rises when a quarter of the window is used up, not before (§8-7)', () => {
  const window = new ReceiveWindow(100, 100)
  window.consumed = 24
  expect(window.raise(0, 10, true)).toBe(false)
  window.consumed = 25
  expect(window.raise(0, 10, true)).toBe(true)
  expect(window.limit).toBe(125)
})

test('a window doubles when half of it lasts less than four round trips, not at four', () => {
  for (const [elapsed, size] of [
    [79, 4000],
    [80, 2000],
  ] as const) {
    const window = new ReceiveWindow(2000, 10_000)
    window.onData(1000)
    window.consumed = 2000
    window.raise(1000 + elapsed, 10, true)
    expect(window.windowBytes).toBe(size)
  }
})

test('a window is at least what 128 MB/s fill in a round trip, and not more than its maximum (§8-7)', () => {
  const window = new ReceiveWindow(1000, 20_000)
  expect(window.raise(0, 100, true)).toBe(true)
  expect(window.limit).toBe(12_800)
  expect(window.raise(0, 1000, true)).toBe(true)
  expect(window.limit).toBe(20_000)
})

test('nothing is assumed of a peer that is not proven, or of a path that nobody measured (§8-7)', () => {
  const window = new ReceiveWindow(1000, 10_000)
  expect(window.raise(0, 333_000, false)).toBe(false)
  expect(window.windowBytes).toBe(1000)
})

test('it never exceeds its maximum, and a limit never falls (§7.5-1)', () => {
  const window = new ReceiveWindow(100, 300)
  let limit = window.limit
  for (let now = 0; now < 100; now++) {
    window.onData(1000 * now)
    window.consumed += Math.min(90, window.limit - window.consumed)
    window.raise(1000 * now, 1000, true)
    expect(window.limit).toBeGreaterThanOrEqual(limit)
    expect(window.limit - window.consumed).toBeLessThanOrEqual(300)
    limit = window.limit
  }
  expect(window.windowBytes).toBe(300)
})

test('what comes in a lump behind a lost byte is measured over a round trip', () => {
  const window = new ReceiveWindow(2000, 10_000)
  window.onData(0)
  window.consumed = 1800
  window.raise(9, 10, true)
  expect(window.windowBytes).toBe(2000)
})

test('a sender that waits for each limit is not left at half a window a round trip', () => {
  // it sends what the last limit let it, a round trip later that has come, and the limit rises by what was taken
  const window = new ReceiveWindow(512, 4096)
  window.onData(0)
  for (let now = 40; now < 400; now += 40) {
    window.consumed += Math.min(260, window.limit - window.consumed)
    window.raise(now, 40, true)
  }
  expect(window.windowBytes).toBeGreaterThan(512)
})
