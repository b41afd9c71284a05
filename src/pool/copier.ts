// Brings home what a blob's extent holds: copies its chunks out of the user's file into the segments, in steps that other
// work of the thread can go between, so that the blob outlives the file. What cannot be read any more ends it: the
// blob stays as it was. Nothing counts before the pool's commit.

import { chunking1 } from '../cut/limits.ts'
import { entryId, entryLength } from '../cut/recipe.ts'
import type { SeedKeys } from '../cut/seed.ts'
import type { BlobType } from '../cut/tree.ts'
import type { BlobReader } from './blob_reader.ts'
import { BlobWriter } from './blob_writer.ts'
import type { Store } from './store.ts'

export class Copier {
  readonly #store: Store
  readonly #reader: BlobReader
  readonly #writer: BlobWriter
  readonly #chunk = new Uint8Array(chunking1.maxBytes)
  #index = 0
  #offset = 0

  constructor(store: Store, keys: SeedKeys, reader: BlobReader, type: BlobType) {
    this.#store = store
    this.#reader = reader
    this.#writer = new BlobWriter(store, keys, type)
  }

  /** Goes through about `bytesMax` of content. 'lost': the file is not what it was, or its recipe is gone. */
  step(bytesMax: number): 'more' | 'done' | 'lost' {
    const until = this.#offset + bytesMax
    for (; this.#offset < until && this.#index < this.#reader.recipe.chunkCount; this.#index++) {
      const row = this.#reader.recipe.entry(this.#index)
      const length = entryLength(row)
      const id = entryId(row).slice()
      const bytes = this.#chunk.subarray(0, length)
      const isHere = this.#store.locate(id) !== undefined
      if (!isHere && this.#reader.read(this.#offset, bytes) !== length) return 'lost'
      this.#writer.add(length, id, isHere ? undefined : bytes)
      this.#offset += length
    }
    if (this.#index < this.#reader.recipe.chunkCount) return 'more'
    const { blobId } = this.#writer.finish()
    this.#store.stage(() => letGoOfExtent(this.#store, blobId))
    return 'done'
  }
}

/** Inside the transaction that enters the copies: the user's file is storage no longer. */
function letGoOfExtent({ index }: Store, blobId: Uint8Array): void {
  const row = index.blob(blobId)
  const isHeld = row?.segments.every(number => index.segment(number)?.isDropped === false) ?? false
  if (row?.extent && !row.extent.isOwned && isHeld) index.putBlob(blobId, { ...row, extent: undefined })
}
