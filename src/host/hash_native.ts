// The addon's hashes: BLAKE3 in the widest registers of this machine, and XXH64. native/bind_hash.cc

import { assert } from '../base/assert.ts'
import { concat } from '../base/bytes.ts'
import type { BulkHashes, ContentKeys } from './hash.ts'

/** What bind_hash.cc puts on the addon. A key is 32 bytes, or null for the plain hash; outputs go into `out`. */
export interface HashAddon {
  blake3(key: Uint8Array | null, input: Uint8Array, out: Uint8Array): void
  blake3DeriveKey(context: Uint8Array, keyMaterial: Uint8Array, out: Uint8Array): void
  /** Inputs one behind another in `inputs`; 32 bytes for each. */
  blake3Many(key: Uint8Array | null, inputs: Uint8Array, lengths: Uint32Array, out: Uint8Array): void
  /** A large input on several threads; it must be neither changed nor transferred until the promise settles. */
  blake3Async(key: Uint8Array | null, input: Uint8Array): Promise<Uint8Array>
  /** For `pfs doctor`: avx512, avx2, sse41, neon or portable. */
  blake3Kernel(): string
  /** 8 bytes, big-endian. */
  xxh64(input: Uint8Array, out: Uint8Array): void
}

/** The part of an addon that hashes, if it has one. */
export function hashAddon(addon: unknown): HashAddon | undefined {
  const isOne = typeof addon === 'object' && addon !== null && 'blake3' in addon
  return isOne ? (addon as HashAddon) : undefined
}

export class NativeHashes implements BulkHashes {
  readonly #addon: HashAddon
  readonly #keys: ReadonlySet<Uint8Array>
  readonly chunkId: (bytes: Uint8Array) => Uint8Array
  readonly chunkIds: (bytes: Uint8Array, lengths: Uint32Array, out: Uint8Array) => void
  readonly xxh64: (bytes: Uint8Array) => Uint8Array

  constructor(addon: HashAddon, keys: ContentKeys) {
    this.#addon = addon
    this.#keys = new Set([keys.chunkId, keys.leaf, keys.inner, keys.root])
    // the addon writes here, and slice() copies: a small array that C++ asks the address of would first be given an
    // ArrayBuffer, which costs more than the hash of a short input
    const hash = new Uint8Array(new ArrayBuffer(32))
    const sum = new Uint8Array(new ArrayBuffer(8))
    this.chunkId = bytes => {
      addon.blake3(keys.chunkId, bytes, hash)
      return hash.slice()
    }
    this.chunkIds = (bytes, lengths, out) => addon.blake3Many(keys.chunkId, bytes, lengths, out)
    this.xxh64 = bytes => {
      addon.xxh64(bytes, sum)
      return sum.slice()
    }
  }

  hash(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
    assert(this.#keys.has(key), 'no hasher was prepared for this key')
    const hash = new Uint8Array(32)
    const [first] = parts
    this.#addon.blake3(key, parts.length === 1 && first ? first : concat(...parts), hash)
    return hash
  }
}
