// Where two equally long pieces of content agree for long enough to be worth an op. Compares by words of four bytes, and
// where nothing agrees one word in four, so that unlike content is passed at several GB/s. Knows bytes only.

import { assert } from '../base/assert.ts'

export interface Stretch {
  readonly start: number
  readonly end: number
}

/** What is shorter saves little more than the ops cost that tell of it: a COPY and a second LIT, 6 bytes in most programs. */
export const stretchBytesMin = 32

const wordBytes = 4
/** Any stretch of stretchBytesMin bytes has seven whole words, so at least one that is looked at. */
const strideWords = 4

/** How far behind a word's boundary the bytes begin: both sides must begin alike. */
export const skewOf = (bytes: Uint8Array): number => bytes.byteOffset % wordBytes

/** The stretches of [from, to), upward, in which both hold the same bytes. None is shorter than stretchBytesMin. */
export function equalStretches(ours: Uint8Array, theirs: Uint8Array, from: number, to: number): Stretch[] {
  assert(skewOf(ours) === skewOf(theirs), 'bytes that begin alike')
  const base = ours.byteOffset - skewOf(ours)
  const skew = skewOf(ours)
  const count = Math.floor((skew + to) / wordBytes)
  const a = new Int32Array(ours.buffer, base, count)
  const b = new Int32Array(theirs.buffer, theirs.byteOffset - skew, count)
  const stretches: Stretch[] = []
  let floor = from
  for (let word = Math.ceil((skew + from) / wordBytes); word < count; ) {
    if (a[word] !== b[word]) {
      word += strideWords
      continue
    }
    let start = word * wordBytes - skew
    while (start > floor && ours[start - 1] === theirs[start - 1]) start--
    do word++
    while (word < count && a[word] === b[word])
    let end = word * wordBytes - skew
    while (end < to && ours[end] === theirs[end]) end++
    if (end - start >= stretchBytesMin) stretches.push({ start, end })
    floor = end
    word++ // this one differs
  }
  return stretches
}
