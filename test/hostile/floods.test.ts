// Recipes made so that all their chunks fall into one bucket of a sender's index, as a receiver may choose what it claims to
// hold: what one look-up costs is bounded, counted in rows that were read. corpus/floods.json

import { expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { type PackedRecipe, type Recipe, RecipeBuilder } from '../../src/cut/recipe.ts'
import { CandidateIndex, none } from '../../src/offset/candidates.ts'
import { type Case, casesOf } from './corpus.ts'

interface FloodCase extends Case {
  readonly chunks: number
  /** Bytes of the id, from and to, that all ids have in common. */
  readonly same: readonly [number, number]
  /** Rows read for one look-up, at most, on average. */
  readonly comparedMax: number
}

function recipeOf({ chunks, same: [from, to] }: FloodCase): PackedRecipe {
  const prng = new Prng(1)
  const builder = new RecipeBuilder()
  for (let i = 0; i < chunks; i++) builder.add(100, prng.fill(new Uint8Array(32)).fill(0xab, from, to))
  return builder.finish()
}

/** Counts how often a row is read. */
class Counted implements Recipe {
  readonly chunkCount: number
  readonly #recipe: Recipe
  reads = 0

  constructor(recipe: Recipe) {
    this.#recipe = recipe
    this.chunkCount = recipe.chunkCount
  }

  entry(index: number): Uint8Array {
    this.reads++
    return this.#recipe.entry(index)
  }
}

for (const one of casesOf<FloodCase>('floods'))
  test(`${one.name}: ${one.why}`, () => {
    const recipe = recipeOf(one)
    const counted = new Counted(recipe)
    const index = new CandidateIndex([{ alias: 0, recipe: counted }])
    expect(counted.reads).toBeLessThanOrEqual(one.chunks * (1 + one.comparedMax))
    counted.reads = 0
    const lookUps = 1000
    for (let i = 0; i < lookUps; i++) index.find(recipe.entry(one.chunks - 1 - i))
    expect(counted.reads).toBeLessThanOrEqual(lookUps * one.comparedMax)
    expect(index.find(recipe.entry(0))).not.toBe(none)
  })
