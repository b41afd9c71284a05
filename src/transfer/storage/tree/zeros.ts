// Zeros of a file that are no hole of it take room on the disk: which these are, and how they are written.

import type { Range } from '../../../base/ranges.ts'
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

export function writeZeros(file: GrowingFile, start: number, end: number): void {
  for (let at = start; at < end; at += zeros.length)
    file.write(zeros.subarray(0, Math.min(zeros.length, end - at)), at)
}
