// When a file counts as having the time it was to be given, by whichever twin gave it.

import { expect, test } from 'vitest'
import { floorDivide, isSameTime } from '../../src/base/times.ts'

test('a time that was rounded on its way to the disk is the same, and no other', () => {
  const wanted = 1_000_000_000_123_456_789n
  expect(isSameTime(wanted, wanted)).toBe(true)
  expect(isSameTime(1_000_000_000_123_456_000n, wanted)).toBe(true)
  expect(isSameTime(1_000_000_000_123_457_000n, wanted)).toBe(true)
  expect(isSameTime(1_000_000_000_123_456_788n, wanted), 'no rounded one').toBe(false)
  expect(isSameTime(1_000_000_000_123_455_000n, wanted)).toBe(false)
  expect(isSameTime(1_000_000_000_123_000_000n, wanted)).toBe(false)
})

test('before 1970 a millisecond is as near as the portable twin comes', () => {
  const wanted = -1_000_000_000_123_456_789n
  expect(isSameTime(-1_000_000_000_123_000_000n, wanted)).toBe(true)
  expect(isSameTime(-1_000_000_000_124_000_000n, wanted)).toBe(true)
  expect(isSameTime(-1_000_000_000_125_000_000n, wanted)).toBe(false)
  expect(isSameTime(-1_000_000_000_123_456_000n, wanted), 'a microsecond that nobody set').toBe(false)
})

test('division rounds towards the past', () => {
  expect(floorDivide(-1n, 1000n)).toEqual({ whole: -1n, rest: 999n })
  expect(floorDivide(1999n, 1000n)).toEqual({ whole: 1n, rest: 999n })
})
