// The portable hashes, and the reference that all are compared with, against the published vectors. §13.1, §13.3

import { blake3 } from '@noble/hashes/blake3.js'
import { createBLAKE3 } from 'hash-wasm'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { createHashes } from '../../src/host/hash.ts'
import { makeInput } from '../cut/inputs.ts'
import { hashSuite } from '../suites/hash.ts'
import vectors from '../vectors/blake3.json' with { type: 'json' }

hashSuite('hashes by WebAssembly', keys => createHashes(keys, null))

describe('BLAKE3 as published', () => {
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
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
