// Where records lie that were appended and are not yet committed, by the first 16 bytes of their ids: a table without an
// object for each, for a stream appends tens of thousands a second. Knows no files.

import { readU32 } from '../base/bytes.ts'
import type { Location } from './rows.ts'

/** Of an id: what the index keeps of it too. */
export const pendingKeyBytes = 16

/** A slot: four words of key, then segment, offset / 8 and length. A length of 0: free. A segment of 0: forgotten. */
const slotWords = 7
const slotsInitial = 1024

export class Pending {
  #slots = new Uint32Array(slotsInitial * slotWords)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @param at where in `id` the id begins */
  get(id: Uint8Array, at = 0): Location | undefined {
    if (this.#size === 0) return undefined
    const slots = this.#slots
    const slot = this.#find(id, at)
    const segment = slots[slot + 4]!
    return segment === 0 ? undefined : { segment, offset: slots[slot + 5]! * 8, length: slots[slot + 6]! }
  }

  set(id: Uint8Array, at: number, segment: number, offset: number, length: number): void {
    if (2 * this.#size * slotWords >= this.#slots.length) this.#grow()
    const slots = this.#slots
    const slot = this.#find(id, at)
    if (slots[slot + 6] === 0) {
      this.#size++
      for (let i = 0; i < 4; i++) slots[slot + i] = readU32(id, at + 4 * i)
    }
    slots[slot + 4] = segment
    slots[slot + 5] = offset / 8
    slots[slot + 6] = length
  }

  /** Its slot stays taken until `clear`: others were put behind it. */
  delete(id: Uint8Array): void {
    if (this.#size > 0) this.#slots[this.#find(id, 0) + 4] = 0
  }

  /** `key` is the same buffer each time. */
  visit(each: (key: Buffer, location: Location) => void): void {
    const slots = this.#slots
    const key = Buffer.allocUnsafeSlow(pendingKeyBytes)
    for (let slot = 0; slot < slots.length; slot += slotWords) {
      const segment = slots[slot + 4]!
      const length = slots[slot + 6]!
      if (length === 0 || segment === 0) continue
      for (let i = 0; i < 4; i++) key.writeUInt32BE(slots[slot + i]!, 4 * i)
      each(key, { segment, offset: slots[slot + 5]! * 8, length })
    }
  }

  clear(): void {
    if (this.#size > 0) this.#slots.fill(0)
    this.#size = 0
  }

  /** The id's slot, or the free one it would take. Ids are keyed hashes: any bits of them are as good as a hash. */
  #find(id: Uint8Array, at: number): number {
    const slots = this.#slots
    const a = readU32(id, at)
    const b = readU32(id, at + 4)
    const c = readU32(id, at + 8)
    const d = readU32(id, at + 12)
    for (let slot = (a % (slots.length / slotWords)) * slotWords; ; slot += slotWords) {
      if (slot === slots.length) slot = 0
      if (slots[slot + 6] === 0) return slot
      const isSame =
        slots[slot] === a && slots[slot + 1] === b && slots[slot + 2] === c && slots[slot + 3] === d
      if (isSame) return slot
    }
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    const key = Buffer.allocUnsafeSlow(pendingKeyBytes)
    for (let from = 0; from < before.length; from += slotWords) {
      if (before[from + 6] === 0) continue
      for (let i = 0; i < 4; i++) key.writeUInt32BE(before[from + i]!, 4 * i)
      this.#slots.set(before.subarray(from, from + slotWords), this.#find(key, 0))
    }
  }
}
