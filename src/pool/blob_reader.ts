// Reads any range of one blob: each chunk from the segments if they have it, else from the blob's extent, where it is
// believed only when its BLAKE3 is the id in the recipe. Missing bytes are an answer (a short count), never an error.

import { fstatSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../base/assert.ts'
import { equal } from '../base/bytes.ts'
import { chunking1 } from '../cut/limits.ts'
import { entryId, entryLength } from '../cut/recipe.ts'
import { readFully } from '../host/file.ts'
import { type Extent, isUnchanged, markOf } from './extent.ts'
import { RecipeLost, RecipeReader } from './recipe_reader.ts'
import type { BlobRow } from './rows.ts'
import type { Place, Store } from './store.ts'

export class BlobReader {
  readonly blobId: Uint8Array
  readonly sizeBytes: number
  readonly recipe: RecipeReader
  readonly #store: Store
  readonly #mayDemote: boolean
  #extent: Extent | undefined
  #isExtentChecked = false
  // the chunk read last, for callers that go through it in small steps
  #chunk: Uint8Array | undefined
  #chunkIndex = -1

  /** @param mayDemote false for a look that must change nothing */
  constructor(store: Store, blobId: Uint8Array, row: BlobRow, mayDemote = true) {
    this.#store = store
    this.#mayDemote = mayDemote
    this.blobId = blobId.slice()
    this.sizeBytes = row.sizeBytes
    this.recipe = new RecipeReader(store, row)
    this.#extent = row.extent
  }

  /** Fills `target` from `offset` on. Returns how many bytes are there before the first that is missing. */
  read(offset: number, target: Uint8Array): number {
    const wanted = Math.max(0, Math.min(target.length, this.sizeBytes - offset))
    let done = 0
    while (done < wanted) {
      const count = this.#readWithinChunk(offset + done, target.subarray(done, wanted))
      if (count === 0) break
      done += count
    }
    return done
  }

  /**
   * Where the bytes from `offset` to the end of their chunk should lie. Not read and not believed: for who copies first
   * and judges the whole by its blob id. undefined: nowhere. What is wrong with a chunk, `read` finds.
   */
  place(offset: number): Place | undefined {
    const found = offset < this.sizeBytes ? this.#chunkAt(offset) : undefined
    if (!found) return undefined
    const { row, start } = found
    const length = entryLength(row)
    const location = this.#store.locate(entryId(row))
    const stored = location?.length === length ? this.#store.place(location) : undefined
    const place = stored ?? this.#extentPlace(start, length)
    const skipped = offset - start
    return place && { fd: place.fd, offset: place.offset + skipped, length: length - skipped }
  }

  /** Fills `target` from the blob's own file, which is what it was when last looked. Not believed: `read` believes. */
  readExtent(offset: number, target: Uint8Array): boolean {
    return (
      this.#extent !== undefined &&
      this.#readExtentBytes(this.#extent, extentPath(this.#store, this.#extent), offset, target)
    )
  }

  /** For who found these bytes of the blob's own file right. */
  usedExtent(): void {
    this.#store.touchBlob(this.blobId)
  }

  /** The chunk that holds `offset`, as the recipe has it. undefined: none, or the recipe is lost. */
  chunk(
    offset: number,
  ): { readonly start: number; readonly end: number; readonly id: Uint8Array } | undefined {
    const found = offset < this.sizeBytes ? this.#chunkAt(offset) : undefined
    return found && { start: found.start, end: found.start + entryLength(found.row), id: entryId(found.row) }
  }

  #extentPlace(start: number, length: number): Place | undefined {
    if (!this.#extent) return undefined
    try {
      const fd = this.#openExtent(this.#extent, extentPath(this.#store, this.#extent))
      if (fd === undefined) return undefined
      this.#store.touchBlob(this.blobId)
      return { fd, offset: start, length }
    } catch {
      return undefined // a failing disk
    }
  }

  #readWithinChunk(offset: number, target: Uint8Array): number {
    const found = this.#chunkAt(offset)
    if (!found) return 0
    const { index, row, start } = found
    const length = entryLength(row)
    if (offset === start && target.length >= length) {
      return this.#readChunk(entryId(row), start, target.subarray(0, length)) ? length : 0
    }
    if (this.#chunkIndex !== index) {
      this.#chunkIndex = -1
      if (length > chunking1.maxBytes) return 0
      this.#chunk ??= new Uint8Array(chunking1.maxBytes)
      if (!this.#readChunk(entryId(row), start, this.#chunk.subarray(0, length))) return 0
      this.#chunkIndex = index
    }
    const chunk = must(this.#chunk, 'the chunk read last')
    const from = offset - start
    const count = Math.min(length - from, target.length)
    target.set(chunk.subarray(from, from + count))
    return count
  }

  #chunkAt(offset: number): { index: number; row: Uint8Array; start: number } | undefined {
    try {
      const index = this.recipe.indexAt(offset)
      return { index, row: this.recipe.entry(index), start: this.recipe.byteOffset(index) }
    } catch (error) {
      if (error instanceof RecipeLost) return undefined
      throw error
    }
  }

  /** Fills `target`, which has the chunk's length. */
  #readChunk(id: Uint8Array, start: number, target: Uint8Array): boolean {
    const location = this.#store.locate(id)
    if (location && location.length === target.length) {
      if (this.#store.read(location, id, target)) return true
      if (this.#mayDemote) this.#store.quarantine(id, location)
    }
    if (this.#readFromExtent(id, start, target)) return true
    if (this.#mayDemote) markIncomplete(this.#store, this.blobId)
    return false
  }

  #readFromExtent(id: Uint8Array, start: number, target: Uint8Array): boolean {
    const extent = this.#extent
    if (!extent) return false
    const path = extentPath(this.#store, extent)
    const isRead = this.#readExtentBytes(extent, path, start, target)
    if (isRead && equal(this.#store.hashes.chunkId(target), id)) {
      this.#store.touchBlob(this.blobId)
      return true
    }
    this.#extent = undefined
    this.#store.files.forget(path)
    if (this.#mayDemote) demoteExtent(this.#store, this.blobId, extent)
    return false
  }

  #readExtentBytes(extent: Extent, path: string, start: number, target: Uint8Array): boolean {
    try {
      const fd = this.#openExtent(extent, path)
      return fd !== undefined && readFully(fd, target, start) === target.length
    } catch {
      return false // a failing disk: the bytes are missing here, and may be had elsewhere
    }
  }

  #openExtent(extent: Extent, path: string): number | undefined {
    const { files } = this.#store
    for (let attempt = 0; attempt < 2; attempt++) {
      const fd = files.open(path)
      if (fd === undefined || this.#isExtentChecked) return fd
      if (isUnchanged(extent.mark, markOf(fstatSync(fd, { bigint: true })))) {
        this.#isExtentChecked = true
        return fd
      }
      files.forget(path) // kept open since before another file took the name: look at the new one
    }
    return undefined
  }
}

export const extentPath = (store: Store, extent: Extent): string =>
  extent.isOwned ? join(store.extentsDirectory, extent.path) : extent.path

/** The file is not what it was: the blob keeps its recipe and whatever chunks the segments have. */
export function demoteExtent(store: Store, blobId: Uint8Array, extent: Extent): void {
  if (extent.isOwned) rmSync(extentPath(store, extent), { force: true })
  putQuietly(store, () => {
    const row = store.index.blob(blobId)
    if (row?.extent?.path !== extent.path) return
    store.index.putBlob(blobId, { ...row, extent: undefined, isComplete: false })
  })
}

function markIncomplete(store: Store, blobId: Uint8Array): void {
  if (!store.index.blob(blobId)?.isComplete) return
  putQuietly(store, () => {
    const row = store.index.blob(blobId)
    if (row) store.index.putBlob(blobId, { ...row, isComplete: false })
  })
}

/** Advice that may be lost: a full disk must not turn a read into a failure. */
function putQuietly(store: Store, write: () => void): void {
  try {
    store.index.transaction(write)
  } catch {
    // found again at the next read
  }
}
