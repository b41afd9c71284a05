// Cuts and names an image: the files of a tree one after another, each cut on its own. Files up to the longest chunk are
// read by the batch, longer ones through a scanner of their own, and what is known already is not read at all. Knows
// where files lie in the image, not on the disk. PROTOCOL.md §13.6-3

import { assert, must } from '../../../base/assert.ts'
import { concat, readU32 } from '../../../base/bytes.ts'
import { MiB } from '../../../base/units.ts'
import { chunking1 } from '../../../cut/limits.ts'
import type { Image } from '../../../cut/manifest/image.ts'
import { rowBytes } from '../../../cut/recipe.ts'
import { rowsFor } from '../../../host/cut.ts'
import type { Pool } from '../../../pool/pool.ts'
import type { Scanner, ScanState, VisitChunk, VisitRows } from '../../../pool/scan.ts'

/** Whoever has the files. Each call may throw what is wrong with one. */
export interface ImageFiles {
  /** The file's chunks, where they are known without reading it. */
  rows(index: number): Uint8Array | undefined
  /**
   * Reads whole files into `target`, one after another. Returns how many were read before the first that is not to be had,
   * which is passed over from now on: it is a gap.
   */
  readMany(indexes: readonly number[], target: Uint8Array): number
  /** To be read from; open until the next call. undefined: it is not to be had. */
  open(index: number): number | undefined
  /** What is wrong with it, if a scan that had begun cannot go on. Throwing ends the whole. */
  lost(index: number): void
}

/** Read at once, and the most files of a batch: one call of the addon. */
const batchBytes = MiB
const batchFilesMax = 512
const batchedBytesMax = chunking1.maxBytes

export class TreeScanner implements Scanner {
  readonly #pool: Pool
  readonly #image: Image
  readonly #files: ImageFiles
  readonly #rows = rowsFor(batchedBytesMax, chunking1)
  #buffer: Uint8Array | undefined
  #limit: number
  #isFinal: boolean
  /** The next file, and where in the image the next chunk begins. */
  #index: number
  #at: number
  /** Of a long file that is being scanned. */
  #inner: Scanner | undefined
  #gapBytes = 0

  /** @param from where a chunk begins */
  constructor(pool: Pool, image: Image, files: ImageFiles, from: number, limit: number, isFinal: boolean) {
    this.#pool = pool
    this.#image = image
    this.#files = files
    this.#limit = limit
    this.#isFinal = isFinal
    this.#at = from
    this.#index = from < image.sizeBytes ? image.at(from) : image.manifest.count
    const offset = from < image.sizeBytes ? from - image.start(this.#index) : 0
    if (offset > 0) this.#openInner(offset)
  }

  get scannedBytes(): number {
    return this.#at
  }

  /** Bytes passed over since the last call: files that were not to be had. */
  takeGap(): number {
    const bytes = this.#gapBytes
    this.#gapBytes = 0
    return bytes
  }

  extend(limit: number, isFinal: boolean): void {
    assert(!this.#isFinal || limit <= this.#limit, 'nothing comes after the final limit')
    this.#limit = Math.max(limit, this.#limit)
    this.#isFinal = isFinal
    if (this.#inner) this.#extendInner(this.#inner)
  }

  step(bytesMax: number, visit: VisitChunk): ScanState {
    let offset = this.#at
    return this.stepRows(bytesMax, (rows, bytes) => {
      let at = 0
      for (let row = 0; row < rows.length; row += rowBytes) {
        const length = readU32(rows, row)
        const from = at
        visit(offset, length, rows.subarray(row + 4, row + rowBytes), () => {
          assert(bytes !== undefined, 'bytes that were read')
          return bytes.subarray(from, from + length)
        })
        at += length
        offset += length
      }
    })
  }

  stepRows(bytesMax: number, visit: VisitRows, lend?: () => Uint8Array): ScanState {
    const until = this.#at + bytesMax
    while (this.#at < until) {
      if (!this.#inner) this.#skipEmpty()
      const isAtLimit = this.#isFinal && this.#at >= this.#limit
      if (isAtLimit || this.#index === this.#image.manifest.count) return 'done'
      const before = this.#at
      const state = this.#inner ? this.#scanInner(this.#inner, visit, lend) : this.#begin(visit, lend)
      if (state !== 'more') return state
      // a gap is told before what comes behind it
      if (this.#gapBytes > 0 && this.#at > before) return 'more'
    }
    return 'more'
  }

  #skipEmpty(): void {
    const { manifest } = this.#image
    while (this.#index < manifest.count && this.#image.end(this.#index) === this.#image.start(this.#index))
      this.#index++
  }

  /** What begins at a file's first byte. */
  #begin(visit: VisitRows, lend?: () => Uint8Array): ScanState {
    const known = this.#known()
    if (known) return this.#give(known.rows, undefined, known.next, visit)
    const end = this.#image.end(this.#index)
    const isCutOff = this.#isFinal && this.#limit < end
    if (end - this.#at <= batchedBytesMax && !isCutOff) return this.#batch(visit, lend)
    if (this.#at >= this.#limit) return 'waiting'
    return this.#openInner(0) ? 'more' : this.#gap()
  }

  /** Files from here on whose chunks are known, as far as they lie within the limit. */
  #known(): { readonly rows: Uint8Array; readonly next: number } | undefined {
    const parts: Uint8Array[] = []
    let next = this.#index
    let bytes = 0
    for (; next < this.#image.manifest.count && bytes < batchBytes; next++) {
      const size = this.#image.end(next) - this.#image.start(next)
      if (size === 0) continue
      const rows = this.#image.end(next) <= this.#limit ? this.#files.rows(next) : undefined
      if (!rows) break
      parts.push(rows)
      bytes += size
    }
    return parts.length > 0 ? { rows: concat(...parts), next } : undefined
  }

  #give(rows: Uint8Array, bytes: Uint8Array | undefined, next: number, visit: VisitRows): ScanState {
    this.#index = next
    this.#at = next < this.#image.manifest.count ? this.#image.start(next) : this.#image.sizeBytes
    visit(rows, bytes)
    return 'more'
  }

  /** Short files from here on, read at once and cut in memory. */
  #batch(visit: VisitRows, lend?: () => Uint8Array): ScanState {
    const indexes: number[] = []
    let bytes = 0
    let next = this.#index
    for (; next < this.#image.manifest.count && indexes.length < batchFilesMax; next++) {
      const size = this.#image.end(next) - this.#image.start(next)
      if (size === 0) continue
      const isLast =
        size > batchedBytesMax || bytes + size > batchBytes || this.#image.end(next) > this.#limit
      if (isLast || (indexes.length > 0 && this.#files.rows(next))) break
      indexes.push(next)
      bytes += size
    }
    if (indexes.length === 0) return 'waiting'
    this.#buffer ??= lend ? undefined : new Uint8Array(batchBytes)
    const target = lend?.() ?? must(this.#buffer, 'a buffer of our own')
    const read = this.#files.readMany(indexes, target.subarray(0, bytes))
    if (read === 0) return this.#gap()
    const after = indexes[read] ?? next
    return this.#give(...this.#cut(indexes.slice(0, read), target), after, visit)
  }

  #cut(indexes: readonly number[], bytes: Uint8Array): [rows: Uint8Array, bytes: Uint8Array] {
    const parts: Uint8Array[] = []
    let at = 0
    for (const index of indexes) {
      const size = this.#image.end(index) - this.#image.start(index)
      const count = this.#pool.cutWhole(bytes.subarray(at, at + size), this.#rows)
      parts.push(this.#rows.slice(0, count * rowBytes))
      at += size
    }
    return [concat(...parts), bytes.subarray(0, at)]
  }

  #openInner(offset: number): boolean {
    const fd = this.#files.open(this.#index)
    if (fd === undefined) return false
    this.#inner = this.#pool.scanner({ fd, from: offset, limit: offset, isFinal: false })
    this.#extendInner(this.#inner)
    return true
  }

  #extendInner(inner: Scanner): void {
    const end = this.#image.end(this.#index)
    const start = this.#image.start(this.#index)
    // where the file ends its last chunk does, whatever is known of the next file
    inner.extend(Math.max(0, Math.min(this.#limit, end) - start), this.#limit >= end || this.#isFinal)
  }

  #scanInner(inner: Scanner, visit: VisitRows, lend?: () => Uint8Array): ScanState {
    const start = this.#image.start(this.#index)
    const state = inner.stepRows(1, visit, lend)
    this.#at = start + inner.scannedBytes
    if (state === 'short') {
      this.#inner = undefined
      this.#files.lost(this.#index)
      return this.#gap()
    }
    const isOver = this.#at === this.#image.end(this.#index)
    if (isOver) {
      this.#inner = undefined
      this.#index++
    }
    if (state === 'done' && !isOver) return 'done' // the limit lies inside this file
    return isOver ? 'more' : state
  }

  /** The rest of this file is passed over. */
  #gap(): ScanState {
    this.#gapBytes += this.#image.end(this.#index) - this.#at
    this.#at = this.#image.end(this.#index)
    this.#index++
    return 'more'
  }
}
