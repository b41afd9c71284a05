// Copies what the pool holds into a part file, without looking at it: whole runs of chunks in one call, blocks shared
// where the file system can. The finished object is judged by its blob id, so that each byte is hashed once and not
// twice; only when that judgement is bad, recheck.ts finds which chunks were rotten. Knows no rounds. PROTOCOL.md §13.5-1

import { KiB } from '../../base/units.ts'
import { batchMax } from '../../host/files.ts'
import type { BlobReader } from '../../pool/blob_reader.ts'
import { openFilesMax } from '../../pool/limits.ts'
import type { PartFile } from './target.ts'

/** Bytes of the object that were copied from a blob, and not looked at. */
export interface CopiedRun {
  readonly reader: BlobReader
  readonly offset: number
  readonly output: number
  readonly length: number
}

/** Shared blocks are whole ones, of at most this on every file system that has them. */
const blockBytes = 4 * KiB
/** Below it a clone costs more than a copy, and leaves the file in pieces. */
const cloneBytesMin = 64 * KiB
/** Descriptors one call may use: the pool keeps openFilesMax open, and its recipes need some. */
const filesMax = openFilesMax / 2

export class PoolCopy {
  readonly #part: PartFile
  readonly #runs = new Float64Array(3 * batchMax)
  readonly #open = new Set<number>()
  readonly #unclonable = new Set<BlobReader>()
  #count = 0

  constructor(part: PartFile) {
    this.#part = part
  }

  /** Copies what is there of the range; `visit` hears of each part that was. Holes are what it never hears of. */
  copy(run: CopiedRun, visit: (run: CopiedRun) => void): void {
    const { reader, offset, output, length } = run
    const end = offset + length
    for (let at = offset; at < end; ) {
      const wanted = this.#gather(reader, at, end)
      const copied = wanted > 0 ? this.#move(reader, output + at - offset, wanted) : 0
      if (copied > 0) visit({ reader, offset: at, output: output + at - offset, length: copied })
      at += copied
      // what cannot be had costs its own chunk, not all that follows
      if (copied < wanted || wanted === 0) at = reader.chunk(at)?.end ?? end
    }
  }

  /** Where the bytes from `at` on lie, as far as one call takes them. Returns how many they are. */
  #gather(reader: BlobReader, at: number, end: number): number {
    let next = at
    this.#count = 0
    this.#open.clear()
    while (next < end) {
      const place = reader.place(next)
      if (!place) break
      const length = Math.min(place.length, end - next)
      if (!this.#add(place.fd, place.offset, length)) break
      next += length
    }
    return next - at
  }

  #add(fd: number, offset: number, length: number): boolean {
    const runs = this.#runs
    const last = this.#count - 3
    if (last >= 0 && runs[last] === fd && runs[last + 1]! + runs[last + 2]! === offset) {
      runs[last + 2]! += length
      return true
    }
    this.#open.add(fd)
    if (this.#open.size > filesMax || this.#count === runs.length) return false
    runs[this.#count++] = fd
    runs[this.#count++] = offset
    runs[this.#count++] = length
    return true
  }

  #move(reader: BlobReader, output: number, wanted: number): number {
    const cloned = this.#count === 3 ? this.#clone(reader, output, wanted) : 0
    if (cloned === wanted) return cloned
    const runs = this.#runs
    if (cloned > 0) {
      runs[1]! += cloned
      runs[2]! -= cloned
    }
    return cloned + this.#part.copyRuns(runs.subarray(0, this.#count), output + cloned)
  }

  /** Shares the whole blocks of the one run there is. Returns how much that was. */
  #clone(reader: BlobReader, output: number, wanted: number): number {
    const [fd = 0, offset = 0] = this.#runs
    const length = wanted - (wanted % blockBytes)
    if (length < cloneBytesMin || offset % blockBytes !== 0 || output % blockBytes !== 0) return 0
    if (this.#unclonable.has(reader)) return 0
    if (this.#part.cloneRange(fd, offset, output, length)) return length
    this.#unclonable.add(reader)
    return 0
  }
}
