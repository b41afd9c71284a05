// Where a chunk can be had: the chunks of every candidate blob behind one open-addressing table. Built once per
// transfer, 20 bytes a chunk beside the recipes themselves. Knows ids and offsets, no bytes. PROTOCOL.md §14.4

import { assert } from '../base/assert.ts'
import { readU32 } from '../base/bytes.ts'
import { entryLength, type Recipe, rowBytes } from '../cut/recipe.ts'
import { candidateChunksMax } from './limits.ts'

/** A blob both sides hold, and what this transfer calls it. */
export interface Candidate {
  readonly alias: number
  readonly recipe: Recipe
}

/** Slots tried for one id. Ids of chance need about 40 at worst; ids made to collide must not cost us more. */
const probesMax = 128

/** Of a row: behind its length and the four bytes of the id that chose the slot. */
const markAt = 8

/** Places are numbered through all candidates, in order; `none` is no place. */
export const none = -1

export class CandidateIndex {
  readonly #candidates: { readonly alias: number; readonly recipe: Recipe; readonly first: number }[] = []
  // by place; a candidate of n chunks has n + 1 offsets, the last one being its end
  readonly #offsets: Float64Array
  // by place: four bytes of the id, so that a recipe, which may lie on a disk, is read only for what will match
  readonly #marks: Uint32Array
  // 1 + place, 0 for a free slot; at most half full
  readonly #slots: Uint32Array
  readonly #mask: number
  #places = 0

  /** Candidates that do not fit `chunksMax` any more are cut short: their tails are not seen. */
  constructor(candidates: readonly Candidate[], chunksMax = candidateChunksMax) {
    let wanted = 0
    for (const { recipe } of candidates) wanted += recipe.chunkCount
    const chunks = Math.min(wanted, chunksMax)
    this.#offsets = new Float64Array(chunks + candidates.length)
    this.#marks = new Uint32Array(chunks + candidates.length)
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * chunks)))
    this.#slots = new Uint32Array(slots)
    this.#mask = slots - 1
    let left = chunks
    for (const { alias, recipe } of candidates) {
      const count = Math.min(left, recipe.chunkCount)
      this.#take(alias, recipe, count)
      left -= count
    }
  }

  #take(alias: number, recipe: Recipe, count: number): void {
    this.#candidates.push({ alias, recipe, first: this.#places })
    let offset = 0
    for (let i = 0; i < count; i++) {
      const row = recipe.entry(i)
      this.#offsets[this.#places] = offset
      this.#marks[this.#places] = readU32(row, markAt)
      offset += entryLength(row)
      this.#insert(row, this.#places++)
    }
    this.#offsets[this.#places++] = offset
  }

  /** The first place of a chunk wins: later ones are found by going on from their neighbours. */
  #insert(row: Uint8Array, place: number): void {
    let slot = readU32(row, 4) & this.#mask
    for (let probes = 0; this.#slots[slot]! !== 0; slot = (slot + 1) & this.#mask) {
      if (++probes > probesMax || this.holds(this.#slots[slot]! - 1, row)) return
    }
    this.#slots[slot] = place + 1
  }

  /** Any place that holds the chunk of `row`, or `none`. */
  find(row: Uint8Array): number {
    let slot = readU32(row, 4) & this.#mask
    for (let probes = 0; this.#slots[slot]! !== 0; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[slot]! - 1
      if (this.holds(place, row)) return place
      if (++probes > probesMax) break
    }
    return none
  }

  /** Whether `place` is the chunk of `row`, by length and the whole id. */
  holds(place: number, row: Uint8Array): boolean {
    const candidate = this.#candidateOf(place)
    if (this.#marks[place] !== readU32(row, markAt) || this.#isEnd(place)) return false
    const held = candidate.recipe.entry(place - candidate.first)
    for (let i = 0; i < rowBytes; i++) if (held[i] !== row[i]) return false
    return true
  }

  /** The place that begins at `offset` of the candidate that `near` lies in, or `none`. */
  placeAt(near: number, offset: number): number {
    const { first } = this.#candidateOf(near)
    let low = first
    let high = this.#endOf(near)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsets[middle]! < offset) low = middle + 1
      else high = middle
    }
    return this.#offsets[low] === offset && !this.#isEnd(low) ? low : none
  }

  aliasOf(place: number): number {
    return this.#candidateOf(place).alias
  }

  offsetOf(place: number): number {
    return this.#offsets[place]!
  }

  // few candidates, and the newest look-ups are close together: a walk is enough
  #candidateOf(place: number): { readonly alias: number; readonly recipe: Recipe; readonly first: number } {
    let found = this.#candidates[0]
    for (const candidate of this.#candidates) if (candidate.first <= place) found = candidate
    assert(found !== undefined && place < this.#places, 'a place')
    return found
  }

  /** The end place of the candidate that `place` lies in. */
  #endOf(place: number): number {
    for (const { first } of this.#candidates) if (first > place) return first - 1
    return this.#places - 1
  }

  #isEnd(place: number): boolean {
    return this.#endOf(place) === place
  }
}
