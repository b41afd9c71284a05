// Reads one file, cuts it and names its chunks, in steps that a worker can interleave with other work, and behind a
// file that still grows. Memory is one buffer, or those that a caller lends who goes on with the bytes. Knows no pool:
// import, sender and verifier each do their own with the chunks. PROTOCOL.md §13.2

import { assert } from '../base/assert.ts'
import { readU32 } from '../base/bytes.ts'
import { chunking1 } from '../cut/limits.ts'
import { rowBytes } from '../cut/recipe.ts'
import { type Cutting, rowsFor } from '../host/cut.ts'
import { diskFault } from '../host/file.ts'
import { FileWindow } from '../host/file_window.ts'
import { scanReadBytes } from './limits.ts'

/**
 * @param id may be kept
 * @param bytes gives the chunk's bytes, a view that lives until the visit returns: made only for those who want it
 */
export type VisitChunk = (offset: number, length: number, id: Uint8Array, bytes: () => Uint8Array) => void

/** 'more': call again · 'waiting': nothing until the limit moves · 'done' · 'short': the file ends before the limit. */
export type ScanState = 'more' | 'waiting' | 'done' | 'short'

export interface ScanOptions {
  readonly fd: number
  /** Where a chunk begins; 0 unless a tree node's first byte is meant. */
  readonly from?: number
  /** Bytes of the file known to be there; see `extend`. */
  readonly limit: number
  /** Nothing comes after `limit`. */
  readonly isFinal: boolean
}

const noRows = new Uint8Array(0)

/** Gives out the chunks of some content in order, in steps, and behind content that still grows. */
export interface Scanner {
  /** Up to where chunks were given out. */
  readonly scannedBytes: number
  /** The content has grown; with `isFinal` for the last time. */
  extend(limit: number, isFinal: boolean): void
  /** Gives out the chunks of at least `bytesMax` bytes of content, as far as there are any. */
  step(bytesMax: number, visit: VisitChunk): ScanState
  /**
   * As `step`, with all the chunks of a buffer in one visit: rows of a recipe, which may be kept, and their bytes.
   * @param lend gives the buffer to read the next bytes into: the visit's bytes lie in it, and stay
   */
  stepRows(bytesMax: number, visit: VisitRows, lend?: () => Uint8Array): ScanState
}

/** @param bytes undefined: the rows are known, and nobody has read what they stand for */
export type VisitRows = (rows: Uint8Array, bytes: Uint8Array | undefined) => void

export class FileScanner implements Scanner {
  readonly #cutting: Cutting
  readonly #fd: number
  readonly #own: Uint8Array
  #window: FileWindow
  #limit: number
  #isFinal: boolean
  /** Rows cut and not yet visited, from the `#next`th byte of them on: one buffer's, made new for each. */
  #rows: Uint8Array = noRows
  #next = 0
  /** Of the next chunk to be visited: in the file, in the buffer, and its length. */
  #offset: number
  #start = 0
  #length = 0
  readonly #bytes = (): Uint8Array => this.#window.buffer.subarray(this.#start, this.#start + this.#length)

  constructor(cutting: Cutting, options: ScanOptions) {
    this.#cutting = cutting
    this.#fd = options.fd
    this.#limit = options.limit
    this.#isFinal = options.isFinal
    this.#offset = options.from ?? 0
    const usual = scanReadBytes + chunking1.maxBytes
    // a repair looks at many small stretches
    const size = options.isFinal ? Math.min(usual, Math.max(0, options.limit - this.#offset)) : usual
    // memory that is never touched is never there
    this.#own = Buffer.allocUnsafeSlow(size)
    this.#window = new FileWindow(this.#offset, this.#own)
  }

  get scannedBytes(): number {
    return this.#offset
  }

  extend(limit: number, isFinal: boolean): void {
    assert(!this.#isFinal || limit <= this.#limit, 'nothing comes after the final limit')
    this.#limit = Math.max(limit, this.#limit)
    this.#isFinal = isFinal
  }

  step(bytesMax: number, visit: VisitChunk): ScanState {
    const until = this.#offset + bytesMax
    while (this.#offset < until) {
      if (this.#next === this.#rows.length) {
        const state = this.#scan()
        if (state !== 'more') return state
      }
      const row = this.#next
      this.#length = readU32(this.#rows, row)
      visit(this.#offset, this.#length, this.#rows.subarray(row + 4, row + rowBytes), this.#bytes)
      this.#next += rowBytes
      this.#start += this.#length
      this.#offset += this.#length
    }
    return 'more'
  }

  stepRows(
    bytesMax: number,
    visit: (rows: Uint8Array, bytes: Uint8Array) => void,
    lend?: () => Uint8Array,
  ): ScanState {
    const until = this.#offset + bytesMax
    while (this.#offset < until) {
      if (this.#next === this.#rows.length) {
        const state = this.#scan(lend)
        if (state !== 'more') return state
      }
      const rows = this.#rows.subarray(this.#next)
      let length = 0
      for (let row = 0; row < rows.length; row += rowBytes) length += readU32(rows, row)
      visit(rows, this.#window.buffer.subarray(this.#start, this.#start + length))
      this.#next = this.#rows.length
      this.#start += length
      this.#offset += length
    }
    return 'more'
  }

  /** Cuts what a buffer holds. Each of its chunks is visited before the next call. */
  #scan(lend?: () => Uint8Array): ScanState {
    const hasMore = this.#window.offset < this.#limit
    if (lend && hasMore) this.#window = this.#window.movedTo(lend())
    else if (this.#window.buffer !== this.#own) this.#window = this.#window.movedTo(this.#own)
    const window = this.#window
    const rows = rowsFor(window.buffer.length, chunking1)
    let count: number
    try {
      count = this.#cutting.scanFile(window, this.#fd, this.#limit, this.#isFinal, rows)
    } catch (error) {
      throw diskFault(error, 'PFS_READ', `at byte ${window.offset + window.end - window.start}`, false)
    }
    this.#rows = rows.subarray(0, count * rowBytes)
    this.#next = 0
    this.#start = 0
    if (count > 0) return 'more'
    if (window.isShort) return 'short'
    return this.#isFinal ? 'done' : 'waiting'
  }
}
