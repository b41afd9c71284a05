// The recipe of a blob: its chunks in order, as packed 36-byte rows {length u32, id 32 bytes}. Reader, builder and the
// decoder that trusts nothing. Knows neither where chunks lie nor what the rows are hashed into (tree.ts).
// PROTOCOL.md §13.3

import { assert } from '../base/assert.ts'
import { readU32, writeU32 } from '../base/bytes.ts'
import { blobBytesMax, type Chunking, recipeChunksMax } from './limits.ts'

export const idBytes = 32
export const rowBytes = 4 + idBytes

/** What the tree and the planner read of a recipe, wherever it is kept. */
export interface Recipe {
  readonly chunkCount: number
  /** Row `index`, 36 bytes; a view. */
  entry(index: number): Uint8Array
}

export const entryLength = (row: Uint8Array): number => readU32(row, 0)
export const entryId = (row: Uint8Array): Uint8Array => row.subarray(4, rowBytes)

export class PackedRecipe implements Recipe {
  readonly rows: Uint8Array
  readonly chunkCount: number

  constructor(rows: Uint8Array) {
    assert(rows.length % rowBytes === 0, 'whole rows')
    this.rows = rows
    this.chunkCount = rows.length / rowBytes
  }

  entry(index: number): Uint8Array {
    assert(index >= 0 && index < this.chunkCount, 'recipe index')
    return this.rows.subarray(index * rowBytes, (index + 1) * rowBytes)
  }

  get byteLength(): number {
    let sum = 0
    for (let at = 0; at < this.rows.length; at += rowBytes) sum += readU32(this.rows, at)
    return sum
  }
}

/** Collects rows; the store doubles, so a row is copied once on average. */
export class RecipeBuilder {
  #rows = new Uint8Array(64 * rowBytes)
  #used = 0
  #byteLength = 0

  get chunkCount(): number {
    return this.#used / rowBytes
  }

  get byteLength(): number {
    return this.#byteLength
  }

  /** false when the recipe is full: the content is too large to be one blob. */
  add(length: number, id: Uint8Array): boolean {
    assert(id.length === idBytes && length > 0, 'a chunk')
    if (this.chunkCount === recipeChunksMax) return false
    if (this.#used === this.#rows.length) {
      const wider = new Uint8Array(2 * this.#rows.length)
      wider.set(this.#rows)
      this.#rows = wider
    }
    writeU32(this.#rows, this.#used, length)
    this.#rows.set(id, this.#used + 4)
    this.#used += rowBytes
    this.#byteLength += length
    return true
  }

  /** A view of what was added so far. */
  finish(): PackedRecipe {
    return new PackedRecipe(this.#rows.subarray(0, this.#used))
  }
}

export type RecipeFault = 'ragged' | 'too_many' | 'bad_length' | 'wrong_total'

/** Rows from a peer or a disk, said to be of `byteLength` bytes: a view of them, or what is wrong (§13.3-1). */
export function decodeRecipe(
  rows: Uint8Array,
  byteLength: number,
  chunking: Chunking,
): PackedRecipe | RecipeFault {
  if (rows.length % rowBytes !== 0) return 'ragged'
  if (rows.length / rowBytes > recipeChunksMax || byteLength > blobBytesMax) return 'too_many'
  let total = 0
  for (let at = 0; at < rows.length; at += rowBytes) {
    const length = readU32(rows, at)
    if (length < 1 || length > chunking.maxBytes) return 'bad_length'
    total += length
  }
  return total === byteLength ? new PackedRecipe(rows) : 'wrong_total'
}
