// What a seed derives, against the vectors. §13.1

import { blake3 } from '@noble/hashes/blake3.js'
import { expect, test } from 'vitest'
import { toHex, writeU32 } from '../../src/base/bytes.ts'
import { zeroCutLength } from '../../src/cut/chunker.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import vectors from '../vectors/cut.json' with { type: 'json' }
import { makeInput } from './inputs.ts'

test('the open seed is the published one', () => {
  expect(toHex(openSeed())).toBe('0f7f0bf1a6a2daa1eeb853a7d62dae9a804fbf5b21683eab91737f40a4494765')
})

for (const v of vectors.seeds) {
  test(`${v.name}: ${v.why}`, () => {
    const keys = deriveSeedKeys(Uint8Array.from(v.seed.match(/../g) ?? [], pair => Number.parseInt(pair, 16)))
    const table = new Uint8Array(1024)
    keys.gear.forEach((word, i) => {
      writeU32(table, 4 * i, word)
    })
    expect(toHex(blake3(table))).toBe(v.gearBlake3)
    expect(toHex(table.subarray(0, 16))).toBe(v.gearFirst.join(''))
    for (const name of ['chunkId', 'leaf', 'inner', 'root', 'poolId', 'placement', 'atRest'] as const)
      expect(toHex(keys[name]), name).toBe(v[name])
    expect(zeroCutLength(keys.gear, chunking1)).toBe(v.zeroCut)
  })
}

test('no two keys of a seed are alike, and the pool id is part of none (§13.1-1, §13.1-2)', () => {
  const { gear, poolId, ...keys } = deriveSeedKeys(openSeed())
  const all = Object.values(keys).map(toHex)
  expect(new Set(all).size).toBe(6)
  for (const key of all) expect(key).not.toContain(toHex(poolId))
  expect(new Set(gear).size).toBe(256)
})

test('a seed one bit away has another pool id and another table', () => {
  const other = openSeed()
  other[31]! ^= 1
  const [a, b] = [deriveSeedKeys(openSeed()), deriveSeedKeys(other)]
  expect(toHex(a.poolId)).not.toBe(toHex(b.poolId))
  expect(a.gear.filter((word, i) => word === b.gear[i]).length).toBe(0)
})

test('a seed of any other length is our bug', () => {
  for (const length of [31, 33])
    expect(() => deriveSeedKeys(makeInput('zero', length))).toThrow('internal error')
})
