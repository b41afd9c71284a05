// Zeros that are no hole at the sender take room here too. Knows a file under construction and where its holes are.

import type { Range } from '../../../base/ranges.ts'
import type { GrowingFile } from '../growing_file.ts'

const zeros = new Uint8Array(64 * 1024)

/** Writes what of [start, end) lies in none of the holes. */
export function writeZeros(file: GrowingFile, holes: readonly Range[], start: number, end: number): void {
  for (const range of outside(holes, start, end))
    for (let at = range.start; at < range.end; at += zeros.length)
      file.write(zeros.subarray(0, Math.min(zeros.length, range.end - at)), at)
}

/** @param ranges ascending and apart */
function* outside(ranges: readonly Range[], start: number, end: number): Generator<Range> {
  let at = start
  for (const range of ranges) {
    if (range.end <= at) continue
    if (range.start >= end) break
    if (range.start > at) yield { start: at, end: range.start }
    at = range.end
  }
  if (at < end) yield { start: at, end }
}
