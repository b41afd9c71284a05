// Blob ids and their trees against the vectors and a plain walk; repair from both sides. §13.4, §13.5

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { entryId, entryLength, PackedRecipe, type Recipe, rowBytes } from '../../src/cut/recipe.ts'
import { childRanges, isChild, nodeChildren, nodeCount, topLevel } from '../../src/cut/repair.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { blobId, blobType, isKnownBlob, type KeyedHash, type Tree, TreeBuilder } from '../../src/cut/tree.ts'
import vectors from '../vectors/recipe.json' with { type: 'json' }
import { noble } from './nobled.ts'
import { generatedRecipe } from './recipes.ts'

const keys = deriveSeedKeys(openSeed())

function build(recipe: Recipe): Tree {
  const builder = new TreeBuilder(noble, keys)
  for (let i = 0; i < recipe.chunkCount; i++) {
    builder.add(entryLength(recipe.entry(i)), entryId(recipe.entry(i)))
  }
  return builder.finish()
}

describe('trees and blob ids', () => {
  for (const v of vectors.trees) {
    test(`${v.name}: ${v.why}`, () => {
      const recipe = generatedRecipe(v.chunkCount)
      const tree = build(recipe)
      expect(tree.byteLength).toBe(v.byteLength)
      expect(toHex(tree.top)).toBe(v.top)
      expect(toHex(blobId(noble, keys, blobType.file, 1, tree))).toBe(v.blobId)
      expect(topLevel(v.chunkCount)).toBe(v.topLevel)
      const children = nodeChildren(noble, keys, recipe, v.topLevel, 0)
      expect(
        children.slice(0, 3).map(child => ({ byteLength: child.byteLength, hash: toHex(child.hash) })),
      ).toEqual(v.firstChildren)
    })
  }

  test('any chunk changed, dropped or swapped gives another top (§13.4-1)', () => {
    const rows = generatedRecipe(200).rows
    const top = (changed: Uint8Array): string => toHex(build(new PackedRecipe(changed)).top)
    const seen = new Set([top(rows), top(rows.subarray(rowBytes)), top(rows.subarray(0, -rowBytes))])
    for (const at of [0, 3, 4, 35, 64 * rowBytes + 7, rows.length - 1]) {
      const changed = rows.slice()
      changed[at]! ^= 1
      seen.add(top(changed))
    }
    const swapped = rows.slice()
    swapped.copyWithin(0, rowBytes, 2 * rowBytes)
    swapped.set(rows.subarray(0, rowBytes), rowBytes)
    seen.add(top(swapped))
    expect(seen.size).toBe(10)
  })

  test('the root binds type, chunking, length and count', () => {
    const tree = build(generatedRecipe(3))
    const ids = [
      blobId(noble, keys, blobType.file, 1, tree),
      blobId(noble, keys, blobType.manifest, 1, tree),
      blobId(noble, keys, blobType.file, 2, tree),
      blobId(noble, keys, blobType.file, 1, { ...tree, byteLength: tree.byteLength + 1 }),
      blobId(noble, keys, blobType.file, 1, { ...tree, chunkCount: 4 }),
    ]
    expect(new Set(ids.map(toHex)).size).toBe(5)
  })

  test('files, manifests and images cut by parameters 1 are known (§13.2-3, §13.4-2)', () => {
    for (const type of [blobType.file, blobType.manifest, blobType.image])
      expect(isKnownBlob(type, chunking1.id)).toBe(true)
    expect(isKnownBlob(blobType.file, 2)).toBe(false)
    for (const type of [0, blobType.seedPack, 5]) expect(isKnownBlob(type, chunking1.id)).toBe(false)
  })
})

// A hash that is quick and says what it was given, so that large shapes can be compared with a plain recursion.
const quick: KeyedHash = {
  hash(key, ...parts) {
    const sum = new Uint8Array(32)
    let at = key[0]!
    for (const part of parts) for (const byte of part) sum[at % 32]! += byte + (at++ % 251)
    return sum
  },
}

test('the builder agrees with a walk over the whole recipe, at every count', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), count => {
      const recipe = generatedRecipe(count)
      const builder = new TreeBuilder(quick, keys)
      for (let i = 0; i < count; i++) builder.add(entryLength(recipe.entry(i)), entryId(recipe.entry(i)))
      const top = { byteLength: recipe.byteLength, hash: builder.finish().top }
      expect(isChild(quick, keys, recipe, topLevel(count) + 1, top)).toBe(true)
    }),
    { numRuns: 40 },
  )
})

describe('repair', () => {
  const count = 4097
  const recipe = generatedRecipe(count)
  const slice = (from: number, to: number): PackedRecipe =>
    new PackedRecipe(recipe.rows.subarray(from * rowBytes, to * rowBytes))

  test('a verifier that cut the same bytes finds each child, whatever its place in the tree', () => {
    const level = topLevel(count)
    expect(level).toBe(2)
    expect(nodeCount(count, 0)).toBe(65)
    const [left, right] = nodeChildren(noble, keys, recipe, level, 0)
    expect(isChild(noble, keys, slice(0, 4096), level, left!)).toBe(true)
    expect(isChild(noble, keys, slice(4096, 4097), level, right!)).toBe(true)
    const leaves = nodeChildren(noble, keys, recipe, 1, 1)
    expect(leaves.length).toBe(1)
    expect(isChild(noble, keys, slice(4096, 4097), 1, leaves[0]!)).toBe(true)
    const chunks = nodeChildren(noble, keys, recipe, 0, 2)
    expect(chunks.length).toBe(64)
    expect(isChild(noble, keys, slice(128, 129), 0, chunks[0]!)).toBe(true)
  })

  test('one that cut others does not, also when it cut far more or none (§13.5-2)', () => {
    const [left] = nodeChildren(noble, keys, recipe, 1, 0)
    expect(isChild(noble, keys, slice(0, 64), 1, left!)).toBe(true)
    for (const [from, to] of [
      [0, 63],
      [0, 65],
      [1, 65],
      [0, 0],
      [0, 4097],
    ] as const)
      expect(isChild(noble, keys, slice(from, to), 1, left!)).toBe(false)
    const [chunk] = nodeChildren(noble, keys, recipe, 0, 0)
    for (const [from, to] of [
      [1, 2],
      [0, 2],
      [0, 0],
    ] as const)
      expect(isChild(noble, keys, slice(from, to), 0, chunk!)).toBe(false)
  })

  test('children lie one behind the other, and must fill their node exactly (§13.5-3)', () => {
    const hash = new Uint8Array(32)
    const of = (...lengths: number[]): { byteLength: number; hash: Uint8Array }[] =>
      lengths.map(byteLength => ({ byteLength, hash }))
    expect(childRanges(of(10, 20), 5, 35)).toEqual([
      { start: 5, end: 15 },
      { start: 15, end: 35 },
    ])
    for (const bad of [of(), of(10, 19), of(10, 21), of(0, 30), of(31), of(-1, 31), of(...Array(65).fill(1))])
      expect(childRanges(bad, 5, 35)).toBeUndefined()
    expect(childRanges(of(...Array(64).fill(1)), 0, 64)?.length).toBe(64)
    expect(childRanges(of(...Array(65).fill(1)), 0, 65)).toBeUndefined()
  })
})
