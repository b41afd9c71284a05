// When a stream leaves time for a copy: by its pace over the last 64 MiB.

import { expect, test } from 'vitest'
import { MiB } from '../../../src/base/units.ts'
import { CopyPace } from '../../../src/transfer/storage/copy_pace.ts'

test('the first 64 MiB are copied, then the pace decides, and again every 64 MiB', () => {
  let millis = 0
  const pace = new CopyPace(() => millis)
  expect(pace.leavesTime(0)).toBe(true)
  expect(pace.leavesTime(63 * MiB)).toBe(true)
  millis += 400 // 168 MB/s
  expect(pace.leavesTime(64 * MiB)).toBe(false)
  expect(pace.leavesTime(100 * MiB)).toBe(false)
  millis += 600 // 112 MB/s
  expect(pace.leavesTime(128 * MiB)).toBe(true)
})

test('a stream of exactly the limit leaves time, one a hair faster does not', () => {
  for (const [millis, leavesTime] of [
    [(64 * MiB) / 128e3, true],
    [(64 * MiB) / 128e3 - 0.01, false],
  ] as const) {
    let now = 5
    const pace = new CopyPace(() => now)
    pace.leavesTime(0)
    now += millis
    expect(pace.leavesTime(64 * MiB)).toBe(leavesTime)
  }
})
