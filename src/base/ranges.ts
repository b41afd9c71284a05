// A set of half-open ranges [start, end) of offsets: sorted, disjoint, never touching. Used for bytes received,
// bytes acknowledged, packet numbers seen. Linear at worst, constant at the tail where nearly all work happens.
// Whoever fills it from a peer's numbers bounds `count`.

import { assert } from './assert.ts'

export interface Range {
  readonly start: number
  readonly end: number
}

export class RangeSet {
  // flat pairs: start, end, start, end …
  #edges: number[] = []

  /** How many separate ranges there are. */
  get count(): number {
    return this.#edges.length / 2
  }

  get isEmpty(): boolean {
    return this.#edges.length === 0
  }

  /** The lowest start; undefined when empty. */
  get first(): Range | undefined {
    return this.#edges.length === 0 ? undefined : { start: this.#edges[0]!, end: this.#edges[1]! }
  }

  get last(): Range | undefined {
    const n = this.#edges.length
    return n === 0 ? undefined : { start: this.#edges[n - 2]!, end: this.#edges[n - 1]! }
  }

  /** The sum of all lengths. */
  get total(): number {
    let sum = 0
    for (let i = 0; i < this.#edges.length; i += 2) sum += this.#edges[i + 1]! - this.#edges[i]!
    return sum
  }

  range(index: number): Range {
    assert(index >= 0 && index < this.count, 'range index')
    return { start: this.#edges[2 * index]!, end: this.#edges[2 * index + 1]! }
  }

  *[Symbol.iterator](): Generator<Range> {
    for (let i = 0; i < this.#edges.length; i += 2) yield { start: this.#edges[i]!, end: this.#edges[i + 1]! }
  }

  // The edge index (even) of the first range whose end is >= offset.
  #seek(offset: number): number {
    const edges = this.#edges
    const n = edges.length
    if (n === 0 || edges[n - 1]! < offset) return n
    if (n >= 2 && (n === 2 || edges[n - 3]! < offset)) return n - 2
    let low = 0
    let high = n / 2
    while (low < high) {
      const middle = (low + high) >> 1
      if (edges[2 * middle + 1]! < offset) low = middle + 1
      else high = middle
    }
    return 2 * low
  }

  /** Adds [start, end). Returns how many offsets were new. */
  add(start: number, end: number): number {
    if (start >= end) return 0
    const edges = this.#edges
    const at = this.#seek(start)
    if (at === edges.length) {
      edges.push(start, end)
      return end - start
    }
    if (edges[at]! > end) {
      edges.splice(at, 0, start, end)
      return end - start
    }
    // touches at least the range at `at`: swallow every range that starts at or before `end`
    let to = at
    let held = 0
    while (to < edges.length && edges[to]! <= end) {
      held += Math.min(edges[to + 1]!, end) - Math.max(Math.min(edges[to]!, end), start)
      to += 2
    }
    const low = Math.min(start, edges[at]!)
    const high = Math.max(end, edges[to - 1]!)
    edges[at] = low
    edges[at + 1] = high
    if (to - at > 2) edges.splice(at + 2, to - at - 2)
    return end - start - Math.max(0, held)
  }

  /** Removes [start, end). */
  remove(start: number, end: number): void {
    if (start >= end) return
    const edges = this.#edges
    let at = this.#seek(start)
    while (at < edges.length && edges[at]! < end) {
      const low = edges[at]!
      const high = edges[at + 1]!
      if (high <= start) {
        at += 2
      } else if (low < start && high > end) {
        edges.splice(at, 2, low, start, end, high)
        return
      } else if (low < start) {
        edges[at + 1] = start
        at += 2
      } else if (high > end) {
        edges[at] = end
        return
      } else {
        edges.splice(at, 2)
      }
    }
  }

  has(offset: number): boolean {
    return this.contains(offset, offset + 1)
  }

  /** True when every offset of [start, end) is in the set. */
  contains(start: number, end: number): boolean {
    if (start >= end) return true
    const at = this.#seek(start + 1)
    return at < this.#edges.length && this.#edges[at]! <= start && this.#edges[at + 1]! >= end
  }

  /** True when any offset of [start, end) is in the set. */
  overlaps(start: number, end: number): boolean {
    if (start >= end) return false
    const at = this.#seek(start + 1)
    return at < this.#edges.length && this.#edges[at]! < end
  }

  /** The first part of [start, end) that is missing, or undefined. */
  firstGap(start: number, end: number): Range | undefined {
    if (start >= end) return undefined
    const at = this.#seek(start + 1)
    if (at >= this.#edges.length || this.#edges[at]! >= end) return { start, end }
    if (this.#edges[at]! > start) return { start, end: this.#edges[at]! }
    const from = this.#edges[at + 1]!
    if (from >= end) return undefined
    const next = this.#edges[at + 2]
    return { start: from, end: next === undefined ? end : Math.min(next, end) }
  }

  /** Every missing part of [start, end), in order. */
  gaps(start: number, end: number): Range[] {
    const found: Range[] = []
    for (let gap = this.firstGap(start, end); gap; gap = this.firstGap(gap.end, end)) found.push(gap)
    return found
  }

  /** One past the last offset of the run that begins at `start`; `start` itself when it is not in the set. */
  endOfRun(start: number): number {
    const at = this.#seek(start + 1)
    return at < this.#edges.length && this.#edges[at]! <= start ? this.#edges[at + 1]! : start
  }

  /** Forgets the lowest range, to keep within a bound. */
  dropFirst(): void {
    this.#edges.splice(0, 2)
  }

  clear(): void {
    this.#edges = []
  }
}
