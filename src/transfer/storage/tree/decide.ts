// What is to be done about each entry of a tree, from what stands at the target and what the user wants done where names
// are taken. Decides, and touches nothing: the commit looks again.

import { must } from '../../../base/assert.ts'
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
  const blocked: number[] = []
  const conflicts: number[] = []
  /** By entry: 1 where what is there stays. */
  const stays = new Uint8Array(manifest.count)
  for (let index = 0; index < manifest.count; index++) {
    const standing: Standing = standings[index] ?? 'absent'
    const parent = manifest.parent(index)
    // below what stays as it is, nothing is made
    if (parent >= 0 && stays[parent] === 1) {
      stays[index] = 1
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
        if (policy === 'skip' || (policy === 'newer' && isNewer)) stays[index] = 1
        // it may be the same after all: reading it will tell
        else if (standing === 'unread' && policy !== 'overwrite' && policy !== 'newer') inPlace.add(index)
        else if (policy === 'refuse') conflicts.push(index)
        continue
      }
      case 'blocked':
        if (policy === 'refuse') conflicts.push(index)
        else if (policy !== 'skip') blocked.push(index)
        stays[index] = 1
        continue
    }
  }
  keepContents(manifest, stays, blocked)
  return { inPlace, unwanted: sayable(manifest, stays), blocked, conflicts }
}

/** A file that stays has a further name that is wanted: that name needs the content. */
function keepContents(manifest: Manifest, stays: Uint8Array, blocked: number[]): void {
  if (!stays.includes(1)) return
  const lost = new Set(blocked)
  for (let index = 0; index < manifest.count; index++) {
    if (stays[index] === 1) continue
    const entry = manifest.entry(index)
    if (entry.kind !== 'name' || stays[entry.first] === 0) continue
    if (!lost.has(entry.first)) stays[entry.first] = 0
    else {
      blocked.push(index)
      stays[index] = 1
    }
  }
}

/** Runs of what stays, as far as an ANSWER can say them: the rest is sent, and left alone when it is put in place. */
function sayable(manifest: Manifest, stays: Uint8Array): readonly Range[] {
  const runs: Range[] = []
  for (let start = stays.indexOf(1); start >= 0; ) {
    const next = stays.indexOf(0, start)
    const end = next < 0 ? stays.length : next
    runs.push({ start, end })
    start = stays.indexOf(1, end)
  }
  return must(decodeRuns(encodeRuns(runs, runsBytesMax), manifest.count), 'runs of our own')
}
