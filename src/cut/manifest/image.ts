// Where the files of a tree lie in its image: one after another, those that nobody wants left out. Turns positions into
// files and back. Knows sizes and order, no names and no bytes. PROTOCOL.md §13.6-3, §15.3-10

import { assert } from '../../base/assert.ts'
import type { Range } from '../../base/ranges.ts'
import type { Manifest } from './manifest.ts'

/** Part of one file, and where it lies in the image. */
export interface ImagePart {
  /** The file's entry. */
  readonly index: number
  /** From its first byte on. */
  readonly offset: number
  readonly position: number
  readonly length: number
}

export class Image {
  readonly manifest: Manifest
  readonly sizeBytes: number
  // by entry, and one more: where its bytes begin
  readonly #starts: Float64Array
  readonly #unwanted: readonly Range[]

  /** @param unwanted entries, ascending and apart */
  constructor(manifest: Manifest, unwanted: readonly Range[] = []) {
    this.manifest = manifest
    this.#unwanted = unwanted
    this.#starts = new Float64Array(manifest.count + 1)
    let at = 0
    let next = 0
    for (let index = 0; index < manifest.count; index++) {
      while (next < unwanted.length && unwanted[next]!.end <= index) next++
      const isWanted = next === unwanted.length || index < unwanted[next]!.start
      this.#starts[index] = at
      if (isWanted) at += manifest.sizeBytes(index)
    }
    this.#starts[manifest.count] = at
    this.sizeBytes = at
  }

  start(index: number): number {
    return this.#starts[index]!
  }

  end(index: number): number {
    return this.#starts[index + 1]!
  }

  isWanted(index: number): boolean {
    // the last run that begins at or before it
    let low = 0
    let high = this.#unwanted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#unwanted[middle]!.start <= index) low = middle + 1
      else high = middle
    }
    return low === 0 || this.#unwanted[low - 1]!.end <= index
  }

  /** The file that has the byte at `position`. */
  at(position: number): number {
    assert(position >= 0 && position < this.sizeBytes, 'a position in the image')
    let low = 0
    let high = this.manifest.count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#starts[middle]! <= position) low = middle
      else high = middle - 1
    }
    return low
  }

  /** [start, end), file by file, in order. */
  *parts(start: number, end: number): Generator<ImagePart> {
    if (start >= end) return
    for (let index = this.at(start), at = start; at < end; index++) {
      const until = Math.min(end, this.end(index))
      if (until <= at) continue
      yield { index, offset: at - this.start(index), position: at, length: until - at }
      at = until
    }
  }
}
