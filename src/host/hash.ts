// The hashes everything else is handed: keyed BLAKE3 in bulk by WebAssembly, and XXH64 for what only guards against
// accidents. One prepared hasher per key. Knows no files. PROTOCOL.md §13.1

import { createBLAKE3, type IHasher } from 'hash-wasm'
import xxhash from 'xxhash-wasm'
import { must } from '../base/assert.ts'
import type { SeedKeys } from '../cut/seed.ts'
import type { KeyedHash } from '../cut/tree.ts'

export interface Hashes extends KeyedHash {
  chunkId(bytes: Uint8Array): Uint8Array
  /** The id of a chunk of `length` zero bytes; remembered. */
  zeroId(length: number): Uint8Array
  /** 8 bytes, big-endian, seed 0: against accidents, never against people. */
  xxh64(bytes: Uint8Array): Uint8Array
}

/** Zero chunks come in one length, and the odd one at the end of a content. */
const zeroIdsMax = 64

/** `hash` takes only the keys of `keys` themselves: a hasher is prepared for each, which takes a promise. */
export async function createHashes(keys: SeedKeys): Promise<Hashes> {
  const hashers = new Map<Uint8Array, IHasher>()
  for (const key of [keys.chunkId, keys.leaf, keys.inner, keys.root]) {
    hashers.set(key, await createBLAKE3(256, key))
  }
  const chunkHasher = must(hashers.get(keys.chunkId), 'the chunk hasher')
  const { h64Raw } = await xxhash()
  const zeroIds = new Map<number, Uint8Array>()

  const chunkId = (bytes: Uint8Array): Uint8Array => chunkHasher.init().update(bytes).digest('binary')

  return {
    chunkId,
    hash(key, ...parts) {
      const hasher = must(hashers.get(key), 'no hasher was prepared for this key').init()
      for (const part of parts) hasher.update(part)
      return hasher.digest('binary')
    },
    zeroId(length) {
      const known = zeroIds.get(length)
      if (known) return known
      const id = chunkId(new Uint8Array(length))
      if (zeroIds.size < zeroIdsMax) zeroIds.set(length, id)
      return id
    },
    xxh64(bytes) {
      const sum = new Uint8Array(8)
      new DataView(sum.buffer).setBigUint64(0, h64Raw(bytes))
      return sum
    },
  }
}
