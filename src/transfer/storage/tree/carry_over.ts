// What an earlier attempt at a tree left, for the next one: file by file where path, size and time are the same in both
// manifests, the bytes that arrived are there still. Everything else in the directory of that attempt is removed when work
// on it begins again, so that nothing comes into place that nobody sent. PROTOCOL.md §15.2-5

import { RangeSet } from '../../../base/ranges.ts'
import type { Image } from '../../../cut/manifest/image.ts'
import { compareNames, type Manifest } from '../../../cut/manifest/manifest.ts'
import type { Confined } from '../../../host/confined.ts'
import { pairs, wholeOf } from './pairs.ts'

export interface CarriedOver {
  /** Positions of the new image. */
  readonly held: RangeSet
  /** Files that are there, whole or in part. */
  readonly files: readonly number[]
}

/** Looks, and changes nothing. @param before what was held of the old image */
export function carryOver(old: Image, before: RangeSet, image: Image, staging: Confined): CarriedOver {
  const held = new RangeSet()
  const files: number[] = []
  /** A disk may take two names for one: what lies there is the one's or the other's. */
  const seen = new Set<bigint>()
  for (const [mine, theirs] of pairs(wholeOf(image.manifest), wholeOf(old.manifest))) {
    const now = image.manifest.entry(mine)
    const then = old.manifest.entry(theirs)
    if (now.kind !== 'file' || then.kind !== 'file' || now.sizeBytes !== then.sizeBytes) continue
    if (now.time.seconds !== then.time.seconds || now.time.nanos !== then.time.nanos) continue
    const isThere = old.end(theirs) > old.start(theirs) && image.end(mine) > image.start(mine)
    if (!isThere || !before.overlaps(old.start(theirs), old.end(theirs))) continue
    const found = staging.stat(image.manifest.path(mine))
    if (found?.kind !== 'file' || found.sizeBytes !== now.sizeBytes || seen.has(found.inode)) continue
    seen.add(found.inode)
    files.push(mine)
    const shift = image.start(mine) - old.start(theirs)
    let at = old.start(theirs)
    for (const gap of before.gaps(old.start(theirs), old.end(theirs))) {
      if (gap.start > at) held.add(at + shift, gap.start + shift)
      at = gap.end
    }
    if (at < old.end(theirs)) held.add(at + shift, old.end(theirs) + shift)
  }
  return { held, files }
}

/** Removes what is not of the tree, and files of which nothing counts. */
export function tidy(manifest: Manifest, files: ReadonlySet<number>, staging: Confined): void {
  /** By directory, -1 at the top: its entries, which are in order. */
  const children = new Map<number, number[]>()
  for (let index = 0; index < manifest.count; index++) {
    const isKept = files.has(index) || manifest.entry(index).kind === 'directory'
    if (!isKept) continue
    const siblings = children.get(manifest.parent(index))
    if (siblings) siblings.push(index)
    else children.set(manifest.parent(index), [index])
  }
  const waiting = [-1]
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const path = directory < 0 ? undefined : manifest.path(directory)
    const kept = children.get(directory) ?? []
    for (const name of staging.names(path)) {
      const below = path ? Buffer.concat([path, slash, name]) : name
      const index = named(manifest, kept, name)
      const found = index === undefined ? undefined : staging.stat(below)
      const isDirectory = index !== undefined && !files.has(index)
      if (index === undefined || found?.kind !== (isDirectory ? 'directory' : 'file'))
        staging.removeTree(below)
      else if (isDirectory) waiting.push(index)
    }
  }
}

/** Of entries in the order of their names. */
function named(manifest: Manifest, entries: readonly number[], name: Uint8Array): number | undefined {
  let low = 0
  let high = entries.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const index = entries[middle]!
    const order = compareNames(manifest.name(index), name)
    if (order === 0) return index
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

const slash = Buffer.from('/')
