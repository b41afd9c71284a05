// Walks what the user named, top by top, and writes down what there is: the manifest, in its order, and the marks of each
// entry. Directories that cannot be read, and what is neither file, directory nor link, are noted and left out. Knows the
// disk, no pool and no peer. PROTOCOL.md §13.6

import { setImmediate } from 'node:timers/promises'
import type { PfsError } from '../../../base/errors.ts'
import { PfsError as Fault } from '../../../base/errors.ts'
import type { Range } from '../../../base/ranges.ts'
import type { ManifestEntry } from '../../../cut/manifest/entry.ts'
import { timeOf } from '../../../cut/manifest/entry_time.ts'
import { holesMax } from '../../../cut/manifest/limits.ts'
import { compareNames, ManifestWriter } from '../../../cut/manifest/manifest.ts'
import type { Entry } from '../../../host/confined.ts'
import { diskFault } from '../../../host/file.ts'
import type { Many } from '../../../host/many.ts'
import { leadsOut } from './links.ts'
import type { Selection } from './selection.ts'
import { Marks, type Snapshot, type Top, type TreeFailure } from './snapshot.ts'

export interface WalkOptions {
  readonly tops: readonly Top[]
  readonly selection: Selection
  /** What becomes of symbolic links below the tops. */
  readonly links: 'keep' | 'follow' | 'skip'
  readonly hasOwners: boolean
}

/** What the walk asks of the disk. */
export interface WalkDisk {
  readonly many: Pick<Many, 'list'>
  /** lstat, or stat with `follows`; throws as node:fs does. */
  stat(path: Uint8Array, follows: boolean): Entry
  readLink(path: Uint8Array): Uint8Array
  /** Where a path leads, without any link on the way. */
  realPath(path: Uint8Array): Uint8Array
  /** The file's holes; undefined: nobody can tell. */
  holes(path: Uint8Array, entry: Entry): readonly Range[] | undefined
}

/** Entries looked at before other work of the thread gets a turn. */
const turnEntries = 2_000

interface Place {
  /** In the tree, and on the disk. */
  readonly path: Uint8Array
  readonly location: Uint8Array
  readonly depth: number
  readonly selection: Selection
  /** By a link of its own; `location` is where that leads. */
  readonly isFollowed: boolean
  readonly above: Above | undefined
}

/** The directory that something lies in, and those it lies in itself: none of them may be entered again below. */
interface Above {
  readonly key: string
  readonly above: Above | undefined
}

export async function walk(options: WalkOptions, disk: WalkDisk): Promise<Snapshot> {
  const walker = new Walker(options, disk)
  await walker.run()
  return walker.snapshot()
}

class Walker {
  readonly #options: WalkOptions
  readonly #disk: WalkDisk
  readonly #writer = new ManifestWriter()
  readonly #marks = new Marks()
  readonly #failures: TreeFailure[] = []
  /** Files with more than one name: by device and inode, the entry of the first. */
  readonly #firsts = new Map<string, number>()
  readonly #tops: Top[] = []
  readonly #followed = new Map<number, Uint8Array>()
  /** Directories on the way here that are sent if something in them is. */
  #passing: { readonly entry: ManifestEntry; readonly found: Entry; readonly path: Uint8Array }[] = []
  readonly #takenAtNanos = BigInt(Date.now()) * 1_000_000n
  #seen = 0

  constructor(options: WalkOptions, disk: WalkDisk) {
    this.#options = options
    this.#disk = disk
  }

  snapshot(): Snapshot {
    return {
      manifest: this.#writer.finish(),
      tops: this.#tops,
      marks: this.#marks,
      followed: this.#followed,
      takenAtNanos: this.#takenAtNanos,
      failures: this.#failures,
    }
  }

  async run(): Promise<void> {
    const { selection } = this.#options
    for (const top of [...this.#options.tops].sort((a, b) => compareNames(a.name, b.name))) {
      const before = this.#writer.count
      await this.#visitTop(top, selection)
      if (this.#writer.count > before) this.#tops.push(top)
    }
  }

  /** What the user names is what it points at. */
  async #visitTop({ path: location, name }: Top, selection: Selection): Promise<void> {
    const place = { path: name, location, depth: 0, selection, isFollowed: false, above: undefined }
    const found = this.#guarded(name, () => this.#disk.stat(location, false))
    const followed = found?.kind === 'link' ? this.#follow(place) : found && { place, entry: found }
    if (!followed) return
    const { entry } = followed
    const wanted = selection.wants(name, entry.kind === 'directory')
    if (wanted !== 'no') await this.#visit(followed.place, name, entry, wanted === 'passing')
  }

  /** Where the link at a place leads. */
  #follow(place: Place): { readonly place: Place; readonly entry: Entry } | undefined {
    return this.#guarded(place.path, () => {
      const entry = this.#disk.stat(place.location, true)
      for (let at = place.above; at && entry.kind === 'directory'; at = at.above)
        if (at.key === keyOf(entry)) throw new Fault('PFS_READ', 'links lead round in a circle')
      const location = this.#disk.realPath(place.location)
      return { place: { ...place, location, isFollowed: true }, entry }
    })
  }

  async #visit(place: Place, name: Uint8Array, entry: Entry, isPassing = false): Promise<void> {
    if (++this.#seen % turnEntries === 0) await setImmediate()
    const made = this.#guarded(place.path, () => this.#entryOf(place, name, entry))
    if (!made) return
    if (isPassing) {
      const before = this.#passing.length
      this.#passing.push({ entry: made, found: entry, path: place.path })
      await this.#enter(place, entry)
      this.#passing.length = Math.min(before, this.#passing.length)
      return
    }
    for (const { entry, found, path } of this.#passing.splice(0)) this.#write(entry, found, path)
    if (!this.#write(made, entry, place.path)) return
    if (place.isFollowed && made.kind === 'file') this.#followed.set(this.#writer.count - 1, place.location)
    if (made.kind === 'directory') await this.#enter(place, entry)
  }

  #write(made: ManifestEntry, found: Entry, path: Uint8Array): boolean {
    const fault = this.#writer.add(made)
    if (fault) {
      this.#fail(path, new Fault('PFS_READ', `it cannot be sent (${fault})`))
      return false
    }
    this.#marks.add(found.device, found.inode, found.ctimeNanos)
    if (made.kind === 'file' && found.linkCount > 1) this.#firsts.set(keyOf(found), this.#writer.count - 1)
    return true
  }

  /** undefined: it is not wanted. */
  #entryOf(place: Place, name: Uint8Array, entry: Entry): ManifestEntry | undefined {
    const { mode, mtimeNanos, userId, groupId, sizeBytes } = entry
    const owner = this.#options.hasOwners ? { user: userId, group: groupId } : undefined
    const common = { depth: place.depth, name, mode, time: timeOf(mtimeNanos), owner }
    switch (entry.kind) {
      case 'directory':
        return { ...common, kind: 'directory' }
      case 'link': {
        const text = this.#disk.readLink(place.location)
        if (leadsOut(place.depth, text)) throw new Fault('PFS_READ', 'the link leads out of what is sent')
        return { ...common, kind: 'link', text }
      }
      case 'file': {
        const first = entry.linkCount > 1 ? this.#firsts.get(keyOf(entry)) : undefined
        if (first !== undefined) return { ...common, kind: 'name', first }
        const holes = this.#disk.holes(place.location, entry)
        const isTold = holes && holes.length <= holesMax
        return { ...common, kind: 'file', sizeBytes, holes: isTold ? holes : undefined }
      }
      case 'other':
        throw new Fault('PFS_READ', 'it is neither a file, a directory nor a link')
    }
  }

  async #enter(place: Place, found: Entry): Promise<void> {
    const listed = this.#guarded(place.path, () => this.#disk.many.list(place.location))
    if (!listed) return
    listed.sort((a, b) => compareNames(a.name, b.name))
    const names = listed.map(({ name }) => name)
    const selection = this.#guarded(place.path, () =>
      place.selection.inside(place.path, place.location, names),
    )
    // without its rules nobody knows what of it is meant
    if (!selection) return
    const above = { key: keyOf(found), above: place.above }
    for (const { name, entry } of listed) {
      const path = joined(place.path, name)
      const location = joined(place.location, name)
      const below = { path, location, depth: place.depth + 1, selection, isFollowed: false, above }
      await this.#visitListed(below, name, entry)
    }
  }

  async #visitListed(place: Place, name: Uint8Array, entry: Entry): Promise<void> {
    const { path, selection } = place
    const { links } = this.#options
    if (entry.kind === 'link' && links === 'skip') return
    const isToFollow = entry.kind === 'link' && links === 'follow'
    // whatever it leads to
    const isOut = [false, true].every(isDirectory => selection.wants(path, isDirectory) === 'no')
    if (isToFollow && isOut) return
    const followed = isToFollow ? this.#follow(place) : { place, entry }
    const wanted = followed ? selection.wants(path, followed.entry.kind === 'directory') : 'no'
    if (followed && wanted !== 'no')
      await this.#visit(followed.place, name, followed.entry, wanted === 'passing')
  }

  #fail(path: Uint8Array, error: PfsError): void {
    this.#failures.push({ path, error })
  }

  /** undefined when it failed, which is noted: the rest goes on. */
  #guarded<T>(path: Uint8Array, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#fail(path, diskFault(error, 'PFS_READ', Buffer.from(path).toString()))
      return undefined
    }
  }
}

const keyOf = ({ device, inode }: Entry): string => `${device} ${inode}`

function joined(directory: Uint8Array, name: Uint8Array): Uint8Array {
  const path = new Uint8Array(directory.length + 1 + name.length)
  path.set(directory)
  path[directory.length] = 0x2f
  path.set(name, directory.length + 1)
  return path
}
