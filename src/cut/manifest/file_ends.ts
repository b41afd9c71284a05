// Where the files of an image end, in order: by it an amount of the image becomes a number of files. Plain numbers in
// memory that threads share, because a million of them are 8 MB. PROTOCOL.md §13.6-3

import type { Range } from '../../base/ranges.ts'
import type { Image } from './image.ts'

/** Of the files that are wanted, empty ones too. */
export function fileEnds(image: Image): Float64Array {
  const { manifest } = image
  const isCounted = (index: number): boolean => manifest.kind(index) === 'file' && image.isWanted(index)
  let count = 0
  for (let index = 0; index < manifest.count; index++) if (isCounted(index)) count++
  const ends = new Float64Array(new SharedArrayBuffer(8 * count))
  let at = 0
  for (let index = 0; index < manifest.count; index++) if (isCounted(index)) ends[at++] = image.end(index)
  return ends
}

/** How many files lie before `position`, whole. */
export function filesUpTo(ends: Float64Array, position: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle]! <= position) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * How many files lie whole in what is held.
 * @param held ascending, and no two that touch: an empty file between two files is in one of them
 */
export function filesWithin(ends: Float64Array, held: Iterable<Range>): number {
  let count = 0
  for (const { start, end } of held) count += Math.max(0, filesUpTo(ends, end) - firstFrom(ends, start))
  return count
}

/** The first file that begins at `position` or behind it: where the one before it ends. */
function firstFrom(ends: Float64Array, position: number): number {
  if (position === 0) return 0
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle]! < position) low = middle + 1
    else high = middle
  }
  return low + 1
}
