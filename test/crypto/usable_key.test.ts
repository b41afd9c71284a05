// Which public keys may enter a handshake. §6.1-3

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { isUsable } from '../../src/crypto/usable_key.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import vectors from '../vectors/noise_failures.json' with { type: 'json' }

const primitives = await createPrimitives()
const ours = primitives.generateKeyPair(new Uint8Array(32).fill(1))
const chance = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('any key pair’s public key is usable, whatever our own key is', () => {
  fc.assert(
    fc.property(chance, chance, (mine, theirs) => {
      const pair = primitives.generateKeyPair(mine)
      expect(isUsable(primitives, pair, primitives.generateKeyPair(theirs).publicKey)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('no point of low order is', () => {
  const points = vectors
    .filter(vector => vector.name.startsWith('noise/XX/0/low-order'))
    .map(vector => must(fromHex(vector.message), 'hex').subarray(0, 32))
  expect(points.length).toBeGreaterThanOrEqual(5)
  for (const point of points) expect(isUsable(primitives, ours, point)).toBe(false)
})
