// The addon's hashes: the suite of both twins, the published vectors in full, and against the portable twin on whatever
// chance brings. §13.1, §13.3

import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat, toHex } from '../../src/base/bytes.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { native } from '../../src/host/addon.ts'
import { createHashes } from '../../src/host/hash.ts'
import { type HashAddon, hashAddon } from '../../src/host/hash_native.ts'
import { makeInput } from '../cut/inputs.ts'
import { hashSuite } from '../suites/hash.ts'
import vectors from '../vectors/blake3.json' with { type: 'json' }

const loaded = hashAddon(native().addon)
const addon = (): HashAddon => must(loaded, 'the addon')
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const keys = deriveSeedKeys(openSeed())

describe.skipIf(!loaded)('the addon', () => {
  hashSuite('native hashes', keys => createHashes(keys, loaded))

  const filled = (length: number, fill: (out: Uint8Array) => void): string => {
    const out = new Uint8Array(length)
    fill(out)
    return toHex(out)
  }

  for (const v of vectors.cases)
    test(`${v.name}: hash, keyed and derived, at length`, () => {
      const input = makeInput('painted', v.inputBytes)
      const { blake3, blake3DeriveKey } = addon()
      expect(filled(v.hash.length / 2, out => blake3(null, input, out))).toBe(v.hash)
      expect(filled(v.keyed.length / 2, out => blake3(ascii(vectors.key), input, out))).toBe(v.keyed)
      expect(filled(v.derived.length / 2, out => blake3DeriveKey(ascii(vectors.context), input, out))).toBe(
        v.derived,
      )
    })

  test('both twins agree on any part of any bytes', async () => {
    const fast = await createHashes(keys, loaded)
    const portable = await createHashes(keys, null)
    const bytes = makeInput('splitmix', 300_000, 11)
    fc.assert(
      fc.property(fc.nat(200_000), fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(100_000)), (at, length) => {
        const part = bytes.subarray(at, at + length)
        expect(toHex(fast.chunkId(part))).toBe(toHex(portable.chunkId(part)))
        expect(toHex(fast.hash(keys.root, part))).toBe(toHex(portable.hash(keys.root, part)))
        expect(toHex(fast.xxh64(part))).toBe(toHex(portable.xxh64(part)))
      }),
      { numRuns: 300 },
    )
  })

  test('many inputs in one call are hashed each by itself', () => {
    const inputs = fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 5000 })))
    fc.assert(
      fc.property(inputs, inputs => {
        const out = new Uint8Array(32 * inputs.length)
        addon().blake3Many(
          keys.leaf,
          concat(...inputs),
          Uint32Array.from(inputs, i => i.length),
          out,
        )
        expect(toHex(out)).toBe(inputs.map(input => toHex(blake3(input, { key: keys.leaf }))).join(''))
      }),
    )
  })

  test('large inputs are hashed by several threads, several at a time', async () => {
    const bytes = makeInput('splitmix', (5 << 20) + 321, 3)
    const parts = [0, 1, 1024, 70_000, 1 << 20, (1 << 20) + 1, 2 << 20, bytes.length].map(n =>
      bytes.subarray(0, n),
    )
    const found = await Promise.all(parts.map(part => addon().blake3Async(keys.leaf, part)))
    for (const [i, part] of parts.entries()) {
      const wanted = new Uint8Array(32)
      addon().blake3(keys.leaf, part, wanted)
      expect(toHex(found[i] ?? wanted.fill(0))).toBe(toHex(wanted))
    }
    expect(toHex(await addon().blake3Async(null, bytes.subarray(0, 3_000_000)))).toBe(
      toHex(blake3(bytes.subarray(0, 3_000_000))),
    )
  })

  test('what cannot be is a TypeError, never a crash', () => {
    const out = new Uint8Array(32)
    const { blake3, blake3Many, blake3Async, xxh64 } = addon()
    expect(() => blake3(new Uint8Array(31), out, out)).toThrow('argument 0 must be a key of 32 bytes')
    expect(() => blake3(null, out.buffer as never, out)).toThrow('argument 1 must be bytes')
    expect(() => blake3Many(null, out, Uint32Array.of(16, 17), new Uint8Array(64))).toThrow(
      'within the inputs',
    )
    expect(() => blake3Many(null, out, Uint32Array.of(16, 16), new Uint8Array(63))).toThrow('for each input')
    expect(() => xxh64(out, out)).toThrow('8 bytes')
    expect(() => blake3Async(keys.leaf.subarray(1), out)).toThrow('32 bytes')
  })

  test('it says which kernel it uses', () => {
    expect(['avx512', 'avx2', 'sse41', 'neon', 'portable']).toContain(addon().blake3Kernel())
  })
})
