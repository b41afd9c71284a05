// Recipes: what a builder makes, and which rows from outside are refused. §13.3

import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { blobBytesMax, chunking1, recipeChunksMax } from '../../src/cut/limits.ts'
import {
  decodeRecipe,
  entryId,
  entryLength,
  PackedRecipe,
  RecipeBuilder,
  rowBytes,
} from '../../src/cut/recipe.ts'
import vectors from '../vectors/recipe.json' with { type: 'json' }
import { generatedRecipe } from './recipes.ts'

describe('rows from outside (§13.3-1)', () => {
  for (const v of vectors.decode) {
    test(`${v.name}: ${v.why}`, () => {
      const made = decodeRecipe(fromHex(v.rows)!, v.byteLength, chunking1)
      expect(typeof made === 'string' ? made : 'ok').toBe(v.expect)
    })
  }

  test('a blob of more bytes than 2^26 chunks can hold is refused unread', () => {
    expect(decodeRecipe(new Uint8Array(0), blobBytesMax + 1, chunking1)).toBe('too_many')
    expect(decodeRecipe(new Uint8Array(0), blobBytesMax, chunking1)).toBe('wrong_total')
  })

  test('one chunk more than 2^26 is refused unread', () => {
    const sized = (rows: number): Uint8Array => {
      const view = new Uint8Array(rowBytes)
      Object.defineProperty(view, 'length', { value: rows * rowBytes })
      return view
    }
    expect(decodeRecipe(sized(recipeChunksMax + 1), 1, chunking1)).toBe('too_many')
    expect(decodeRecipe(sized(recipeChunksMax), 1, chunking1)).toBe('bad_length')
  })
})

test('what a builder took is what its recipe gives, through every growth', () => {
  const wanted = generatedRecipe(1000)
  const builder = new RecipeBuilder()
  for (let i = 0; i < 1000; i++) {
    expect(builder.add(entryLength(wanted.entry(i)), entryId(wanted.entry(i)))).toBe(true)
  }
  const made = builder.finish()
  expect(toHex(made.rows)).toBe(toHex(wanted.rows))
  expect(made.byteLength).toBe(builder.byteLength)
  expect(made.chunkCount).toBe(1000)
  const decoded = decodeRecipe(made.rows, made.byteLength, chunking1)
  expect(decoded).toBeInstanceOf(PackedRecipe)
})

test('an index outside the recipe is our bug', () => {
  const recipe = generatedRecipe(2)
  expect(() => recipe.entry(2)).toThrow('internal error')
  expect(() => recipe.entry(-1)).toThrow('internal error')
})
