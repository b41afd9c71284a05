// A set of 64-bit numbers holds what a Set would.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSet } from '../../src/base/number_set.ts'

test('has what was added and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 2n })),
      fc.array(fc.bigInt({ min: 0n, max: 999n })),
      (wide, near) => {
        const set = new NumberSet()
        const model = new Set<bigint>()
        for (const value of [...wide, ...near]) {
          set.add(value)
          model.add(value)
        }
        expect(set.count).toBe(model.size)
        for (const value of [...model, 0n, 1n, 1000n, 2n ** 63n])
          expect(set.has(value)).toBe(model.has(value))
      },
    ),
  )
})

test('grows, whatever is the same in its numbers', () => {
  for (const step of [1n, 4096n, 2n ** 32n, 2n ** 40n + 1n]) {
    const set = new NumberSet()
    for (let i = 0n; i < 20_000n; i++) set.add(i * step)
    expect(set.count).toBe(20_000)
    expect(set.has(19_999n * step)).toBe(true)
    expect(set.has(20_000n * step)).toBe(false)
  }
})
