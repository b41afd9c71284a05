// Kinds of field that several messages share. PROTOCOL.md §15.1.

import type { Range } from '../../base/ranges.ts'
import { blobsMax, rangesMax } from '../limits.ts'
import { bytes, type Field, integer, list, size, tuple, where } from '../message_fields.ts'

/** Chosen at random by the sender; the same for every attempt at one transfer. */
export const transferId = bytes(16)
export const blobId = bytes(32)

/** Half-open, not empty, ascending, with a gap between two: what a RangeSet holds (§15.1-7). */
export const ranges: Field<readonly Range[]> = where(
  list(tuple<Range>({ start: size, end: size }), rangesMax),
  all => {
    let free = 0
    for (const { start, end } of all) {
      if (start < free || end <= start) return false
      free = end + 1
    }
    return true
  },
)

/** Strictly ascending numbers. */
export function ascending(least: number, most: number, lengthMax: number): Field<readonly number[]> {
  return where(list(integer(least, most), lengthMax), all => {
    let free = 0
    for (const number of all) {
      if (number < free) return false
      free = number + 1
    }
    return true
  })
}

export interface Blob {
  readonly blob: Uint8Array
  readonly size: number
}

export const blob: Field<Blob> = tuple<Blob>({ blob: blobId, size })
export const blobs: Field<readonly Blob[]> = list(blob, blobsMax)

/** `field`, with something in it: a question about nothing is none. */
export const some = <T>(field: Field<readonly T[]>): Field<readonly T[]> =>
  where(field, all => all.length > 0)
