// The packet nonce. §6.3-2, and the half of §6.3-3 that is arithmetic: other packets have other nonces.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { packetNonceBytes, writeNonce } from '../../src/crypto/nonce.ts'
import vectors from '../vectors/keys.json' with { type: 'json' }

function nonceOf(iv: Uint8Array, pathId: number, packetNumber: number): string {
  // what was in the scratch before must not show
  const scratch = new Uint8Array(iv.length).fill(0xaa)
  writeNonce(scratch, iv, pathId, packetNumber)
  return toHex(scratch)
}

for (const vector of vectors.nonces)
  test(`${vector.name}: ${vector.why}`, () => {
    const iv = must(fromHex(vector.iv), 'hex')
    expect(nonceOf(iv, vector.pathId, vector.packetNumber)).toBe(vector.nonce)
    expect(toHex(iv)).toBe(vector.iv)
  })

const iv = fc
  .constantFrom(packetNonceBytes, 16)
  .chain(length => fc.uint8Array({ minLength: length, maxLength: length }))
const pathId = fc.nat({ max: 2 ** 32 - 1 })
const packetNumber = fc.maxSafeNat()

test('it is the iv XOR the 96-bit big-endian number that path and number make, in its last 12 bytes', () => {
  fc.assert(
    fc.property(iv, pathId, packetNumber, (bytes, path, number) => {
      const laid = (BigInt(path) << 64n) | BigInt(number)
      const expected = (BigInt(`0x${toHex(bytes)}`) ^ laid).toString(16).padStart(2 * bytes.length, '0')
      expect(nonceOf(bytes, path, number)).toBe(expected)
    }),
  )
})

test('two packets share a nonce only when they share path and number', () => {
  fc.assert(
    fc.property(iv, pathId, packetNumber, pathId, packetNumber, (bytes, path, number, otherPath, other) => {
      const same = path === otherPath && number === other
      expect(nonceOf(bytes, path, number) === nonceOf(bytes, otherPath, other)).toBe(same)
    }),
  )
})
