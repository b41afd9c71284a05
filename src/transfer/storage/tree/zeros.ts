// Zeros of a file that are no hole of it take room on the disk: which these are, and how they are written.

import type { Range } from '../../../base/ranges.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { readFully } from '../../../host/file.ts'
import { files } from '../../../host/files.ts'
import type { GrowingFile } from '../growing_file.ts'

/**
 * No file system has holes, or data between them, of less. A peer that names shorter ones gets neither: one op would be
 * millions of writes.
 */
export const blockBytes = 4096

/** What of [start, end) lies in none of the ranges, which ascend. */
export function* outside(ranges: readonly Range[], start: number, end: number): Generator<Range> {
  let at = start
  // the first that ends behind `start`
  let next = 0
  for (let high = ranges.length; next < high; ) {
    const middle = (next + high) >>> 1
    if (ranges[middle]!.end <= start) next = middle + 1
    else high = middle
  }
  for (; next < ranges.length; next++) {
    const range = ranges[next]!
    if (range.start >= end) break
    if (range.start > at) yield { start: at, end: range.start }
    at = range.end
  }
  if (at < end) yield { start: at, end }
}

const zeros = new Uint8Array(64 * 1024)

/** Writes what of [start, end) lies in none of the holes. */
export function writeZeros(file: GrowingFile, holes: readonly Range[], start: number, end: number): void {
  for (const range of outside(holes, start, end)) {
    if (range.end - range.start < blockBytes) continue
    for (let at = range.start; at < range.end; at += zeros.length)
      file.write(zeros.subarray(0, Math.min(zeros.length, range.end - at)), at)
  }
}

/** The holes of a manifest's files, the last kept: a peer may name thousands for one, and ask for zeros byte by byte. */
export class Holes {
  readonly #manifest: Manifest
  #last: { readonly index: number; readonly holes: readonly Range[] | undefined } | undefined

  constructor(manifest: Manifest) {
    this.#manifest = manifest
  }

  /** undefined: nobody can tell. */
  of(index: number): readonly Range[] | undefined {
    if (this.#last?.index === index) return this.#last.holes
    const entry = this.#manifest.entry(index)
    const holes = entry.kind === 'file' ? entry.holes : undefined
    this.#last = { index, holes }
    return holes
  }
}

/**
 * Of a file that was verified: a peer that names a hole over bytes of its own would have them gone. What is a hole already
 * is not read, where the system tells. §13.6-5
 */
export function hasOnlyZeros(fd: number, start: number, end: number): boolean {
  const buffer = Buffer.allocUnsafe(zeros.length)
  for (let at = start; at < end; ) {
    const data = files().nextData(fd, at, end)
    if (!data) return true
    const length = Math.min(buffer.length, data.end - data.start)
    const some = buffer.subarray(0, length)
    if (readFully(fd, some, data.start) < length || !some.equals(zeros.subarray(0, length))) return false
    at = data.start + length
  }
  return true
}
