// What is to be done about each entry of a tree, from what stands at the target and what the user wants done where names
// are taken. Decides, and touches nothing: the commit looks again.

import { type Indexes, IndexSet } from '../../../base/index_set.ts'
import type { Range } from '../../../base/ranges.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { decodeRuns, encodeRuns } from '../../../cut/manifest/runs.ts'
import { runsBytesMax } from '../../../wire/limits.ts'
import type { Conflict, Standing, Survey } from './survey.ts'

export interface Decision {
  /** Files that are there already, as far as can be told without reading them; empty ones too. */
  readonly inPlace: Indexes
  /** Entries of which nothing is sent, because what is there stays. Ascending and apart, and no more than an ANSWER tells. */
  readonly unwanted: readonly Range[]
  /** Entries that cannot be put in place, whatever comes: something is in the way that is never replaced. */
  readonly blocked: readonly number[]
  /** Entries for which the user must decide first. */
  readonly conflicts: readonly number[]
}

export function decide(manifest: Manifest, { standings, mtimes }: Survey, policy: Conflict): Decision {
  const inPlace = new IndexSet(manifest.count)
  const unwanted: Range[] = []
  /** The same, one by one. */
  const left = new IndexSet(manifest.count)
  const blocked: number[] = []
  const conflicts: number[] = []
  const leave = (index: number): void => {
    left.add(index)
    const last = unwanted.at(-1)
    if (last?.end === index) unwanted[unwanted.length - 1] = { start: last.start, end: index + 1 }
    else unwanted.push({ start: index, end: index + 1 })
  }
  for (let index = 0; index < manifest.count; index++) {
    const standing: Standing = standings[index] ?? 'absent'
    // below what stays as it is, nothing is made
    if (left.has(manifest.parent(index))) {
      leave(index)
      continue
    }
    switch (standing) {
      case 'absent':
      case 'merged':
        continue
      case 'same':
        if (manifest.entry(index).kind === 'file') inPlace.add(index)
        continue
      case 'unread':
      case 'different': {
        const isNewer = (mtimes.get(index) ?? 0n) >= nanosOf(manifest.entry(index).time)
        if (policy === 'skip' || (policy === 'newer' && isNewer)) leave(index)
        // it may be the same after all: reading it will tell
        else if (standing === 'unread' && policy !== 'overwrite' && policy !== 'newer') inPlace.add(index)
        else if (policy === 'refuse') conflicts.push(index)
        continue
      }
      case 'blocked':
        if (policy === 'refuse') conflicts.push(index)
        else if (policy !== 'skip') blocked.push(index)
        leave(index)
        continue
    }
  }
  // what cannot be said is sent, and left alone in the end
  const told = decodeRuns(encodeRuns(unwanted, runsBytesMax), manifest.count) ?? []
  return { inPlace, unwanted: told, blocked, conflicts }
}
