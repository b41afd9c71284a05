// A set of whole numbers, beside the Set of the language.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IndexSet } from '../../src/base/index_set.ts'

test('is a Set of numbers, in ascending order', () => {
  const step = fc.tuple(fc.constantFrom('add' as const, 'delete' as const), fc.integer({ min: 0, max: 99 }))
  fc.assert(
    fc.property(fc.array(step), steps => {
      const mine = new IndexSet(100)
      const theirs = new Set<number>()
      for (const [verb, index] of steps) {
        const was = theirs.has(index)
        if (verb === 'add') expect(mine.add(index)).toBe(mine)
        else expect(mine.delete(index)).toBe(was)
        theirs[verb](index)
        expect(mine.has(index)).toBe(theirs.has(index))
        expect(mine.size).toBe(theirs.size)
      }
      expect([...mine]).toEqual([...theirs].sort((a, b) => a - b))
      expect([...new IndexSet(100, theirs)]).toEqual([...mine])
    }),
  )
})

test('holds nothing at or past its bound, and says so', () => {
  const set = new IndexSet(9)
  expect(set.add(8).has(8)).toBe(true)
  expect([set.has(9), set.has(-1), set.delete(9)]).toEqual([false, false, false])
  expect(() => set.add(9)).toThrow(/internal error/)
  expect(() => set.add(-1)).toThrow(/internal error/)
})
