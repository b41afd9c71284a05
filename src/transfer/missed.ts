// How often each range of an object was asked for again. A range that stays wrong however often it is sent cannot be
// made right, and somebody must say so. Knows ranges only. PROTOCOL.md §15.6-1

import { must } from '../base/assert.ts'
import { type Range, RangeSet } from '../base/ranges.ts'

/** Asked for a third time, a range ends the transfer. */
const timesMax = 2

export class Missed {
  /** Ranges asked for at least once, at least twice. */
  readonly #askedFor = Array.from({ length: timesMax }, () => new RangeSet())

  /** Notes the ranges of one MISS; true when any part of them was asked for too often. */
  add(ranges: readonly Range[]): boolean {
    let rest = ranges
    for (let times = 0; rest.length > 0; times++) {
      if (times === timesMax) return true
      const known = must(this.#askedFor[times], 'ranges asked for so often')
      const again = rest.flatMap(range => overlap(known, range))
      for (const { start, end } of rest) known.add(start, end)
      rest = again
    }
    return false
  }
}

/** The parts of `range` that are in `set`. */
function overlap(set: RangeSet, { start, end }: Range): Range[] {
  const parts = new RangeSet()
  parts.add(start, end)
  for (const gap of set.gaps(start, end)) parts.remove(gap.start, gap.end)
  return [...parts]
}
