// Ring against an array.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ring } from '../../src/base/ring.ts'

test('a Ring is a bounded queue: full refuses, order stays', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      (capacity, pushes) => {
        const ring = new Ring<number>(capacity)
        const model: number[] = []
        expect(ring.capacity).toBe(capacity)
        for (const [value, isPush] of pushes.entries()) {
          if (isPush) {
            const fits = model.length < capacity
            expect(ring.push(value)).toBe(fits)
            if (fits) model.push(value)
          } else {
            expect(ring.shift()).toBe(model.shift())
          }
          expect(ring.length).toBe(model.length)
          for (let i = 0; i <= capacity; i++) expect(ring.peek(i)).toBe(model[i])
        }
      },
    ),
  )
})
