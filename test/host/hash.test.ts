// BLAKE3 against its published vectors, the bulk hash against the reference. §13.1, §13.3

import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { createBLAKE3 } from 'hash-wasm'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { createHashes } from '../../src/host/hash.ts'
import { makeInput } from '../cut/inputs.ts'
import vectors from '../vectors/blake3.json' with { type: 'json' }

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const keys = deriveSeedKeys(openSeed())
const hashes = await createHashes(keys)

describe('BLAKE3 as published', () => {
  const key = ascii(vectors.key)
  for (const v of vectors.cases) {
    test(`${v.name}: hash, keyed and derived`, async () => {
      const input = makeInput('painted', v.inputBytes)
      expect(toHex(blake3(input, { dkLen: v.hash.length / 2 }))).toBe(v.hash)
      expect(toHex(blake3(input, { key, dkLen: v.keyed.length / 2 }))).toBe(v.keyed)
      expect(toHex(blake3(input, { context: ascii(vectors.context), dkLen: v.derived.length / 2 }))).toBe(
        v.derived,
      )
      expect((await createBLAKE3(256, key)).update(input).digest('hex')).toBe(v.keyed.slice(0, 64))
    })
  }
})

test('the bulk hash and the reference agree on any bytes, key and split', () => {
  const all = [keys.chunkId, keys.leaf, keys.inner, keys.root]
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.nat(5000),
      fc.constantFrom(...all),
      (bytes, at, key) => {
        const parts = [bytes.subarray(0, at), bytes.subarray(Math.min(at, bytes.length))]
        expect(toHex(hashes.hash(key, ...parts))).toBe(toHex(blake3(bytes, { key })))
      },
    ),
  )
})

test('a chunk id is the hash under the chunk-id key, of a view as of a copy', () => {
  const bytes = makeInput('splitmix', 70_000, 4)
  const view = bytes.subarray(33, 65_000)
  expect(toHex(hashes.chunkId(view))).toBe(toHex(blake3(view.slice(), { key: keys.chunkId })))
})

test('an id stays what it was when the next is made', () => {
  const first = hashes.chunkId(ascii('one'))
  const before = toHex(first)
  hashes.chunkId(ascii('two'))
  expect(toHex(first)).toBe(before)
})

test('zero ids are those of zero bytes, asked once or often, for more lengths than are remembered', () => {
  for (const length of [1, 131_072, 131_072, ...Array.from({ length: 80 }, (_, i) => i + 2), 2, 81])
    expect(toHex(hashes.zeroId(length))).toBe(toHex(hashes.chunkId(new Uint8Array(length))))
})

test('a key nobody prepared is our bug', () => {
  expect(() => hashes.hash(keys.placement)).toThrow('internal error')
})

test('xxh64 is the published one, big-endian', () => {
  expect(toHex(hashes.xxh64(new Uint8Array(0)))).toBe('ef46db3751d8e999')
  expect(toHex(hashes.xxh64(ascii('a')))).toBe('d24ec4f1a98c6e5b')
  expect(toHex(hashes.xxh64(ascii('abc')))).toBe('44bc2cf5ad770999')
})
