// A verified tree before it goes to its place: what has no content is made, and everything gets its mode, time and holes.
// Links are made when all else is there, so that nothing was ever written through one. PROTOCOL.md §13.6-4

import { closeSync } from 'node:fs'
import { PfsError } from '../../../base/errors.ts'
import type { Range } from '../../../base/ranges.ts'
import type { ManifestEntry } from '../../../cut/manifest/entry.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import type { Image } from '../../../cut/manifest/image.ts'
import { pathBytesMax } from '../../../cut/manifest/limits.ts'
import type { Confined } from '../../../host/confined.ts'
import { files } from '../../../host/files.ts'
import type { EntryFailures } from './entry_failures.ts'
import { leadsOut } from './links.ts'
import type { TreePart } from './tree_part.ts'
import { blockBytes, hasOnlyZeros } from './zeros.ts'

export interface DressOptions {
  readonly image: Image
  readonly part: TreePart
  readonly staging: Confined
  readonly failures: EntryFailures
  readonly preservesOwner: boolean
  /** Lets other work of the thread go on. */
  readonly turn: () => Promise<unknown>
}

/** Entries looked at between two turns. */
const turnEntries = 1_000

/** The path of the entry that is looked at. */
const scratch = new Uint8Array(pathBytesMax)

export async function dress(options: DressOptions): Promise<void> {
  const { image, part, staging, failures, turn } = options
  const { manifest } = image
  const links: number[] = []
  for (let index = 0; index < manifest.count; index++) {
    if (index % turnEntries === 0) await turn()
    if (!image.isWanted(index)) continue
    const entry = manifest.entry(index)
    if (entry.kind === 'link') links.push(index)
    else failures.guard(index, () => dressOne(options, index, entry))
  }
  part.closeFiles()
  for (const [count, index] of links.entries()) {
    if (count % turnEntries === 0) await turn()
    makeLink(options, index)
  }
  // from below: what is put into a directory changes its time
  for (let index = manifest.count - 1; index >= 0; index--) {
    if (index % turnEntries === 0) await turn()
    const entry = manifest.entry(index)
    if (entry.kind !== 'directory' || !image.isWanted(index)) continue
    failures.guard(index, () =>
      setNames(staging, manifest.pathIn(scratch, index), entry, options.preservesOwner),
    )
  }
}

function dressOne(options: DressOptions, index: number, entry: ManifestEntry): void {
  const { image, part, staging, preservesOwner } = options
  const { manifest } = image
  const path = manifest.pathIn(scratch, index)
  switch (entry.kind) {
    case 'directory':
      part.ensureDirectory(index)
      return throwIf(part.nameFaultOf(index))
    case 'file': {
      if (part.isInPlace(index)) return
      part.ensureFile(index)
      throwIf(part.nameFaultOf(index))
      const { holes = [], owner } = entry
      if (holes.length > 0) punch(staging, path, holes)
      // a hole that is made changes the time
      if (!part.isDressed(index) || owner || holes.length > 0) setNames(staging, path, entry, preservesOwner)
      return
    }
    case 'name':
      // where its file stays at the target, this name is made there too
      if (part.isInPlace(entry.first)) return
      part.ensureDirectory(manifest.parent(index))
      // under its name lies another file
      throwIf(part.nameFaultOf(entry.first))
      return staging.link(manifest.path(entry.first), path)
    case 'link':
      return
  }
}

function throwIf(error: PfsError | undefined): void {
  if (error) throw error
}

function punch(staging: Confined, path: Uint8Array, holes: readonly Range[]): void {
  if (files().kind === 'portable') return // it can make none: to look for zeros would be to read all of them
  const fd = staging.open(path, 'read_write')
  try {
    for (const { start, end } of holes)
      if (end - start >= blockBytes && hasOnlyZeros(fd, start, end)) files().punchHole(fd, start, end - start)
  } finally {
    closeSync(fd)
  }
}

function makeLink({ image, part, staging, failures }: DressOptions, index: number): void {
  const { manifest } = image
  const entry = manifest.entry(index)
  if (entry.kind !== 'link' || failures.has(index)) return
  if (leadsOut(entry.depth, entry.text))
    return failures.add(index, () => {
      const shown = Buffer.from(manifest.path(index)).toString()
      return new PfsError('PFS_WRITE', `${shown}: the link leads out of what was sent`)
    })
  failures.guard(index, () => {
    part.ensureDirectory(manifest.parent(index))
    const path = manifest.pathIn(scratch, index)
    staging.symlink(entry.text, path)
    staging.setTime(path, nanosOf(entry.time))
  })
}

/** Owner, mode and time. A directory stays one that its owner can write to: its own mode comes when all is in place. */
export function setNames(
  where: Confined,
  path: Uint8Array,
  entry: ManifestEntry,
  preservesOwner: boolean,
): void {
  const { time, owner, kind } = entry
  if (owner && preservesOwner) where.setOwner(path, owner.user, owner.group)
  const mode = modeOf(entry, preservesOwner)
  where.setMode(path, kind === 'directory' ? mode | 0o700 : mode)
  where.setTime(path, nanosOf(time))
}

/** Set-user-id and its kin mean somebody: without their owner they are not handed on. */
export const modeOf = ({ mode, owner }: ManifestEntry, preservesOwner: boolean): number =>
  owner && preservesOwner ? mode : mode & 0o777
