// Writes one blob as its chunks come: bytes into segments where they are given, rows into recipe parts, and at the
// end the commit record that names them. Holds one part, whatever the blob's size. Nothing counts before the
// store's commit.

import { assert } from '../base/assert.ts'
import { writeU32 } from '../base/bytes.ts'
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

/** An extent, or who makes one when the blob has its name. */
export type Place = Extent | ((blobId: Uint8Array) => Extent)

const rowsInitial = 64

export class BlobWriter {
  readonly #store: Store
  readonly #keys: SeedKeys
  readonly #type: BlobType
  readonly #tree: TreeBuilder
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

  constructor(store: Store, keys: SeedKeys, type: BlobType) {
    this.#store = store
    this.#keys = keys
    this.#type = type
    this.#tree = new TreeBuilder(store.hashes, keys)
    this.#generation = store.generation
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The next chunk. With `bytes` it is learnt by copy, unless the pool has it; without, only its place is noted. */
  add(length: number, id: Uint8Array, bytes: Uint8Array | undefined): void {
    assert(bytes === undefined || bytes.length === length, 'chunk length')
    if (this.#chunkCount === recipeChunksMax) throw new PfsError('PFS_POOL', 'the content is too large')
    this.#checkGeneration()
    // once its place is needed anyway, looking for what else has the bytes would only cost time
    const isPlaced = bytes === undefined && this.#isMissingBytes
    const known = isPlaced ? undefined : this.#store.locate(id)
    if (known) {
      this.#segments.add(known.segment)
      this.#store.touch(known.segment)
    } else if (bytes) {
      this.#segments.add(this.#store.putContent(recordTypes.chunk, id, bytes).segment)
      this.#newBytes += length
    } else this.#isMissingBytes = true
    this.#addRow(length, id)
    this.#tree.add(length, id)
    this.#sizeBytes += length
    this.#chunkCount++
  }

  #addRow(length: number, id: Uint8Array): void {
    if (this.#rowCount === partEntries) this.#endPart()
    const at = this.#rowCount * rowBytes
    if (at === this.#rows.length) {
      const wider = new Uint8Array(Math.min(2 * this.#rows.length, partEntries * rowBytes))
      wider.set(this.#rows)
      this.#rows = wider
    }
    writeU32(this.#rows, at, length)
    this.#rows.set(id, at + 4)
    this.#rowCount++
    this.#partLength += length
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
    const id = blobId(this.#store.hashes, this.#keys, this.#type, chunking1.id, this.#tree.finish())
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
