// Who is next: moments of many, the earliest found at once and moved in the time of a heap. Each item has one moment or
// none. Knows no clock.

import { must } from './assert.ts'
import { type Micros, never } from './units.ts'

interface Entry<T> {
  readonly item: T
  due: Micros
  at: number
}

export class Agenda<T> {
  readonly #entries = new Map<T, Entry<T>>()
  // a binary heap by `due`; `at` is where an entry stands in it
  readonly #heap: Entry<T>[] = []

  get size(): number {
    return this.#heap.length
  }

  /** never, when nobody waits. */
  get earliest(): Micros {
    return this.#heap[0]?.due ?? never
  }

  /** @param due never: it waits for nothing */
  set(item: T, due: Micros): void {
    const entry = this.#entries.get(item)
    if (due === never) {
      if (entry) this.#remove(entry)
      return
    }
    if (entry) {
      entry.due = due
      this.#settle(entry)
      return
    }
    const added = { item, due, at: this.#heap.length }
    this.#entries.set(item, added)
    this.#heap.push(added)
    this.#settle(added)
  }

  /** Takes out the earliest that is due by `now`. */
  shift(now: Micros): T | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.due > now) return undefined
    this.#remove(first)
    return first.item
  }

  #remove(entry: Entry<T>): void {
    this.#entries.delete(entry.item)
    const last = must(this.#heap.pop(), 'the entry is in the heap')
    if (last === entry) return
    this.#put(last, entry.at)
    this.#settle(last)
  }

  #settle(entry: Entry<T>): void {
    let { at } = entry
    for (let up = (at - 1) >> 1; at > 0 && this.#heap[up]!.due > entry.due; up = (at - 1) >> 1) {
      this.#put(this.#heap[up]!, at)
      at = up
    }
    for (let down = this.#sooner(2 * at + 1); down < this.#heap.length; down = this.#sooner(2 * at + 1)) {
      if (this.#heap[down]!.due >= entry.due) break
      this.#put(this.#heap[down]!, at)
      at = down
    }
    this.#put(entry, at)
  }

  // Of two neighbours, the one that is due first.
  #sooner(left: number): number {
    const right = this.#heap[left + 1]
    return right && right.due < this.#heap[left]!.due ? left + 1 : left
  }

  #put(entry: Entry<T>, at: number): void {
    this.#heap[at] = entry
    entry.at = at
  }
}
