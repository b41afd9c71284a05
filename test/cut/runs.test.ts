// Runs of entries: what is written reads the same, what breaks a rule is none, and what does not fit is left out.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRuns, encodeRuns } from '../../src/cut/manifest/runs.ts'

const ranges = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 })), { maxLength: 50 })
  .map(steps => {
    let at = -1
    return steps.map(([gap, length]) => {
      const start = at + gap
      at = start + length
      return { start, end: at }
    })
  })

test('what is written reads the same', () => {
  fc.assert(
    fc.property(ranges, all => {
      expect(decodeRuns(encodeRuns(all, 10_000), all.at(-1)?.end ?? 0)).toEqual(all)
    }),
  )
})

test('the first that fit are told, and none by half', () => {
  fc.assert(
    fc.property(ranges, fc.nat(100), (all, bytesMax) => {
      const told = encodeRuns(all, bytesMax)
      expect(told.length).toBeLessThanOrEqual(bytesMax)
      const read = decodeRuns(told, 10 ** 6)
      expect(read).toEqual(all.slice(0, read?.length))
    }),
  )
})

test('runs that break a rule are none (§15.3-11)', () => {
  expect(decodeRuns(Uint8Array.of(0, 1, 1, 1), 3)).toEqual([
    { start: 0, end: 1 },
    { start: 2, end: 3 },
  ])
  expect(decodeRuns(Uint8Array.of(0, 1, 1, 1), 2)).toBeUndefined() // past the end
  expect(decodeRuns(Uint8Array.of(0, 0), 9)).toBeUndefined() // no entry
  expect(decodeRuns(Uint8Array.of(0, 1, 0, 1), 9)).toBeUndefined() // one run, in two
  expect(decodeRuns(Uint8Array.of(0), 9)).toBeUndefined() // half a run
  expect(decodeRuns(Uint8Array.of(0, 0x40), 9)).toBeUndefined() // half a number
  expect(decodeRuns(Uint8Array.of(0xff, 255, 255, 255, 255, 255, 255, 255, 1), 9)).toBeUndefined() // no number
})

test('whatever the bytes, nothing throws', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(100),
      (bytes, count) => void decodeRuns(bytes, count),
    ),
  )
})
