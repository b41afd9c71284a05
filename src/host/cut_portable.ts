// The portable twin of cutting: cut/chunker.ts and whichever hashes there are, chunk by chunk.

import { setImmediate } from 'node:timers/promises'
import { readU32, writeU32 } from '../base/bytes.ts'
import { MiB } from '../base/units.ts'
import { type CutLength, createCutter, zeroCutLength } from '../cut/chunker.ts'
import type { Chunking } from '../cut/limits.ts'
import { rowBytes } from '../cut/recipe.ts'
import type { SeedKeys } from '../cut/seed.ts'
import type { Cutting, FilePart, PartScan } from './cut.ts'
import { readFully } from './file.ts'
import { FileWindow } from './file_window.ts'
import type { Hashes } from './hash.ts'

/** Read and cut before other work of the thread gets a turn. */
const partStepBytes = 1 * MiB

export class PortableCutting implements Cutting {
  readonly kernel = 'portable, in JavaScript'
  readonly #chunking: Chunking
  readonly #hashes: Hashes
  readonly #cut: CutLength
  readonly #zeros: Buffer

  constructor(keys: Pick<SeedKeys, 'gear'>, hashes: Hashes, chunking: Chunking) {
    this.#chunking = chunking
    this.#hashes = hashes
    this.#cut = createCutter(keys.gear, chunking)
    this.#zeros = Buffer.alloc(zeroCutLength(keys.gear, chunking))
  }

  scanBytes(bytes: Uint8Array, isLast: boolean, rows: Uint8Array): number {
    const rowsMax = Math.floor(rows.length / rowBytes)
    let count = 0
    for (let at = 0; count < rowsMax; count++) {
      const isZeros = this.#isZeros(bytes, at)
      const length = isZeros ? this.#zeros.length : this.#cut(bytes, at, bytes.length, isLast)
      if (length === 0) break
      const { zeroId, chunkId } = this.#hashes
      writeU32(rows, count * rowBytes, length)
      rows.set(isZeros ? zeroId(length) : chunkId(bytes.subarray(at, at + length)), count * rowBytes + 4)
      at += length
    }
    return count
  }

  /** Zeros are cut alike everywhere, so comparing (20 GB/s) stands in for cutting (1 GB/s). */
  #isZeros(bytes: Uint8Array, start: number): boolean {
    const end = start + this.#zeros.length
    if (end > bytes.length || bytes[start] !== 0) return false
    return this.#zeros.compare(bytes, start, end) === 0
  }

  scanFile(window: FileWindow, fd: number, limit: number, isFinal: boolean, rows: Uint8Array): number {
    const { buffer, offset } = window
    const open = window.end - window.start
    buffer.copyWithin(0, window.start, window.end)
    window.set(offset, 0, open, false)
    const wanted = Math.max(0, Math.min(limit - offset - open, buffer.length - open))
    const count = readFully(fd, buffer.subarray(open, open + wanted), offset + open)
    const end = open + count
    const rowCount = this.scanBytes(buffer.subarray(0, end), isFinal && offset + end === limit, rows)
    const given = lengthOfRows(rows, rowCount)
    window.set(offset + given, given, end, count < wanted)
    return rowCount
  }

  async scanPart(part: FilePart, rows: Uint8Array): Promise<PartScan> {
    const buffer = new Uint8Array(partStepBytes + this.#chunking.maxBytes)
    const window = new FileWindow(part.from, buffer)
    let rowCount = 0
    for (;;) {
      const free = rows.subarray(rowCount * rowBytes)
      const count = this.scanFile(window, part.fd, part.limit, part.isFinal, free)
      rowCount += count
      if (count === 0) return { rowCount, end: window.offset, isShort: window.isShort }
      await setImmediate()
    }
  }
}

function lengthOfRows(rows: Uint8Array, rowCount: number): number {
  let sum = 0
  for (let at = 0; at < rowCount * rowBytes; at += rowBytes) sum += readU32(rows, at)
  return sum
}
