// A set of small whole numbers below a bound that is known: one bit each, whatever is in it. For entries of a tree, of
// which a peer may name a million. Walked in ascending order, while it is not changed.

import { assert } from './assert.ts'

/** What of a set others need to know; a Set of numbers is one too. */
export interface Indexes {
  readonly size: number
  has(index: number): boolean
  [Symbol.iterator](): Iterator<number>
}

export class IndexSet implements Indexes {
  readonly #bits: Uint8Array
  readonly #limit: number
  #size = 0

  /** @param limit one past the greatest number it may hold */
  constructor(limit: number, from: Iterable<number> = []) {
    this.#limit = limit
    this.#bits = new Uint8Array(Math.ceil(limit / 8))
    for (const index of from) this.add(index)
  }

  get size(): number {
    return this.#size
  }

  /** Of any number, one beyond the bound too. */
  has(index: number): boolean {
    return index >= 0 && index < this.#limit && (this.#bits[index >> 3]! & (1 << (index & 7))) !== 0
  }

  add(index: number): this {
    assert(index >= 0 && index < this.#limit, 'a number below the bound')
    if (!this.has(index)) {
      this.#bits[index >> 3]! |= 1 << (index & 7)
      this.#size++
    }
    return this
  }

  /** False: it was not there. */
  delete(index: number): boolean {
    if (!this.has(index)) return false
    this.#bits[index >> 3]! &= ~(1 << (index & 7))
    this.#size--
    return true
  }

  *[Symbol.iterator](): Generator<number> {
    for (let byte = 0; byte < this.#bits.length; byte++) {
      if (this.#bits[byte] === 0) continue
      for (let index = 8 * byte; index < 8 * byte + 8; index++) if (this.has(index)) yield index
    }
  }
}
