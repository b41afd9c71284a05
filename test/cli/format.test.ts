// How numbers, times and tables read: one table of examples each, and what must hold for all of them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatCountdown,
  formatDuration,
  formatPercent,
  formatRate,
  formatTable,
  plural,
} from '../../src/cli/format.ts'
import { cutOff, displayWidth, shorten } from '../../src/cli/width.ts'

describe('bytes', () => {
  const examples: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9_994, '9.99 kB'],
    [9_995, '10 kB'],
    [61_000_000, '61 MB'],
    [61_300_000, '61.3 MB'],
    [99_949_999, '99.9 MB'],
    [99_950_000, '100 MB'],
    [999_499_999, '999 MB'],
    [999_500_000, '1.00 GB'],
    [4_200_000_000, '4.20 GB'],
    [2 ** 53, '9.01 PB'],
  ]
  for (const [bytes, text] of examples)
    test(`${bytes} is ${text}`, () => expect(formatBytes(bytes)).toBe(text))
  test('never more than three digits before the unit', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), bytes => {
        expect(formatBytes(bytes)).toMatch(/^(\d{1,3}|\d\.\d\d|\d\d\.\d) [kMGTP]?B$/)
      }),
    )
  })
})

describe('durations', () => {
  const examples: readonly (readonly [number, string])[] = [
    [0, '0.00 s'],
    [1, '0.01 s'],
    [40_000, '0.04 s'],
    [994_999, '0.99 s'],
    [995_000, '1.0 s'],
    [3_100_000, '3.1 s'],
    [59_949_999, '59.9 s'],
    [59_950_000, '1 min 00 s'],
    [245_000_000, '4 min 05 s'],
    [3_599_499_999, '59 min 59 s'],
    [3_599_500_000, '1 h 00 min'],
    [7_320_000_000, '2 h 02 min'],
  ]
  for (const [micros, text] of examples) {
    test(`${micros} µs is ${text}`, () => expect(formatDuration(micros)).toBe(text))
  }
  test('an estimate has no tenths and never says 0 while something is left', () => {
    expect([1, 1_000_000, 1_000_001, 59_000_000, 59_000_001].map(formatCountdown)).toEqual([
      '1 s',
      '1 s',
      '2 s',
      '59 s',
      '1 min 00 s',
    ])
  })
  test('a rate over no time is no rate', () => {
    expect(formatRate(5, 0)).toBe('0 B/s')
    expect(formatRate(4_200_000_000, 3_100_000)).toBe('1.35 GB/s')
  })
})

describe('shares', () => {
  test('100 % means all of it and 0 % none that shows', () => {
    expect(formatPercent(999_999, 1_000_000)).toBe('99.9 %')
    expect(formatPercent(1_000_000, 1_000_000)).toBe('100 %')
    expect(formatPercent(1, 1_000_000)).toBe('0.0 %')
    expect(formatPercent(0, 1_000_000)).toBe('0 %')
    expect(formatPercent(986, 1000)).toBe('98.6 %')
  })
  test('nothing of nothing is 0 %', () => expect(formatPercent(0, 0)).toBe('0 %'))
})

test('a table aligns by what is shown and trims its ends', () => {
  expect(
    formatTable(
      ['NAME', '>SIZE', 'STATE'],
      [
        ['a', '4.20 GB', ''],
        ['日本', '61 MB', 'pinned'],
      ],
    ),
  ).toEqual(['NAME     SIZE  STATE', 'a     4.20 GB', '日本    61 MB  pinned'])
})

test('one is not many', () => {
  expect([0, 1, 2].map(count => plural(count, 'blob'))).toEqual(['0 blobs', '1 blob', '2 blobs'])
})

describe('widths', () => {
  test('wide letters take two cells and marks none', () => {
    expect(['abc', '日本', 'é', '👍', ''].map(displayWidth)).toEqual([3, 4, 1, 2, 0])
  })
  test('a shortened name keeps its beginning and its end', () => {
    expect(shorten('a-very-long-name.iso', 11)).toBe('a-ver…e.iso')
    expect(shorten('short.iso', 9)).toBe('short.iso')
    expect(shorten('short.iso', 8)).toBe('shor…iso')
  })
  test('whatever the text, it fits', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 })
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 40 }), (name, width) => {
        expect(displayWidth(shorten(name, width))).toBeLessThanOrEqual(width)
        expect(displayWidth(cutOff(name, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})
