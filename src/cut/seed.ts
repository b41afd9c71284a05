// The keys of a pool: everything that derives from its 32-byte seed. One BLAKE3 derive_key context per use, so that
// no key says anything about another (§13.1-1). Knows neither chunks nor storage. PROTOCOL.md §13.1

import { blake3 } from '@noble/hashes/blake3.js'
import { assert } from '../base/assert.ts'
import { readU32 } from '../base/bytes.ts'

export const seedBytes = 32

/** BLAKE3 of this text is the open seed: published, so that any two pools may share it, and so it hides nothing. */
const openSeedText = 'pfs open seed 1'

export interface SeedKeys {
  /** 256 words, one for each byte value: where content is cut. */
  readonly gear: Uint32Array
  readonly chunkId: Uint8Array
  readonly leaf: Uint8Array
  readonly inner: Uint8Array
  readonly root: Uint8Array
  /** 16 bytes that tell whether two pools share a seed, and nothing of the seed: all that peers compare (§13.1-2). */
  readonly poolId: Uint8Array
  readonly placement: Uint8Array
  readonly atRest: Uint8Array
}

export const openSeed = (): Uint8Array => blake3(ascii(openSeedText))

export function deriveSeedKeys(seed: Uint8Array): SeedKeys {
  assert(seed.length === seedBytes, 'a seed is 32 bytes')
  const derive = (use: string, length = 32): Uint8Array =>
    blake3(seed, { context: ascii(`pfs 1 ${use}`), dkLen: length })
  return {
    gear: words(derive('gear table', 4 * 256)),
    chunkId: derive('chunk id'),
    leaf: derive('recipe leaf'),
    inner: derive('recipe inner'),
    root: derive('recipe root'),
    poolId: derive('pool id', 16),
    placement: derive('placement'),
    atRest: derive('at rest'),
  }
}

function words(bytes: Uint8Array): Uint32Array {
  const table = new Uint32Array(bytes.length / 4)
  for (let i = 0; i < table.length; i++) table[i] = readU32(bytes, 4 * i)
  return table
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, letter => letter.charCodeAt(0))
}
