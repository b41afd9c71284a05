// What stands at the target where a tree is to go: file by file whether it is there already, is to be built, or is in the
// way. Looks entry by entry, for what one directory holds may be more than we can: a peer may have filled it. Reads no
// file, changes nothing. PROTOCOL.md §13.6-4

import { equal } from '../../../base/bytes.ts'
import { isSameTime } from '../../../base/times.ts'
import type { FileEntry, ManifestEntry } from '../../../cut/manifest/entry.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import { pathBytesMax } from '../../../cut/manifest/limits.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import type { Confined, Entry } from '../../../host/confined.ts'
import { errnoOf } from '../../../host/file.ts'
import { Marks } from './snapshot.ts'

/** What to do about an entry where something else has its name. */
export type Conflict = 'refuse' | 'skip' | 'overwrite' | 'newer' | 'rename'

export type Standing =
  /** Nothing is there: it is made. */
  | 'absent'
  /** A directory where a directory belongs. */
  | 'merged'
  /** The file is there, by size and time; or the link, to the letter. */
  | 'same'
  /** A file of that size and another time: only reading it tells. */
  | 'unread'
  /** Something else, which may be replaced. */
  | 'different'
  /** Something that is never replaced: a directory where none belongs, one that we may not enter, or the way there is none. */
  | 'blocked'

export interface Survey {
  readonly standings: readonly Standing[]
  /** Of what is there, by entry; zeros where nothing is. */
  readonly marks: Marks
  /** By entry: when what is there was modified. */
  readonly mtimes: Pick<ReadonlyMap<number, bigint>, 'get'>
}

export function survey(manifest: Manifest, target: Confined): Survey {
  const standings: Standing[] = []
  const path = new Uint8Array(pathBytesMax)
  const marks = new Marks(manifest.count)
  const mtimes = new Moments(manifest.count)
  for (let index = 0; index < manifest.count; index++) {
    const above = standings[manifest.parent(index)] ?? 'merged'
    const entry = manifest.entry(index)
    // below what is no directory nothing is
    const found = above === 'merged' ? statIfAllowed(target, manifest.pathIn(path, index)) : undefined
    if (found === 'forbidden') {
      standings.push('blocked')
      marks.add(0n, 0n, 0n)
      continue
    }
    let standing = found
      ? standingOf(entry, found, () => target.readLink(manifest.pathIn(path, index)))
      : 'absent'
    if (entry.kind === 'name' && found && found.inode === marks.values[3 * entry.first + 1]) standing = 'same'
    if (above === 'blocked') standing = 'blocked'
    standings.push(standing)
    marks.add(found?.device ?? 0n, found?.inode ?? 0n, found?.ctimeNanos ?? 0n)
    if (found) mtimes.set(index, found.mtimeNanos)
  }
  return { standings, marks, mtimes }
}

/** Forbidden: we may not enter the directory, so nothing can be put there. */
function statIfAllowed(target: Confined, path: Uint8Array): Entry | undefined | 'forbidden' {
  try {
    return target.stat(path)
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return 'forbidden'
    throw error
  }
}

/** A moment for some of so many entries, eight bytes each: a Map of them takes ten times that. */
class Moments {
  readonly #count: number
  #nanos: BigInt64Array | undefined

  constructor(count: number) {
    this.#count = count
  }

  get(index: number): bigint | undefined {
    return this.#nanos?.[index]
  }

  set(index: number, nanos: bigint): void {
    this.#nanos ??= new BigInt64Array(this.#count)
    this.#nanos[index] = nanos
  }
}

function standingOf(entry: ManifestEntry, found: Entry, readLink: () => Uint8Array): Standing {
  if (found.kind === 'directory') return entry.kind === 'directory' && mayEnter(found) ? 'merged' : 'blocked'
  switch (entry.kind) {
    case 'directory':
      return 'different'
    case 'link':
      return found.kind === 'link' && equal(readLink(), entry.text) ? 'same' : 'different'
    case 'file':
      return found.kind === 'file' && mayRead(found) ? fileStanding(entry, found) : 'different'
    case 'name':
      return 'different' // but for another name of the file that is there
  }
}

/** As far as its mode tells without asking: what we may not enter nothing can be put into. */
function mayEnter({ mode, userId }: Entry): boolean {
  const user = process.geteuid?.() ?? 0
  if (user === 0) return true
  return (mode & (user === userId ? 0o100 : 0o011)) !== 0
}

/** Likewise: what we may not read we cannot verify. */
function mayRead({ mode, userId }: Entry): boolean {
  const user = process.geteuid?.() ?? 0
  if (user === 0) return true
  return (mode & (user === userId ? 0o400 : 0o044)) !== 0
}

function fileStanding(entry: FileEntry, found: Entry): Standing {
  if (found.sizeBytes !== entry.sizeBytes) return 'different'
  return isSameTime(found.mtimeNanos, nanosOf(entry.time)) ? 'same' : 'unread'
}
