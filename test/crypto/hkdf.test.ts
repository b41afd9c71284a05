// HKDF against RFC 5869 and against the plain formula of Noise §4.3. §6.1-1, §6.2-1

import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import { hkdfExpand, hkdfExtract, noiseHkdf } from '../../src/crypto/hkdf.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import published from '../vectors/primitives.json' with { type: 'json' }

const primitives = await createPrimitives()
const hex = (text: string) => must(fromHex(text), 'hex in a vector')

for (const vector of published.hkdfSha256)
  test(`${vector.name} as published`, () => {
    const secret = hkdfExtract(primitives, hex(vector.salt), hex(vector.input))
    expect(toHex(secret)).toBe(vector.secret)
    const output = hkdfExpand(primitives, secret, hex(vector.info), vector.output.length / 2)
    expect(toHex(output)).toBe(vector.output)
  })

test('Noise’s outputs are the chain of HMACs its specification writes', () => {
  const chain = new Uint8Array(32).fill(1)
  const input = new Uint8Array(32).fill(2)
  const temporary = primitives.hmacSha256(chain, input)
  const first = primitives.hmacSha256(temporary, Uint8Array.of(1))
  const second = primitives.hmacSha256(temporary, first, Uint8Array.of(2))
  const third = primitives.hmacSha256(temporary, second, Uint8Array.of(3))
  expect(noiseHkdf(primitives, chain, input, 2)).toEqual(concat(first, second))
  expect(noiseHkdf(primitives, chain, input, 3)).toEqual(concat(first, second, third))
})

test('96 bytes are given, one more is our bug', () => {
  const secret = new Uint8Array(32)
  expect(hkdfExpand(primitives, secret, secret, 96)).toHaveLength(96)
  expect(() => hkdfExpand(primitives, secret, secret, 97)).toThrow('internal error')
})
