// Vectors of §13.1 and §13.2: what seeds derive, and where generated inputs are cut.

import { blake3 } from '@noble/hashes/blake3.js'
import { toHex, Writer } from '../../src/base/bytes.ts'
import { createCutter, zeroCutLength } from '../../src/cut/chunker.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { cutAll, makeInput, type Rule } from '../cut/inputs.ts'

const notes = [
  'input painted: byte i is i mod 251; zero: all zero',
  'input splitmix: 32-bit words, big-endian, one per step of: s += 0x9e3779b9; w = (s ^ s >> 16) * 0x85ebca6b;',
  'w = (w ^ w >> 13) * 0xc2b2ae35; w ^= w >> 16, all modulo 2^32, >> without sign, s beginning at inputSeed',
  'cuts: the lengths of the chunks in order',
]

export function make(): unknown {
  const privateSeed = makeInput('painted', 32)
  return {
    notes,
    seeds: [
      seedVector('open', 'the published seed', openSeed()),
      seedVector('private', '00 to 1f', privateSeed),
    ],
    cuts: [...cutVectors('open', openSeed()), ...cutVectors('private', privateSeed)],
  }
}

function seedVector(name: string, why: string, seed: Uint8Array): unknown {
  const keys = deriveSeedKeys(seed)
  const w = new Writer(new Uint8Array(1024))
  for (const word of keys.gear) w.u32(word)
  return {
    name: `seed/${name}`,
    why,
    seed: toHex(seed),
    gearFirst: [...keys.gear.subarray(0, 4)].map(word => word.toString(16).padStart(8, '0')),
    gearBlake3: toHex(blake3(w.written())),
    chunkId: toHex(keys.chunkId),
    leaf: toHex(keys.leaf),
    inner: toHex(keys.inner),
    root: toHex(keys.root),
    poolId: toHex(keys.poolId),
    placement: toHex(keys.placement),
    atRest: toHex(keys.atRest),
    zeroCut: zeroCutLength(keys.gear, chunking1),
    expect: 'ok',
  }
}

function cutVectors(name: string, seed: Uint8Array): unknown[] {
  const { minBytes: min, maxBytes: max } = chunking1
  const cut = createCutter(deriveSeedKeys(seed).gear, chunking1)
  const rows: [string, Rule, number][] = [
    ['nothing at all', 'zero', 0],
    ['one byte is one chunk', 'zero', 1],
    ['shorter than min', 'splitmix', min - 1],
    ['exactly min', 'splitmix', min],
    ['one past min', 'splitmix', min + 1],
    ['a period of 251, shorter than max', 'painted', max - 1],
    ['a period of 251, exactly max', 'painted', max],
    ['a period of 251, one past max', 'painted', max + 1],
    ['zeros shorter than max', 'zero', max - 1],
    ['zeros, exactly max', 'zero', max],
    ['zeros, one past max', 'zero', max + 1],
    ['a long run of zeros', 'zero', 5 * max + 7],
    ['like random bytes', 'splitmix', 2 ** 20],
  ]
  return rows.map(([why, input, bytes]) => ({
    name: `cut/${name}/${input}/${bytes}`,
    why,
    seed: toHex(seed),
    input,
    inputSeed: 1,
    bytes,
    cuts: cutAll(cut, makeInput(input, bytes, 1)),
    expect: 'ok',
  }))
}
