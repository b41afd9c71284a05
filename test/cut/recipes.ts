// Recipes made by a rule, for trees that need many chunks and no bytes.

import { writeU32 } from '../../src/base/bytes.ts'
import { PackedRecipe, rowBytes } from '../../src/cut/recipe.ts'

/** Entry i: length 16384 + i, and an id of i as u32 eight times. */
export function generatedRecipe(chunkCount: number, from = 0): PackedRecipe {
  const rows = new Uint8Array(chunkCount * rowBytes)
  for (let i = 0; i < chunkCount; i++) {
    writeU32(rows, i * rowBytes, 16384 + from + i)
    for (let word = 1; word <= 8; word++) writeU32(rows, i * rowBytes + 4 * word, from + i)
  }
  return new PackedRecipe(rows)
}
