// Putting back the upper bits of a packet number. §6.4-3, §6.4-4

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandPacketNumber, packetNumberMax, truncatePacketNumber } from '../../src/crypto/packet_number.ts'
import vectors from '../vectors/keys.json' with { type: 'json' }

for (const vector of vectors.numbers)
  test(`${vector.name}: ${vector.why}`, () => {
    expect(expandPacketNumber(vector.truncated, vector.largest)).toBe(vector.packetNumber)
  })

// The rule as it is written: of all numbers with these low bits, the nearest to the expected, the higher on a
// tie.
function nearest(truncated: number, largest: number): number {
  const expected = BigInt(largest) + 1n
  let best: bigint | undefined
  const distance = (to: bigint) => (to > expected ? to - expected : expected - to)
  for (let upper = expected / 2n ** 32n - 1n; upper <= expected / 2n ** 32n + 1n; upper++) {
    const candidate = upper * 2n ** 32n + BigInt(truncated)
    if (candidate < 0n || candidate > BigInt(packetNumberMax)) continue
    if (best === undefined || distance(candidate) <= distance(best)) best = candidate
  }
  return Number(best)
}

const edges = [-1, 0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 2 ** 32, packetNumberMax]
const largest = fc.oneof(
  fc.integer({ min: -1, max: packetNumberMax }),
  fc
    .tuple(fc.constantFrom(...edges), fc.integer({ min: -3, max: 3 }))
    .map(([edge, by]) => Math.min(packetNumberMax, Math.max(-1, edge + by))),
)

test('it is the nearest number there is, whatever came', () => {
  const truncated = fc.oneof(
    fc.nat({ max: 2 ** 32 - 1 }),
    fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
  )
  fc.assert(
    fc.property(truncated, largest, (low, seen) => {
      expect(expandPacketNumber(low, seen)).toBe(nearest(low, seen))
    }),
    { numRuns: 2000 },
  )
})

test('any number less than half a span from the expected comes back whole', () => {
  fc.assert(
    fc.property(largest, fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 }), (seen, by) => {
      const number = seen + 1 + by
      if (number < 0 || number > packetNumberMax) return
      expect(expandPacketNumber(truncatePacketNumber(number), seen)).toBe(number)
    }),
    { numRuns: 2000 },
  )
})

test('the last number is 2^53 - 1 and none is sent beyond it (§6.4-4)', () => {
  expect(truncatePacketNumber(2 ** 53 - 1)).toBe(2 ** 32 - 1)
  expect(() => truncatePacketNumber(2 ** 53)).toThrow('internal error')
  expect(() => truncatePacketNumber(-1)).toThrow('internal error')
})
