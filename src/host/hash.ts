// The hashes everything else is handed: keyed BLAKE3 in bulk, and XXH64 for what only guards against accidents. The addon
// computes them where it is there, WebAssembly where not. Knows no files. PROTOCOL.md §13.1

import type { SeedKeys } from '../cut/seed.ts'
import type { KeyedHash } from '../cut/tree.ts'
import { native } from './addon.ts'
import { hashAddon, NativeHashes } from './hash_native.ts'

/** What one implementation computes. `hash` takes only the four keys for contents: chunkId, leaf, inner and root. */
export interface BulkHashes extends KeyedHash {
  /** An array of its own for each. */
  readonly chunkId: (bytes: Uint8Array) => Uint8Array
  /** The ids of chunks of these lengths, one behind another in `bytes`: 32 bytes each go to `out`. */
  readonly chunkIds: (bytes: Uint8Array, lengths: Uint32Array, out: Uint8Array) => void
  /** 8 bytes, big-endian, seed 0: against accidents, never against people. */
  readonly xxh64: (bytes: Uint8Array) => Uint8Array
}

export interface Hashes extends BulkHashes {
  /** The id of a chunk of `length` zero bytes; remembered. */
  zeroId(length: number): Uint8Array
}

export type ContentKeys = Pick<SeedKeys, 'chunkId' | 'leaf' | 'inner' | 'root'>

/** Zero chunks come in one length, and the odd one at the end of a content. */
const zeroIdsMax = 64

/** @param loaded what the addon gives, for tests of one twin */
export async function createHashes(keys: ContentKeys, loaded: unknown = native().addon): Promise<Hashes> {
  const addon = hashAddon(loaded)
  if (addon) return withZeroIds(new NativeHashes(addon, keys))
  // not before it is needed: loading it compiles WebAssembly
  const { createWasmHashes } = await import('./hash_wasm.ts')
  return withZeroIds(await createWasmHashes(keys))
}

function withZeroIds(bulk: BulkHashes): Hashes {
  const zeroIds = new Map<number, Uint8Array>()
  return {
    chunkId: bulk.chunkId,
    chunkIds: bulk.chunkIds,
    xxh64: bulk.xxh64,
    hash: (key, ...parts) => bulk.hash(key, ...parts),
    zeroId(length) {
      const known = zeroIds.get(length)
      if (known) return known
      const id = bulk.chunkId(new Uint8Array(length))
      if (zeroIds.size < zeroIdsMax) zeroIds.set(length, id)
      return id
    },
  }
}
