// A recipe as it lies in the pool: parts of up to 16,384 rows, read when asked for, a few kept. Gives the tree its
// rows and the planner its positions, in memory that does not grow with the blob.

import { must } from '../base/assert.ts'
import { readU32 } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { type Recipe, rowBytes } from '../cut/recipe.ts'
import { cachedParts, partEntries } from './limits.ts'
import { type BlobRecord, chunkCountOf, type PartRef } from './rows.ts'
import type { Store } from './store.ts'

interface LoadedPart {
  readonly index: number
  readonly rows: Uint8Array
  /** Content bytes before each row, from the part's own start; one more for its end. */
  readonly starts: Uint32Array
}

/** A part of the recipe is gone or rotten: which chunks the blob has cannot be told any more. */
export class RecipeLost extends PfsError {
  constructor(why: string) {
    super('PFS_POOL', `a part of a recipe is ${why}`, { hint: 'Repair the pool: pfs pool repair' })
  }
}

export class RecipeReader implements Recipe {
  readonly chunkCount: number
  readonly sizeBytes: number
  readonly #store: Store
  readonly #parts: readonly PartRef[]
  readonly #partStarts: number[] = []
  #loaded: LoadedPart[] = []

  constructor(store: Store, blob: BlobRecord) {
    this.#store = store
    this.#parts = blob.parts
    this.chunkCount = chunkCountOf(blob)
    this.sizeBytes = blob.sizeBytes
    let start = 0
    for (const part of blob.parts) {
      this.#partStarts.push(start)
      start += part.byteLength
    }
  }

  /** Row `index`; a view that stays true. Throws RecipeLost. */
  entry(index: number): Uint8Array {
    const part = this.#part(Math.floor(index / partEntries))
    const at = (index % partEntries) * rowBytes
    return part.rows.subarray(at, at + rowBytes)
  }

  /** Rows from `index` on, one at least, until they stand for `bytesMax` bytes or more. Throws RecipeLost. */
  rows(index: number, bytesMax: number): Uint8Array {
    const { rows } = this.#part(Math.floor(index / partEntries))
    const from = (index % partEntries) * rowBytes
    let end = from
    for (let left = bytesMax; end < rows.length && left > 0; end += rowBytes) left -= readU32(rows, end)
    return rows.subarray(from, end)
  }

  /** Where chunk `index` begins; for `chunkCount`, the size. Throws RecipeLost. */
  byteOffset(index: number): number {
    if (index >= this.chunkCount) return this.sizeBytes
    const part = this.#part(Math.floor(index / partEntries))
    return must(this.#partStarts[part.index], 'part') + must(part.starts[index % partEntries], 'row')
  }

  /** The chunk that holds byte `offset`, which is below the size. Throws RecipeLost. */
  indexAt(offset: number): number {
    const partIndex = lastAtOrBelow(this.#partStarts, this.#partStarts.length, offset)
    const part = this.#part(partIndex)
    const within = offset - must(this.#partStarts[partIndex], 'part')
    return partIndex * partEntries + lastAtOrBelow(part.starts, part.starts.length - 1, within)
  }

  #part(index: number): LoadedPart {
    const at = this.#loaded.findIndex(part => part.index === index)
    if (at === 0) return this.#loaded[0]!
    const part = at > 0 ? this.#loaded.splice(at, 1)[0]! : this.#load(index)
    this.#loaded.unshift(part)
    if (this.#loaded.length > cachedParts) this.#loaded.pop()
    return part
  }

  #load(index: number): LoadedPart {
    const ref = must(this.#parts[index], 'recipe index')
    const rows = new Uint8Array(ref.count * rowBytes)
    const location = this.#store.locate(ref.id)
    if (location?.length !== rows.length) throw new RecipeLost('gone')
    if (!this.#store.read(location, ref.id, rows)) {
      this.#store.quarantine(ref.id, location)
      throw new RecipeLost('rotten')
    }
    const starts = new Uint32Array(ref.count + 1)
    let sum = 0
    for (let i = 0; i < ref.count; i++) {
      starts[i] = sum
      sum += readU32(rows, i * rowBytes)
    }
    starts[ref.count] = sum
    if (sum !== ref.byteLength) throw new RecipeLost('wrong')
    return { index, rows, starts }
  }
}

/** The last of the first `count` numbers, ascending, that is not above `value`. */
function lastAtOrBelow(numbers: ArrayLike<number>, count: number, value: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (numbers[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
