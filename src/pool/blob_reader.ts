// Reads any range of one blob: each chunk from the segments if they have it, else from the blob's extent, where it is
// believed only when its BLAKE3 is the id in the recipe. Missing bytes are an answer (a short count), never an error.

import { rmSync } from 'node:fs'
import { must } from '../base/assert.ts'
import { equal } from '../base/bytes.ts'
import { chunking1 } from '../cut/limits.ts'
import { manifestBytesMax } from '../cut/manifest/limits.ts'
import { entryId, entryLength } from '../cut/recipe.ts'
import { type Extent, type FileExtent, isTreeExtent } from './extent.ts'
import { type ExtentFiles, extentFiles, extentPath, readExtentBytes } from './extent_files.ts'
import { RecipeLost, RecipeReader } from './recipe_reader.ts'
import type { BlobRow } from './rows.ts'
import type { Place, Store } from './store.ts'

export class BlobReader {
  readonly blobId: Uint8Array
  readonly sizeBytes: number
  readonly recipe: RecipeReader
  readonly #store: Store
  readonly #mayDemote: boolean
  #extent: ExtentFiles | undefined
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
    this.#extent = row.extent && filesOf(store, row.extent)
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
    return this.#extent !== undefined && readQuietly(this.#extent, offset, target)
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
    try {
      const place = this.#extent?.at(start)
      if (!place || place.length < length) return undefined
      this.#store.touchBlob(this.blobId)
      return { fd: place.fd, offset: place.offset, length }
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
    const isRead = readQuietly(extent, start, target)
    if (isRead && equal(this.#store.hashes.chunkId(target), id)) {
      this.#store.touchBlob(this.blobId)
      return true
    }
    extent.forget()
    // one file of a tree that has changed says nothing of the others
    if (isTreeExtent(extent.extent)) return false
    this.#extent = undefined
    if (this.#mayDemote) demoteExtent(this.#store, this.blobId, extent.extent)
    return false
  }
}

const filesOf = (store: Store, extent: Extent): ExtentFiles =>
  extentFiles(extent, store.extentsDirectory, store.files, id => readBlob(store, id))

/** A whole blob, small enough for memory: a manifest. undefined: it is not all here. */
function readBlob(store: Store, id: Uint8Array): Uint8Array | undefined {
  const row = store.index.blob(id)
  if (!row || row.sizeBytes > manifestBytesMax || (row.extent && isTreeExtent(row.extent))) return undefined
  const bytes = new Uint8Array(row.sizeBytes)
  return new BlobReader(store, id, row, false).read(0, bytes) === bytes.length ? bytes : undefined
}

function readQuietly(from: ExtentFiles, offset: number, target: Uint8Array): boolean {
  try {
    return readExtentBytes(from, offset, target)
  } catch {
    return false // a failing disk: the bytes are missing here, and may be had elsewhere
  }
}

/** The file is not what it was: the blob keeps its recipe and whatever chunks the segments have. */
export function demoteExtent(store: Store, blobId: Uint8Array, extent: FileExtent): void {
  if (extent.isOwned) rmSync(extentPath(store.extentsDirectory, extent), { force: true })
  putQuietly(store, () => {
    const row = store.index.blob(blobId)
    if (!row?.extent || isTreeExtent(row.extent) || row.extent.path !== extent.path) return
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
