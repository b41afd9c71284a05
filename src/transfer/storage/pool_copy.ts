// Copies what the pool holds into a part file, without looking at it: whole runs of chunks in one call, blocks shared
// where the file system can. The finished object is judged by its blob id, so that each byte is hashed once and not
// twice; only when that judgement is bad, recheck.ts finds which chunks were rotten. Knows no rounds. PROTOCOL.md §13.5-1

import { KiB } from '../../base/units.ts'
import { batchMax } from '../../host/files.ts'
import type { BlobReader } from '../../pool/blob_reader.ts'
import { openFilesMax } from '../../pool/limits.ts'
import type { Part } from './part.ts'

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
  readonly #part: Part
  readonly #runs = new Float64Array(3 * batchMax)
  readonly #open = new Set<number>()
  readonly #unclonable = new Set<BlobReader>()
  #count = 0

  constructor(part: Part) {
    this.#part = part
  }

  /** Copies what is there of the range; `visit` hears of each part that was. Holes are what it never hears of. */
  copy(run: CopiedRun, visit: (run: CopiedRun) => void): void {
    const { reader, offset, output, length } = run
    for (let at = offset; at < offset + length; ) {
      const wanted = this.#gather(reader, at, offset + length)
      const shared = this.#share(reader, output + at - offset, wanted)
      const copied =
        shared < wanted ? this.#part.copyRuns(this.#left(shared), output + at - offset + shared) : 0
      at = after(run, at, wanted, shared + copied, visit)
    }
  }

  /** The same on another thread; several may be under way. `visit` says whether to go on. */
  async copyBehind(run: CopiedRun, visit: (run: CopiedRun) => boolean): Promise<void> {
    const { reader, offset, output, length } = run
    let mayGoOn = true
    for (let at = offset; at < offset + length && mayGoOn; ) {
      const wanted = this.#gather(reader, at, offset + length)
      const shared = this.#share(reader, output + at - offset, wanted)
      // the call has taken what it needs of the runs when it returns its promise
      const copying =
        shared < wanted ? this.#part.copyRunsBehind(this.#left(shared), output + at - offset + shared) : 0
      at = after(run, at, wanted, shared + (await copying), copied => (mayGoOn = visit(copied)))
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

  /** What was gathered, but for the first `shared` bytes. */
  #left(shared: number): Float64Array {
    const runs = this.#runs
    if (shared > 0) {
      runs[1]! += shared
      runs[2]! -= shared
    }
    return runs.subarray(0, this.#count)
  }

  /** Shares the whole blocks of what was gathered, if it is one run. Returns how much that was. */
  #share(reader: BlobReader, output: number, wanted: number): number {
    if (this.#count !== 3) return 0
    const [fd = 0, offset = 0] = this.#runs
    const length = wanted - (wanted % blockBytes)
    if (length < cloneBytesMin || offset % blockBytes !== 0 || output % blockBytes !== 0) return 0
    if (this.#unclonable.has(reader)) return 0
    if (this.#part.cloneRange(fd, offset, output, length)) return length
    this.#unclonable.add(reader)
    return 0
  }
}

/** Tells of what was copied. Returns where to go on: what cannot be had costs its own chunk, not all that follows. */
function after(
  { reader, offset, output }: CopiedRun,
  at: number,
  wanted: number,
  copied: number,
  visit: (run: CopiedRun) => void,
): number {
  if (copied > 0) visit({ reader, offset: at, output: output + at - offset, length: copied })
  if (copied === wanted && wanted > 0) return at + copied
  return reader.chunk(at + copied)?.end ?? Number.POSITIVE_INFINITY
}
