// Lent memory: what is out is counted, what is back is lent again, and nothing is kept beyond a bound.

import { expect, test } from 'vitest'
import { MiB } from '../../../src/base/units.ts'
import { Loans } from '../../../src/transfer/storage/loans.ts'

test('a buffer comes back with its last piece, and the last to come back is the first to go out', () => {
  const loans = new Loans()
  const first = loans.take(MiB)
  const second = loans.take(MiB)
  loans.lend(first)
  loans.lend(first)
  loans.give(first.id)
  loans.give(first.id)
  expect(loans.outBytes).toBe(2 * MiB)
  loans.give(second.id)
  loans.give(first.id)
  expect(loans.outBytes).toBe(0)
  expect(loans.take(MiB).bytes).toBe(first.bytes)
  expect(loans.take(MiB).bytes).toBe(second.bytes)
})

test('a loan is known by its number alone, and never by that of an earlier one', () => {
  const loans = new Loans()
  const { id, bytes } = loans.take(1000)
  loans.give(id)
  const again = loans.take(1000)
  expect(again.bytes).toBe(bytes)
  expect(again.id).not.toBe(id)
  expect(() => loans.give(id)).toThrow(/internal error/)
})

test('sizes do not mix, and no more than 40 MiB wait for use', () => {
  const loans = new Loans()
  const small = loans.take(1000)
  loans.give(small.id)
  expect(loans.take(2000).bytes.length).toBe(2000)
  const many = Array.from({ length: 60 }, () => loans.take(MiB))
  for (const { id } of many) loans.give(id)
  const seen = new Set(many.map(({ bytes }) => bytes))
  const again = Array.from({ length: 60 }, () => loans.take(MiB))
  expect(again.filter(({ bytes }) => seen.has(bytes)).length).toBe(39) // a little of the bound is the small one
})
