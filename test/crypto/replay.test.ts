// The replay window against a set that forgets nothing. §6.4-1, §6.4-2

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replayWindowNumbers } from '../../src/crypto/limits.ts'
import { ReplayWindow } from '../../src/crypto/replay.ts'
import vectors from '../vectors/keys.json' with { type: 'json' }

/** Opens a packet of this number if the window lets it. */
function offer(window: ReplayWindow, packetNumber: number): boolean {
  if (!window.isFresh(packetNumber)) return false
  window.mark(packetNumber)
  return true
}

for (const vector of vectors.replay)
  test(`${vector.name}: ${vector.why}`, () => {
    const window = new ReplayWindow()
    expect(vector.numbers.map(number => offer(window, number))).toEqual(vector.fresh)
  })

test('it remembers 4,096 numbers', () => {
  expect(replayWindowNumbers).toBe(4096)
  const window = new ReplayWindow()
  for (let number = 0; number < 4096; number++) expect(offer(window, number)).toBe(true)
  for (let number = 0; number < 4096; number++) expect(window.isFresh(number)).toBe(false)
  expect(window.isFresh(4096)).toBe(true)
})

test('a leap to the far edge keeps the oldest number and forgets the one before it', () => {
  for (let number = 1; number <= 64; number++) {
    const window = new ReplayWindow()
    window.mark(number - 1)
    window.mark(number)
    window.mark(number + 4095)
    expect(window.isFresh(number - 1)).toBe(false)
    expect(window.isFresh(number)).toBe(false)
    let fresh = 0
    for (let between = number + 1; between < number + 4095; between++) if (window.isFresh(between)) fresh++
    expect(fresh).toBe(4094)
  }
})

test('asking changes nothing: a forged packet cannot move the window (§6.4-1)', () => {
  const window = new ReplayWindow()
  offer(window, 10)
  expect(window.isFresh(2 ** 50)).toBe(true)
  expect(window.largest).toBe(10)
  expect(window.isFresh(3)).toBe(true)
})

test('marking twice, or what is too old, is our bug', () => {
  const window = new ReplayWindow()
  window.mark(5000)
  expect(() => window.mark(5000)).toThrow('internal error')
  expect(() => window.mark(904)).toThrow('internal error')
  expect(() => window.mark(905)).not.toThrow()
})

// Steps forward of every size class that #forget distinguishes, and looks back across the window's edge.
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -8, max: 8 }) },
  { weight: 3, arbitrary: fc.integer({ min: -4200, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 4000, max: 4200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 40 }) },
)

test('for any order of arrival it says what a set and a subtraction say', () => {
  const start = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 45 }))
  fc.assert(
    fc.property(start, fc.array(step, { minLength: 1, maxLength: 300 }), (first, steps) => {
      const window = new ReplayWindow()
      const seen = new Set<number>()
      let largest = -1
      for (const by of steps) {
        const number = Math.max(0, (largest < 0 ? first : largest) + by)
        const fresh = !seen.has(number) && number > largest - replayWindowNumbers
        expect(offer(window, number)).toBe(fresh)
        if (!fresh) continue
        seen.add(number)
        largest = Math.max(largest, number)
        expect(window.largest).toBe(largest)
      }
    }),
    { numRuns: 300 },
  )
})
