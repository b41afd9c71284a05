// The holes of an object as one MISS can name them: at most so many ranges. Where there are more, those nearest to each
// other become one, and what lies between them is asked for again: a few chunks, for one question instead of many.
// Knows ranges only. PROTOCOL.md §15.6

import { must } from '../../base/assert.ts'
import type { Range } from '../../base/ranges.ts'

/** @param holes ascending and apart */
export function joinedHoles(holes: readonly Range[], countMax: number): readonly Range[] {
  if (holes.length <= countMax) return holes
  const between = (i: number): number =>
    must(holes[i + 1], 'a hole behind it').start - must(holes[i], 'a hole').end
  const nearest = Array.from({ length: holes.length - 1 }, (_, i) => i)
    .sort((a, b) => between(a) - between(b))
    .slice(0, holes.length - countMax)
  const isJoined = new Set(nearest)
  const joined: Range[] = []
  let start: number | undefined
  for (const [i, hole] of holes.entries()) {
    start ??= hole.start
    if (isJoined.has(i)) continue
    joined.push({ start, end: hole.end })
    start = undefined
  }
  return joined
}
