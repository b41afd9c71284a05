// What stands at the target where a tree is to go: file by file whether it is there already, is to be built, or is in the
// way. Looks by listing directories, reads no file, changes nothing. PROTOCOL.md §13.6-4

import { equal } from '../../../base/bytes.ts'
import { isSameTime } from '../../../base/times.ts'
import type { FileEntry, ManifestEntry } from '../../../cut/manifest/entry.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import type { Confined, Entry } from '../../../host/confined.ts'
import { errnoOf } from '../../../host/file.ts'
import type { Many } from '../../../host/many.ts'
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
  readonly mtimes: ReadonlyMap<number, bigint>
}

export function survey(manifest: Manifest, target: Confined, many: Pick<Many, 'list'>): Survey {
  const standings: Standing[] = []
  const marks = new Marks()
  const mtimes = new Map<number, bigint>()
  /** By depth: what the directory on the way holds, by name; undefined where it is not there. */
  const levels: (Map<string, Entry> | undefined)[] = [list(target, undefined, many)]
  for (let index = 0; index < manifest.count; index++) {
    const parent = manifest.parent(index)
    const entry = manifest.entry(index)
    levels.length = entry.depth + 1
    const found = levels[entry.depth]?.get(keyOf(entry.name))
    let standing = found ? standingOf(entry, found, () => target.readLink(manifest.path(index))) : 'absent'
    if (entry.kind === 'name' && found?.inode === marks.values[3 * entry.first + 1]) standing = 'same'
    if (parent >= 0 && standings[parent] === 'blocked') standing = 'blocked'
    standings.push(standing)
    marks.add(found?.device ?? 0n, found?.inode ?? 0n, found?.ctimeNanos ?? 0n)
    if (found) mtimes.set(index, found.mtimeNanos)
    if (entry.kind !== 'directory') continue
    const below = standing === 'merged' ? listIfAllowed(target, manifest.path(index), many) : undefined
    if (standing === 'merged' && !below) standings[index] = 'blocked'
    levels.push(below)
  }
  return { standings, marks, mtimes }
}

function list(target: Confined, path: Uint8Array | undefined, many: Pick<Many, 'list'>): Map<string, Entry> {
  const location = path ? Buffer.concat([Buffer.from(target.path), slash, path]) : Buffer.from(target.path)
  return new Map(many.list(location).map(({ name, entry }) => [keyOf(name), entry]))
}

/** undefined: we may not look into it, so nothing can be put there. */
function listIfAllowed(...asked: Parameters<typeof list>): Map<string, Entry> | undefined {
  try {
    return list(...asked)
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return undefined
    throw error
  }
}

const slash = Buffer.from('/')
const keyOf = (name: Uint8Array): string => Buffer.from(name).toString('latin1')

function standingOf(entry: ManifestEntry, found: Entry, readLink: () => Uint8Array): Standing {
  if (found.kind === 'directory') return entry.kind === 'directory' ? 'merged' : 'blocked'
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

/** As far as its mode tells without asking: what we may not read we cannot verify. */
function mayRead({ mode, userId }: Entry): boolean {
  const user = process.geteuid?.() ?? 0
  if (user === 0) return true
  return (mode & (user === userId ? 0o400 : 0o044)) !== 0
}

function fileStanding(entry: FileEntry, found: Entry): Standing {
  if (found.sizeBytes !== entry.sizeBytes) return 'different'
  return isSameTime(found.mtimeNanos, nanosOf(entry.time)) ? 'same' : 'unread'
}
