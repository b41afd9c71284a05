// The handshake's primitives against their published vectors, and chance. §6.1-1, §6.1-3

import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import { suiteChaChaPoly } from '../../src/crypto/suites.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import { randomBytes } from '../../src/host/random.ts'
import published from '../vectors/primitives.json' with { type: 'json' }

const primitives = await createPrimitives()
const hex = (text: string) => must(fromHex(text), 'hex in a vector')

for (const vector of published.x25519)
  test(`${vector.name} as published`, () => {
    expect(toHex(must(primitives.dh(hex(vector.privateKey), hex(vector.publicKey)), 'a secret'))).toBe(
      vector.shared,
    )
    if (vector.ownPublicKey)
      expect(toHex(primitives.generateKeyPair(hex(vector.privateKey)).publicKey)).toBe(vector.ownPublicKey)
  })

for (const vector of published.aead.filter(one => one.suite === suiteChaChaPoly))
  test(`${vector.name} as published, for handshake messages`, () => {
    const [key, nonce, header] = [hex(vector.key), hex(vector.nonce), hex(vector.header)]
    const sealed = primitives.seal(key, nonce, header, hex(vector.plain ?? ''))
    expect(toHex(sealed)).toBe(vector.sealed)
    expect(toHex(must(primitives.open(key, nonce, header, sealed), 'opens'))).toBe(vector.plain)
    for (const length of [0, 15, sealed.length - 1])
      expect(primitives.open(key, nonce, header, sealed.slice(0, length))).toBeUndefined()
  })

test('a point of low order gives no secret (§6.1-3)', () => {
  for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))])
    expect(primitives.dh(new Uint8Array(32).fill(1), point)).toBeUndefined()
})

test('a pair keeps a copy of its chance', () => {
  const random = new Uint8Array(32).fill(6)
  const pair = primitives.generateKeyPair(random)
  random.fill(0)
  expect(pair.privateKey).toEqual(new Uint8Array(32).fill(6))
})

test('hashes take parts as one input', () => {
  const [a, b] = [hex('616263'), hex('64')]
  expect(toHex(primitives.sha256(a))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(primitives.sha256(a, b)).toEqual(primitives.sha256(concat(a, b)))
  expect(primitives.hmacSha256(a, a, b)).toEqual(primitives.hmacSha256(a, concat(a, b)))
})

test('random bytes own their memory and differ', () => {
  const bytes = randomBytes(32)
  expect(bytes.buffer.byteLength).toBe(32)
  expect(bytes.constructor).toBe(Uint8Array)
  expect(toHex(bytes)).not.toBe(toHex(randomBytes(32)))
})
