// Runs of a pool's files that go into several files of an image: cut where those begin and end. Knows numbers only.

import type { Image, ImagePart } from '../../../cut/manifest/image.ts'

export interface SplitRun {
  /** Where in the image the bytes go. */
  readonly part: ImagePart
  /** Triples (descriptor, offset, length), `bytes` of them in all. */
  readonly runs: Float64Array
  readonly bytes: number
}

export function* splitRuns(image: Image, runs: Float64Array, position: number): Generator<SplitRun> {
  let total = 0
  for (let i = 2; i < runs.length; i += 3) total += runs[i]!
  let run = 0
  let used = 0
  for (const part of image.parts(position, position + total)) {
    const some: number[] = []
    for (let left = part.length; left > 0; ) {
      const length = Math.min(left, runs[run + 2]! - used)
      if (length > 0) some.push(runs[run]!, runs[run + 1]! + used, length)
      left -= length
      used += length
      if (used === runs[run + 2]) {
        run += 3
        used = 0
      }
    }
    yield { part, runs: Float64Array.from(some), bytes: part.length }
  }
}
