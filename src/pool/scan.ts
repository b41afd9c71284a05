// Reads one file, cuts it and names its chunks, in steps that a worker can interleave with other work, and behind a
// file that still grows. Memory is one buffer. Knows no pool: import, sender and verifier each do their own with the
// chunks. PROTOCOL.md §13.2

import { type CutLength, createCutter, zeroCutLength } from '../cut/chunker.ts'
import { chunking1 } from '../cut/limits.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { diskFault, readFully } from '../host/file.ts'
import type { Hashes } from '../host/hash.ts'
import { scanReadBytes } from './limits.ts'

/** `bytes` is a view that lives until the visit returns. */
export type VisitChunk = (offset: number, length: number, id: Uint8Array, bytes: Uint8Array) => void

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

export class FileScanner {
  readonly #fd: number
  readonly #hashes: Hashes
  readonly #cut: CutLength
  readonly #zeroLength: number
  readonly #zeros: Uint8Array
  readonly #buffer = Buffer.allocUnsafeSlow(scanReadBytes + chunking1.maxBytes)
  #limit: number
  #isFinal: boolean
  /** Of the next chunk in the file; of it and of the first unread byte in the buffer. */
  #offset: number
  #start = 0
  #end = 0

  constructor(keys: SeedKeys, hashes: Hashes, options: ScanOptions) {
    this.#fd = options.fd
    this.#hashes = hashes
    this.#cut = createCutter(keys.gear, chunking1)
    this.#zeroLength = zeroCutLength(keys.gear, chunking1)
    this.#zeros = new Uint8Array(this.#zeroLength)
    this.#limit = options.limit
    this.#isFinal = options.isFinal
    this.#offset = options.from ?? 0
  }

  /** The file offset up to which chunks were given out. */
  get scannedBytes(): number {
    return this.#offset
  }

  /** The file has grown; with `isFinal` for the last time. */
  extend(limit: number, isFinal: boolean): void {
    this.#limit = Math.max(limit, this.#limit)
    this.#isFinal = isFinal
  }

  /** Gives out the chunks of at least `bytesMax` bytes of content, as far as there are any. */
  step(bytesMax: number, visit: VisitChunk): ScanState {
    const until = this.#offset + bytesMax
    while (this.#offset < until) {
      const length = this.#nextLength()
      if (length === 0) {
        const state = this.#fill()
        if (state !== 'more') return state
        continue
      }
      const bytes = this.#buffer.subarray(this.#start, this.#start + length)
      const isZeros = length === this.#zeroLength && bytes[0] === 0 && bytes.equals(this.#zeros)
      const id = isZeros ? this.#hashes.zeroId(length) : this.#hashes.chunkId(bytes)
      visit(this.#offset, length, id, bytes)
      this.#start += length
      this.#offset += length
    }
    return 'more'
  }

  #nextLength(): number {
    const available = this.#end - this.#start
    // zeros are cut alike everywhere, so comparing (20 GB/s) stands in for cutting (1 GB/s)
    if (available >= this.#zeroLength && this.#buffer[this.#start] === 0) {
      const end = this.#start + this.#zeroLength
      if (this.#buffer.compare(this.#zeros, 0, this.#zeroLength, this.#start, end) === 0)
        return this.#zeroLength
    }
    const isLast = this.#isFinal && this.#offset + available === this.#limit
    return this.#cut(this.#buffer, this.#start, this.#end, isLast)
  }

  #fill(): ScanState {
    const available = this.#end - this.#start
    const wanted = Math.min(this.#limit - this.#offset - available, this.#buffer.length - available)
    if (wanted <= 0) return this.#isFinal ? 'done' : 'waiting'
    this.#buffer.copyWithin(0, this.#start, this.#end)
    this.#start = 0
    this.#end = available
    try {
      const target = this.#buffer.subarray(available, available + wanted)
      this.#end += readFully(this.#fd, target, this.#offset + available)
    } catch (error) {
      throw diskFault(error, 'PFS_READ', `at byte ${this.#offset + available}`)
    }
    return this.#end === available + wanted ? 'more' : 'short'
  }
}
