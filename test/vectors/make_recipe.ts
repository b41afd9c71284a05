// Vectors of §13.3 and §13.4: recipes that decode or do not, and the trees and blob ids of generated recipes.

import { toHex } from '../../src/base/bytes.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { decodeRecipe } from '../../src/cut/recipe.ts'
import { nodeChildren, topLevel } from '../../src/cut/repair.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { blobId, blobType, TreeBuilder } from '../../src/cut/tree.ts'
import { noble } from '../cut/nobled.ts'
import { generatedRecipe } from '../cut/recipes.ts'

export function make(): unknown {
  return {
    notes: [
      'all under the open seed; generated recipe: entry i has length 16384 + i and the id is i as u32, eight times',
      'firstChildren: up to three children of the top node',
    ],
    trees: [0, 1, 2, 63, 64, 65, 4096, 4097].map(tree),
    decode: decodeVectors(),
  }
}

function tree(chunkCount: number): unknown {
  const keys = deriveSeedKeys(openSeed())
  const recipe = generatedRecipe(chunkCount)
  const builder = new TreeBuilder(noble, keys)
  for (let i = 0; i < chunkCount; i++) builder.add(16384 + i, recipe.entry(i).subarray(4))
  const made = builder.finish()
  const level = topLevel(chunkCount)
  const children = nodeChildren(noble, keys, recipe, level, 0).slice(0, 3)
  return {
    name: `tree/${chunkCount}`,
    why: chunkCount === 0 ? 'one leaf, over nothing' : `top at level ${level}`,
    chunkCount,
    byteLength: made.byteLength,
    topLevel: level,
    top: toHex(made.top),
    firstChildren: children.map(child => ({ byteLength: child.byteLength, hash: toHex(child.hash) })),
    blobId: toHex(blobId(noble, keys, blobType.file, chunking1.id, made)),
    expect: 'ok',
  }
}

function decodeVectors(): unknown[] {
  const id = '00'.repeat(32)
  const rows: [string, string, string, number][] = [
    ['empty', 'a blob of no bytes has no chunks', '', 0],
    ['one', 'a chunk of one byte', `00000001${id}`, 1],
    ['longest', 'a chunk of exactly max', `00020000${id}`, 131072],
    ['too-long', 'a chunk one past max', `00020001${id}`, 131073],
    ['no-bytes', 'a chunk of no bytes', `00000000${id}`, 0],
    ['ragged', 'a row without its last byte', `00000001${id}`.slice(0, -2), 1],
    ['short', 'chunks one byte short of the blob', `00000001${id}`, 2],
    ['over', 'chunks one byte past the blob', `00000002${id}`, 1],
  ]
  return rows.map(([name, why, rowsHex, byteLength]) => {
    const made = decodeRecipe(
      Uint8Array.from(rowsHex.match(/../g) ?? [], pair => Number.parseInt(pair, 16)),
      byteLength,
      chunking1,
    )
    return {
      name: `decode/${name}`,
      why,
      rows: rowsHex,
      byteLength,
      expect: typeof made === 'string' ? made : 'ok',
    }
  })
}
