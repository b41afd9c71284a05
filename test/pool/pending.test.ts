// The table of what is not yet committed against a Map of the same.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { Pending } from '../../src/pool/pending.ts'
import { randomBytes } from './scratch.ts'

/** Few enough that they meet again, and some that begin alike. */
const ids = Array.from({ length: 5000 }, (_, i) => {
  const id = randomBytes(32, i + 1)
  if (i % 3 === 0) id.set([0, 0, 0, 7])
  return id
})
const keyOf = (id: Uint8Array): string => toHex(id.subarray(0, 16))

test('it holds what a Map would', () => {
  const step = fc.record({
    kind: fc.constantFrom('set', 'set', 'set', 'delete', 'clear'),
    first: fc.nat(ids.length - 1),
    count: fc.integer({ min: 1, max: 3000 }),
    segment: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), steps => {
      const pending = new Pending()
      let model = new Map<string, unknown>()
      for (const { kind, first, count, segment } of steps) {
        for (const [i, id] of ids.slice(first, first + count).entries()) {
          const location = { segment, offset: 8 * i, length: i + 1 }
          if (kind === 'set') {
            pending.set(id, 0, segment, location.offset, location.length)
            model.set(keyOf(id), location)
          } else if (kind === 'delete') {
            pending.delete(id)
            model.delete(keyOf(id))
          }
        }
        if (kind === 'clear') {
          pending.clear()
          model = new Map()
        }
      }
      for (const id of ids) expect(pending.get(id)).toEqual(model.get(keyOf(id)))
      const seen = new Map<string, unknown>()
      pending.visit((key, location) => void seen.set(toHex(key), location))
      expect(seen).toEqual(model)
    }),
    { numRuns: 40 },
  )
})

test('an id may lie anywhere in what it is looked up in', () => {
  const pending = new Pending()
  const row = randomBytes(36, 1)
  pending.set(row, 4, 3, 80, 5)
  expect(pending.get(row.slice(4))).toEqual({ segment: 3, offset: 80, length: 5 })
  expect(pending.get(row, 3)).toBeUndefined()
})
