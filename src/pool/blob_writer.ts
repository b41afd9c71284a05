// Writes one blob as its chunks come: bytes into segments where they are given, rows into recipe parts, and at the
// end the commit record that names them. Holds one part, whatever the blob's size. Nothing counts before the
// store's commit.

import { assert, must } from '../base/assert.ts'
import { readU32, writeU32 } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { chunking1, recipeChunksMax } from '../cut/limits.ts'
import { rowBytes } from '../cut/recipe.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { type BlobType, blobId, TreeBuilder } from '../cut/tree.ts'
import type { Extent } from './extent.ts'
import { encodeExtent } from './extent.ts'
import { partEntries } from './limits.ts'
import { recordTypes } from './record.ts'
import { type BlobRow, encodeBlobRecord, type PartRef } from './rows.ts'
import type { Store } from './store.ts'

export interface WrittenBlob {
  readonly blobId: Uint8Array
  readonly sizeBytes: number
  /** Content bytes the segments did not hold before. */
  readonly newBytes: number
}

/** `length` bytes of the chunks that were given, from their byte `at` on, which are those of `rows`. undefined: they are lost. */
export type GiveBytes = (at: number, length: number, rows: Uint8Array) => Uint8Array | undefined

/** An extent, or who makes one when the blob has its name. */
export type Place = Extent | ((blobId: Uint8Array) => Extent)

const rowsInitial = 64

export class BlobWriter {
  readonly #store: Store
  readonly #type: BlobType
  readonly #tree: TreeBuilder | undefined
  readonly #nameOf: () => Uint8Array
  readonly #row = new Uint8Array(rowBytes)
  readonly #generation: number
  readonly #parts: PartRef[] = []
  readonly #segments = new Set<number>()
  #rows = new Uint8Array(rowsInitial * rowBytes)
  #rowCount = 0
  #partLength = 0
  #sizeBytes = 0
  #chunkCount = 0
  #newBytes = 0
  #isMissingBytes = false

  /** @param nameOf where somebody else finds the blob's id, which is asked for at the end */
  constructor(store: Store, keys: SeedKeys, type: BlobType, nameOf?: () => Uint8Array) {
    this.#store = store
    this.#type = type
    const tree = nameOf ? undefined : new TreeBuilder(store.hashes, keys)
    this.#tree = tree
    this.#nameOf =
      nameOf ?? (() => blobId(store.hashes, keys, type, chunking1.id, must(tree, 'a tree').finish()))
    this.#generation = store.generation
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The next chunk. With `bytes` it is learnt by copy, unless the pool has it; without, only its place is noted. */
  add(length: number, id: Uint8Array, bytes: Uint8Array | undefined): void {
    assert(bytes === undefined || bytes.length === length, 'chunk length')
    writeU32(this.#row, 0, length)
    this.#row.set(id, 4)
    this.addRows(this.#row, bytes && (() => bytes))
  }

  /** The next chunks, as rows of a recipe. False: `give` had not what it was asked for, and this blob is given up. */
  addRows(rows: Uint8Array, give: GiveBytes | undefined): boolean {
    const count = rows.length / rowBytes
    if (this.#chunkCount + count > recipeChunksMax) throw new PfsError('PFS_POOL', 'the content is too large')
    this.#checkGeneration()
    let at = 0
    // the chunks in front that are new: from this row on, and this byte
    let newRow = 0
    let newAt = 0
    for (let row = 0; row < rows.length; row += rowBytes) {
      const length = readU32(rows, row)
      // zeros come in runs: the first is to be found by the second
      if (give && row > newRow && isSameId(rows, row, row - rowBytes)) {
        if (!this.#put(rows.subarray(newRow, row), newAt, at - newAt, give)) return false
        newRow = row
        newAt = at
      }
      // once its place is needed anyway, looking for what else has the bytes would only cost time
      const known = give || !this.#isMissingBytes ? this.#store.locate(rows, row + 4) : undefined
      if (known) this.#use(known.segment)
      else if (!give) this.#isMissingBytes = true
      if (known && give && row > newRow && !this.#put(rows.subarray(newRow, row), newAt, at - newAt, give))
        return false
      at += length
      if (known) {
        newRow = row + rowBytes
        newAt = at
      }
    }
    if (give && newRow < rows.length && !this.#put(rows.subarray(newRow), newAt, at - newAt, give))
      return false
    this.#addToRecipe(rows)
    this.#sizeBytes += at
    this.#chunkCount += count
    return true
  }

  #put(rows: Uint8Array, at: number, length: number, give: GiveBytes): boolean {
    const bytes = give(at, length, rows)
    if (!bytes) return false
    assert(bytes.length === length, 'chunk length')
    this.#segments.add(this.#store.putChunks(rows, bytes))
    this.#newBytes += length
    return true
  }

  #use(segment: number): void {
    this.#segments.add(segment)
    this.#store.touch(segment)
  }

  #addToRecipe(rows: Uint8Array): void {
    for (let row = 0; row < rows.length; row += rowBytes) {
      if (this.#rowCount === partEntries) this.#endPart()
      const at = this.#rowCount * rowBytes
      if (at === this.#rows.length) {
        const wider = new Uint8Array(Math.min(2 * this.#rows.length, partEntries * rowBytes))
        wider.set(this.#rows)
        this.#rows = wider
      }
      for (let i = 0; i < rowBytes; i++) this.#rows[at + i] = rows[row + i]!
      const length = readU32(rows, row)
      this.#tree?.add(length, rows.subarray(row + 4, row + rowBytes))
      this.#rowCount++
      this.#partLength += length
    }
  }

  #endPart(): void {
    if (this.#rowCount === 0) return
    const rows = this.#rows.subarray(0, this.#rowCount * rowBytes)
    const id = this.#store.hashes.chunkId(rows)
    const location = this.#store.locate(id) ?? this.#store.putContent(recordTypes.part, id, rows)
    this.#segments.add(location.segment)
    this.#parts.push({ id, count: this.#rowCount, byteLength: this.#partLength })
    this.#rowCount = 0
    this.#partLength = 0
  }

  /**
   * Ends the blob; it is there after the store's next commit.
   * @param place where the bytes lie that were not given, or who puts them there now that the id is known
   */
  finish(place?: Place): WrittenBlob {
    this.#checkGeneration()
    this.#endPart()
    const id = this.#nameOf()
    const written = { blobId: id, sizeBytes: this.#sizeBytes, newBytes: this.#newBytes }
    const { index } = this.#store
    if (!(place && this.#isMissingBytes) && this.#newBytes === 0 && index.blob(id)?.isComplete)
      return this.#touch(written)
    const extent = this.#isMissingBytes ? extentOf(place, id) : undefined
    const record = {
      type: this.#type,
      chunkingId: chunking1.id,
      sizeBytes: this.#sizeBytes,
      parts: this.#parts,
    }
    this.#segments.add(this.#store.append(recordTypes.blob, id, encodeBlobRecord(record)).segment)
    if (extent) this.#segments.add(this.#store.append(recordTypes.extent, id, encodeExtent(extent)).segment)
    const row: BlobRow = {
      ...record,
      isPinned: false,
      isComplete: !this.#isMissingBytes || extent !== undefined,
      lastUsedMillis: Date.now(),
      segments: [...this.#segments].sort((a, b) => a - b),
      extent,
    }
    this.#checkGeneration() // the appends above may have committed, and failed at it
    this.#store.stage(() => putMerged(this.#store, id, row))
    return written
  }

  /** Nothing new: the blob is noted as used, and no record is written. */
  #touch(written: WrittenBlob): WrittenBlob {
    const { index } = this.#store
    this.#store.stage(() => {
      const row = index.blob(written.blobId)
      if (row) index.putBlob(written.blobId, { ...row, lastUsedMillis: Date.now() })
    })
    return written
  }

  #checkGeneration(): void {
    if (this.#store.generation === this.#generation) return
    throw new PfsError('PFS_DISK_FULL', 'chunks of this blob were lost to an earlier fault', {
      retryable: true,
    })
  }
}

function isSameId(rows: Uint8Array, a: number, b: number): boolean {
  for (let i = 4; i < rowBytes; i++) if (rows[a + i] !== rows[b + i]) return false
  return true
}

const extentOf = (place: Place | undefined, id: Uint8Array): Extent | undefined =>
  typeof place === 'function' ? place(id) : place

/** Inside a transaction: enters `row`, keeping what another process said of the blob meanwhile. */
function putMerged(store: Store, id: Uint8Array, row: BlobRow): void {
  const { index } = store
  const isHeld = row.segments.every(number => index.segment(number)?.isDropped === false)
  const known = index.blob(id)
  const extent = row.extent ?? known?.extent
  index.putBlob(id, {
    ...row,
    isPinned: known?.isPinned ?? false,
    isComplete: (row.isComplete && isHeld) || extent !== undefined,
    extent,
    segments: known?.isPinned
      ? [...new Set([...row.segments, ...known.segments])].sort((a, b) => a - b)
      : row.segments,
  })
}
