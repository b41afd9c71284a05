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
import type { ListedEntry, Many } from '../../../host/many.ts'
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
  /** Links not followed; throws as node:fs does, and so do the others. */
  stat(path: Uint8Array): Entry
  /** What links lead to at last. */
  resolve(path: Uint8Array): Uint8Array
  readLink(path: Uint8Array): Uint8Array
  /** The file's holes; undefined: nobody can tell. */
  holes(path: Uint8Array, entry: Entry): readonly Range[] | undefined
}

/** Entries looked at before other work of the thread gets a turn. */
const turnEntries = 2_000
/** Links followed one below the other: more is a circle. */
const followedDepthMax = 40

interface Place {
  /** In the tree, and on the disk. */
  readonly path: Uint8Array
  readonly location: Uint8Array
  readonly depth: number
  readonly selection: Selection
  readonly followed: number
  /** Its location is not that of its directory with its name. */
  readonly isElsewhere: boolean
}

interface Passed {
  readonly place: Place
  readonly made: ManifestEntry
  readonly entry: Entry
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
  /** Directories on the way here that are sent if something in them is. */
  #passing: Passed[] = []
  readonly #places = new Map<number, Uint8Array>()
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
      places: this.#places,
      marks: this.#marks,
      takenAtNanos: this.#takenAtNanos,
      failures: this.#failures,
    }
  }

  async run(): Promise<void> {
    const { selection } = this.#options
    for (const top of [...this.#options.tops].sort((a, b) => compareNames(a.name, b.name))) {
      const before = this.#writer.count
      // what the user names is what it points at
      const found = this.#guarded(top.name, () => this.#followed(top.path))
      const common = { path: top.name, depth: 0, selection, followed: 0, isElsewhere: true }
      if (found) await this.#visit({ ...common, location: found.location }, top.name, found.entry)
      if (this.#writer.count > before) this.#tops.push(top)
    }
  }

  async #visit(place: Place, name: Uint8Array, entry: Entry, isPassing = false): Promise<void> {
    if (++this.#seen % turnEntries === 0) await setImmediate()
    const made = this.#guarded(place.path, () => this.#entryOf(place, name, entry))
    if (!made) return
    if (isPassing) {
      const before = this.#passing.length
      this.#passing.push({ place, made, entry })
      await this.#enter(place)
      this.#passing.length = Math.min(before, this.#passing.length)
      return
    }
    for (const passed of this.#passing.splice(0)) this.#write(passed)
    if (this.#write({ place, made, entry }) && made.kind === 'directory') await this.#enter(place)
  }

  #write({ place, made, entry }: Passed): boolean {
    const fault = this.#writer.add(made)
    if (fault) {
      this.#fail(place.path, new Fault('PFS_READ', `it cannot be sent (${fault})`))
      return false
    }
    const index = this.#writer.count - 1
    this.#marks.add(entry.device, entry.inode, entry.ctimeNanos)
    if (place.isElsewhere) this.#places.set(index, place.location)
    if (made.kind === 'file' && entry.linkCount > 1) this.#firsts.set(keyOf(entry), index)
    return true
  }

  /** What a path leads to, and where that is. */
  #followed(path: Uint8Array): { readonly location: Uint8Array; readonly entry: Entry } {
    const location = this.#disk.resolve(path)
    return { location, entry: this.#disk.stat(location) }
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

  async #enter(place: Place): Promise<void> {
    const listed = this.#guarded(place.path, () => this.#disk.many.list(place.location))
    if (!listed) return
    listed.sort((a, b) => compareNames(a.name, b.name))
    const names = listed.map(({ name }) => name)
    const selection = this.#guarded(place.path, () =>
      place.selection.inside(place.path, place.location, names),
    )
    // without its rules nobody knows what of it is meant
    if (!selection) return
    for (const one of listed) await this.#visitListed(place, selection, one)
  }

  async #visitListed(place: Place, selection: Selection, { name, entry }: ListedEntry): Promise<void> {
    const path = joined(place.path, name)
    const { links } = this.#options
    let found: { readonly location: Uint8Array; readonly entry: Entry } | undefined = {
      location: joined(place.location, name),
      entry,
    }
    const isFollowed = entry.kind === 'link' && links === 'follow'
    let { followed } = place
    if (entry.kind === 'link' && links === 'skip') return
    if (isFollowed) {
      const { location } = found
      // of a link nobody knows yet what its pattern would be matched with: what is wanted neither way is left alone
      if ([false, true].every(isDirectory => selection.wants(path, isDirectory) === 'no')) return
      found = this.#guarded(path, () => this.#followed(location))
      if (found?.entry.kind === 'directory' && ++followed > followedDepthMax)
        return this.#fail(path, new Fault('PFS_READ', 'links lead round in a circle'))
    }
    const wanted = found ? selection.wants(path, found.entry.kind === 'directory') : 'no'
    if (!found || wanted === 'no') return
    const below = { ...place, path, location: found.location, depth: place.depth + 1, selection, followed }
    await this.#visit({ ...below, isElsewhere: isFollowed }, name, found.entry, wanted === 'passing')
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
