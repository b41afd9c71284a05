// What stands at a name, taken out of the words that the addon fills: native/file/entry.h has the same list. And the names
// beside them, native/file/directory.h. Knows no call.

import type { Entry, EntryKind } from './confined.ts'

/** Words of 64 bits of an entry. */
export const entryWords = 9

const billion = 1_000_000_000n

const kindMask = 0o170000
const kinds: ReadonlyMap<number, EntryKind> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
])

/** Entries one after another; the same memory in three kinds of numbers. */
export class EntryRecords {
  readonly #wide: BigInt64Array
  readonly #doubles: Float64Array
  readonly #narrow: Uint32Array

  /** @param offsetBytes a multiple of 8 */
  constructor(memory: ArrayBuffer, offsetBytes: number, count: number) {
    this.#wide = new BigInt64Array(memory, offsetBytes, count * entryWords)
    this.#doubles = new Float64Array(memory, offsetBytes, count * entryWords)
    this.#narrow = new Uint32Array(memory, offsetBytes, count * entryWords * 2)
  }

  /** As the addon takes them. */
  get words(): Float64Array {
    return this.#doubles
  }

  at(index: number): Entry {
    const word = index * entryWords
    const half = word * 2
    const narrow = (at: number): number => this.#narrow[half + at] ?? 0
    const wide = (at: number): bigint => this.#wide[word + at] ?? 0n
    const mode = narrow(10)
    return {
      kind: kinds.get(mode & kindMask) ?? 'other',
      device: BigInt.asUintN(64, wide(0)),
      inode: BigInt.asUintN(64, wide(1)),
      linkCount: narrow(11),
      mode: mode & 0o7777,
      userId: narrow(12),
      groupId: narrow(13),
      sizeBytes: this.#doubles[word + 4] ?? 0,
      mtimeNanos: wide(2) * billion + BigInt(narrow(14)),
      ctimeNanos: wide(3) * billion + BigInt(narrow(15)),
      allocatedBytes: this.#doubles[word + 8] ?? 0,
    }
  }
}

/** Each name behind two bytes of its length, little-endian. */
export function unpackNames(packed: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = []
  for (let at = 0; at + 2 <= packed.length; ) {
    const length = (packed[at] ?? 0) | ((packed[at + 1] ?? 0) << 8)
    names.push(packed.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return names
}
