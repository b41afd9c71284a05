// The portable hashes: hash-wasm's BLAKE3, one prepared hasher per key, and xxhash-wasm.

import { createBLAKE3, type IHasher } from 'hash-wasm'
import xxhash from 'xxhash-wasm'
import { must } from '../base/assert.ts'
import type { BulkHashes, ContentKeys } from './hash.ts'

/** A hasher is prepared for each key, which takes a promise. */
export async function createWasmHashes(keys: ContentKeys): Promise<BulkHashes> {
  const hashers = new Map<Uint8Array, IHasher>()
  for (const key of [keys.chunkId, keys.leaf, keys.inner, keys.root]) {
    hashers.set(key, await createBLAKE3(256, key))
  }
  const chunkHasher = must(hashers.get(keys.chunkId), 'the chunk hasher')
  const { h64Raw } = await xxhash()

  const chunkId = (bytes: Uint8Array): Uint8Array => chunkHasher.init().update(bytes).digest('binary')
  return {
    chunkId,
    chunkIds(bytes, lengths, out) {
      let at = 0
      for (const [i, length] of lengths.entries()) {
        out.set(chunkId(bytes.subarray(at, at + length)), 32 * i)
        at += length
      }
    },
    hash(key, ...parts) {
      const hasher = must(hashers.get(key), 'no hasher was prepared for this key').init()
      for (const part of parts) hasher.update(part)
      return hasher.digest('binary')
    },
    xxh64(bytes) {
      const sum = new Uint8Array(8)
      new DataView(sum.buffer).setBigUint64(0, h64Raw(bytes))
      return sum
    },
  }
}
