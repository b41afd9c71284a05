// Brings home what a blob's extent holds: copies its chunks out of the user's file into the segments, in steps that other
// work of the thread can go between, so that the blob outlives the file. What cannot be read any more ends it: the
// blob stays as it was. Nothing counts before the pool's commit.

import { readU32 } from '../base/bytes.ts'
import { KiB } from '../base/units.ts'
import { chunking1 } from '../cut/limits.ts'
import { idBytes, rowBytes } from '../cut/recipe.ts'
import type { BlobReader } from './blob_reader.ts'
import type { BlobWriter } from './blob_writer.ts'
import type { Store } from './store.ts'

/** Read, named and appended at once: what stays in a core's own cache meanwhile. */
const batchBytes = 512 * KiB
const batchBytesMax = batchBytes + chunking1.maxBytes
/** Of files of many kilobytes; the short ones of a tree have a chunk each, and take more than one batch. */
const batchRowsMax = 512

export class Copier {
  readonly #store: Store
  readonly #reader: BlobReader
  readonly #writer: BlobWriter
  readonly #bytes = Buffer.allocUnsafeSlow(batchBytesMax)
  readonly #lengths = new Uint32Array(new ArrayBuffer(4 * batchRowsMax))
  readonly #ids = Buffer.allocUnsafeSlow(idBytes * batchRowsMax)
  #index = 0
  #offset = 0

  /** @param writer of a blob that has the reader's id */
  constructor(store: Store, reader: BlobReader, writer: BlobWriter) {
    this.#store = store
    this.#reader = reader
    this.#writer = writer
  }

  /** Goes through about `bytesMax` of content. 'lost': the file is not what it was, or its recipe is gone. */
  step(bytesMax: number): 'more' | 'done' | 'lost' {
    const { recipe } = this.#reader
    const until = Math.min(this.#offset + bytesMax, recipe.sizeBytes)
    while (this.#offset < until) {
      const all = recipe.rows(this.#index, Math.min(until - this.#offset, batchBytes))
      const rows = all.subarray(0, batchRowsMax * rowBytes)
      if (!this.#writer.addRows(rows, (at, length, some) => this.#read(this.#offset + at, length, some)))
        return 'lost'
      this.#index += rows.length / rowBytes
      this.#offset = recipe.byteOffset(this.#index)
    }
    if (this.#offset < recipe.sizeBytes) return 'more'
    const { blobId } = this.#writer.finish()
    this.#store.stage(() => letGoOfExtent(this.#store, blobId))
    return 'done'
  }

  /** The bytes of these rows, each chunk of them looked at. undefined: some are not there. */
  #read(offset: number, length: number, rows: Uint8Array): Uint8Array | undefined {
    if (length > batchBytesMax) return undefined // no cutting gives such rows: the recipe is not one of ours
    const bytes = this.#bytes.subarray(0, length)
    if (this.#reader.readExtent(offset, bytes) && this.#areRight(bytes, rows)) return bytes
    // one by one: some may be had elsewhere, and what is wrong with the file is noted
    let at = 0
    for (let row = 0; row < rows.length; row += rowBytes) {
      const chunk = bytes.subarray(at, at + readU32(rows, row))
      if (this.#reader.read(offset + at, chunk) !== chunk.length) return undefined
      at += chunk.length
    }
    return bytes
  }

  #areRight(bytes: Uint8Array, rows: Uint8Array): boolean {
    const count = rows.length / rowBytes
    for (let i = 0; i < count; i++) this.#lengths[i] = readU32(rows, i * rowBytes)
    this.#store.hashes.chunkIds(bytes, this.#lengths.subarray(0, count), this.#ids)
    for (let i = 0; i < count; i++) {
      const row = i * rowBytes + 4
      if (this.#ids.compare(rows, row, row + idBytes, i * idBytes, (i + 1) * idBytes) !== 0) return false
    }
    this.#reader.usedExtent()
    return true
  }
}

/** Inside the transaction that enters the copies: the user's file is storage no longer. */
function letGoOfExtent({ index }: Store, blobId: Uint8Array): void {
  const row = index.blob(blobId)
  const isHeld = row?.segments.every(number => index.segment(number)?.isDropped === false) ?? false
  if (row?.extent && !row.extent.isOwned && isHeld) index.putBlob(blobId, { ...row, extent: undefined })
}
