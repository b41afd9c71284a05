// Two manifests side by side: which entry of the one has the path of which entry of the other. Both are in one order, so
// that one walk over both finds out, whatever their size. Knows names, nothing else of entries.

import { compareNames, type Manifest } from '../../../cut/manifest/manifest.ts'

/** A stretch of a manifest: [start, end). */
export interface Stretch {
  readonly manifest: Manifest
  readonly start: number
  readonly end: number
}

export const wholeOf = (manifest: Manifest): Stretch => ({ manifest, start: 0, end: manifest.count })

/** A top, and all that lies below it. */
export function stretchOf(manifest: Manifest, top: number): Stretch {
  let end = top + 1
  while (end < manifest.count && manifest.parent(end) >= 0) end++
  return { manifest, start: top, end }
}

/** The entries with a path in both, in order. Paths begin at the stretches' own depth. */
export function* pairs(a: Stretch, b: Stretch): Generator<readonly [number, number]> {
  const left = new Walk(a)
  const right = new Walk(b)
  while (!left.isOver && !right.isOver) {
    const order = comparePaths(left.names, right.names)
    if (order === 0) yield [left.index, right.index]
    if (order <= 0) left.next()
    if (order >= 0) right.next()
  }
}

class Walk {
  readonly #stretch: Stretch
  readonly #depth: number
  readonly names: Uint8Array[] = []
  index: number

  constructor(stretch: Stretch) {
    this.#stretch = stretch
    this.index = stretch.start
    this.#depth = this.isOver ? 0 : stretch.manifest.depth(stretch.start)
    this.#enter()
  }

  get isOver(): boolean {
    return this.index >= this.#stretch.end
  }

  next(): void {
    this.index++
    this.#enter()
  }

  #enter(): void {
    if (this.isOver) return
    const { manifest } = this.#stretch
    this.names.length = manifest.depth(this.index) - this.#depth
    this.names.push(manifest.name(this.index))
  }
}

/** In the order of manifests: a directory, then what it holds, then the next name. */
function comparePaths(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = compareNames(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}
