// What the hashes of contents must be, whichever library computes them: keyed BLAKE3 as published and as the reference
// has it, and XXH64. PROTOCOL.md §13.1, §13.3

import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import type { ContentKeys, Hashes } from '../../src/host/hash.ts'
import { makeInput } from '../cut/inputs.ts'
import vectors from '../vectors/blake3.json' with { type: 'json' }

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const keys = deriveSeedKeys(openSeed())

export function hashSuite(name: string, create: (keys: ContentKeys) => Promise<Hashes>): void {
  describe(name, () => {
    test('a chunk id is keyed BLAKE3 as published', async () => {
      const hashes = await create({ ...keys, chunkId: ascii(vectors.key) })
      for (const v of vectors.cases)
        expect(toHex(hashes.chunkId(makeInput('painted', v.inputBytes))), v.name).toBe(v.keyed.slice(0, 64))
    })

    test('it agrees with the reference on any bytes, key and split', async () => {
      const hashes = await create(keys)
      const all = [keys.chunkId, keys.leaf, keys.inner, keys.root]
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 5000 }),
          fc.nat(5000),
          fc.constantFrom(...all),
          (bytes, at, key) => {
            const parts = [bytes.subarray(0, at), bytes.subarray(Math.min(at, bytes.length))]
            const wanted = toHex(blake3(bytes, { key }))
            expect(toHex(hashes.hash(key, ...parts))).toBe(wanted)
            expect(toHex(hashes.hash(key, bytes))).toBe(wanted)
          },
        ),
      )
    })

    test('it agrees with the reference around every number of chunks that kernels take at once', async () => {
      const hashes = await create(keys)
      const input = makeInput('splitmix', 129 * 1024 + 1, 7)
      for (const chunks of [2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 128])
        for (const by of [-1, 0, 1]) {
          const bytes = input.subarray(1, 1 + chunks * 1024 + by)
          expect(toHex(hashes.chunkId(bytes))).toBe(toHex(blake3(bytes, { key: keys.chunkId })))
        }
    })

    test('the ids of many chunks are those of each', async () => {
      const hashes = await create(keys)
      const input = makeInput('splitmix', 300_000, 8)
      const lengths = Uint32Array.of(16_384, 1, 131_072, 1025, 64, 100_000)
      const out = new Uint8Array(32 * lengths.length + 1).fill(9)
      hashes.chunkIds(input, lengths, out)
      let at = 0
      for (const [i, length] of lengths.entries()) {
        const wanted = toHex(hashes.chunkId(input.subarray(at, at + length)))
        expect(toHex(out.subarray(32 * i, 32 * i + 32))).toBe(wanted)
        at += length
      }
      expect(out.at(-1)).toBe(9)
    })

    test('the hash of no parts is that of nothing', async () => {
      const hashes = await create(keys)
      expect(toHex(hashes.hash(keys.leaf))).toBe(toHex(blake3(new Uint8Array(0), { key: keys.leaf })))
    })

    test('of a view as of a copy, and of shared memory', async () => {
      const hashes = await create(keys)
      const bytes = makeInput('splitmix', 70_000, 4)
      const view = bytes.subarray(33, 65_000)
      const shared = new Uint8Array(new SharedArrayBuffer(view.length))
      shared.set(view)
      const wanted = toHex(blake3(view.slice(), { key: keys.chunkId }))
      expect(toHex(hashes.chunkId(view))).toBe(wanted)
      expect(toHex(hashes.chunkId(shared))).toBe(wanted)
      expect(toHex(hashes.chunkId(Buffer.from(view)))).toBe(wanted)
    })

    test('what it gave stays what it was when the next is made, and is no larger than it says', async () => {
      const hashes = await create(keys)
      for (const of of [hashes.chunkId, hashes.xxh64, (b: Uint8Array) => hashes.hash(keys.leaf, b)]) {
        const first = of(ascii('one'))
        const before = toHex(first)
        of(ascii('two'))
        expect(toHex(first)).toBe(before)
        expect(first.buffer.byteLength).toBe(first.length)
      }
    })

    test('zero ids are those of zero bytes, asked once or often, for more lengths than are remembered', async () => {
      const hashes = await create(keys)
      for (const length of [1, 131_072, 131_072, ...Array.from({ length: 80 }, (_, i) => i + 2), 2, 81])
        expect(toHex(hashes.zeroId(length))).toBe(toHex(hashes.chunkId(new Uint8Array(length))))
    })

    test('a key nobody prepared is our bug', async () => {
      const hashes = await create(keys)
      expect(() => hashes.hash(keys.placement)).toThrow('internal error')
    })

    // XXH64 of the xxHash project: `xxhsum -H64` says the same
    test('xxh64 is the published one, big-endian', async () => {
      const { xxh64 } = await create(keys)
      expect(toHex(xxh64(new Uint8Array(0)))).toBe('ef46db3751d8e999')
      expect(toHex(xxh64(ascii('a')))).toBe('d24ec4f1a98c6e5b')
      expect(toHex(xxh64(ascii('abc')))).toBe('44bc2cf5ad770999')
    })
  })
}
