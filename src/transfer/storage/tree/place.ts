// A dressed tree goes to its place: each top by one rename where nothing is there, so that nobody ever sees half of it, else
// merged name by name. What cannot be placed is noted, and costs nothing of the rest. A kill on the way leaves each name as
// it was or as it is to be. PROTOCOL.md §13.6-4, §15.8-3

import { isSameTime } from '../../../base/times.ts'
import type { ManifestEntry } from '../../../cut/manifest/entry.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import type { Image } from '../../../cut/manifest/image.ts'
import { pathBytesMax } from '../../../cut/manifest/limits.ts'
import type { Confined, Entry } from '../../../host/confined.ts'
import { numbered } from '../numbered.ts'
import { modeOf, setNames } from './dress.ts'
import { type EntryFailures, taken } from './entry_failures.ts'
import { stretchOf } from './pairs.ts'
import { isSameFile } from './same_file.ts'
import type { Conflict } from './survey.ts'
import type { TreePart } from './tree_part.ts'

export interface PlaceOptions {
  readonly image: Image
  readonly part: TreePart
  readonly staging: Confined
  readonly target: Confined
  readonly policy: Conflict
  readonly failures: EntryFailures
  readonly preservesOwner: boolean
  /** Lets other work of the thread go on. */
  readonly turn: () => Promise<unknown>
}

export interface Placed {
  /** Everything was there already. */
  readonly isUnchanged: boolean
  /** Everything that was sent has its own name: nothing was put beside it, and nothing else stayed in its place. */
  readonly isAllThere: boolean
}

/** Entries looked at between two turns. */
const turnEntries = 1_000

export async function place(options: PlaceOptions): Promise<Placed> {
  const placing = new Placing(options)
  await placing.run()
  return placing
}

class Placing implements Placed {
  isUnchanged = true
  isAllThere = true
  readonly #options: PlaceOptions
  /** Directories that things were put into one by one: they get their own time and mode when all is there. */
  readonly #merged: number[] = []
  /** Files that were built, and found at the target as they are: those there stay. */
  readonly #kept = new Set<number>()
  /** Of the entry that is looked at. */
  readonly #path = new Uint8Array(pathBytesMax)

  constructor(options: PlaceOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const { image, target, failures, preservesOwner } = this.#options
    const { manifest } = image
    for (let top = 0; top < manifest.count; top = stretchOf(manifest, top).end) {
      const isNew = this.#isAllBuilt(top) && !target.stat(manifest.pathIn(this.#path, top))
      if (isNew) failures.guard(top, () => this.#move(top))
      else await this.#merge(top)
    }
    for (const index of this.#merged.reverse())
      failures.guard(index, () =>
        setNames(target, manifest.pathIn(this.#path, index), manifest.entry(index), preservesOwner),
      )
    this.#closeDirectories()
  }

  /** Directories that may not be written to, not even by their owner: only now. */
  #closeDirectories(): void {
    const { image, target, failures, preservesOwner } = this.#options
    for (let index = image.manifest.count - 1; index >= 0; index--) {
      const entry = image.manifest.entry(index)
      const mode = modeOf(entry, preservesOwner)
      if (entry.kind !== 'directory' || (mode & 0o700) === 0o700 || !image.isWanted(index)) continue
      failures.guard(index, () => target.setMode(image.manifest.pathIn(this.#path, index), mode))
    }
  }

  /** Everything of this top was built, and nothing of it failed. */
  #isAllBuilt(top: number): boolean {
    const { image, failures } = this.#options
    const { end } = stretchOf(image.manifest, top)
    for (let index = top; index < end; index++)
      if (!image.isWanted(index) || this.#isAtTarget(index) || failures.has(index)) return false
    return true
  }

  /** The file, or that of which it is another name, is not among what was built. */
  #isAtTarget(index: number): boolean {
    const { image, part } = this.#options
    const entry = image.manifest.entry(index)
    return part.isInPlace(entry.kind === 'name' ? entry.first : index)
  }

  /** Entry by entry, a directory before what it holds. */
  async #merge(top: number): Promise<void> {
    const { image, failures, turn } = this.#options
    const { end } = stretchOf(image.manifest, top)
    for (let index = top; index < end; index++) {
      if (index % turnEntries === 0) await turn()
      if (!image.isWanted(index)) continue
      const parent = image.manifest.parent(index)
      // built for the sake of another name of it
      if (parent >= 0 && !image.isWanted(parent)) {
        this.isAllThere = false
        continue
      }
      const entry = image.manifest.entry(index)
      failures.guard(index, () => this.#placeOne(index, entry))
    }
  }

  #placeOne(index: number, entry: ManifestEntry): void {
    const { image, part, target } = this.#options
    const path = image.manifest.pathIn(this.#path, index)
    const found = target.stat(path)
    if (entry.kind === 'directory') return this.#placeDirectory(index, path, found)
    if (entry.kind === 'file' && part.isInPlace(index)) return this.#keep(path, entry, found)
    if (entry.kind === 'name' && (part.isInPlace(entry.first) || this.#kept.has(entry.first)))
      return this.#linkInPlace(path, entry, image.manifest.path(entry.first), found)
    if (!found) return this.#move(index)
    const isThatLink =
      entry.kind === 'link' && found.kind === 'link' && Buffer.from(target.readLink(path)).equals(entry.text)
    if (isThatLink) return this.#keepLink(path, entry, found)
    this.#placeWhereSomethingIs(index, path, entry, found)
  }

  #keepLink(path: Uint8Array, entry: ManifestEntry, found: Entry): void {
    const time = nanosOf(entry.time)
    if (isSameTime(found.mtimeNanos, time) || this.#isLeft(entry, found)) return
    this.#options.target.setTime(path, time)
    this.isUnchanged = false
  }

  #placeDirectory(index: number, path: Uint8Array, found: Entry | undefined): void {
    this.#merged.push(index)
    if (found?.kind === 'directory') return
    if (found) this.#makeWay(path)
    this.#options.target.makeDirectory(path, 0o700)
    this.isUnchanged = false
  }

  /** The file is there; its owner, mode and time become what they are at the sender. */
  #keep(path: Uint8Array, entry: ManifestEntry, found: Entry | undefined): void {
    const { target, preservesOwner } = this.#options
    if (found && (isAsNamed(found, entry, preservesOwner) || this.#isLeft(entry, found))) return
    setNames(target, path, entry, preservesOwner)
    this.isUnchanged = false
  }

  /** The owner wants what is there to stay as it is, though its content is the same. */
  #isLeft({ time }: ManifestEntry, found: Entry): boolean {
    const { policy } = this.#options
    if (policy === 'skip') return true
    const isNewer = found.mtimeNanos > nanosOf(time) && !isSameTime(found.mtimeNanos, nanosOf(time))
    return policy === 'newer' && isNewer
  }

  /** Another name for a file that stays at the target. */
  #linkInPlace(path: Uint8Array, entry: ManifestEntry, existing: Uint8Array, found: Entry | undefined): void {
    const { target } = this.#options
    if (found && found.inode === target.stat(existing)?.inode) return
    const what = found ? this.#whatOf(path, entry, found) : 'make'
    if (what === 'keep') return
    if (what === 'replace') target.remove(path)
    if (what === 'beside') this.#beside(path, beside => target.link(existing, beside))
    else target.link(existing, path)
    this.isUnchanged = false
  }

  #placeWhereSomethingIs(index: number, path: Uint8Array, entry: ManifestEntry, found: Entry): void {
    const { staging, target } = this.#options
    const isThatFile =
      entry.kind === 'file' && found.kind === 'file' && isSameFile(staging, target, path, found)
    if (isThatFile) {
      this.#kept.add(index)
      return this.#keep(path, entry, found)
    }
    const what = this.#whatOf(path, entry, found)
    if (what === 'keep') return
    if (what === 'beside') this.#beside(path, beside => staging.renameInto(path, target, beside, false))
    else staging.renameInto(path, target, path, true)
    this.isUnchanged = false
  }

  /** What becomes of something else that has the name; throws where it stays and that is a fault. */
  #whatOf(path: Uint8Array, entry: ManifestEntry, found: Entry): 'keep' | 'beside' | 'replace' {
    const what = this.#wishFor(path, entry, found)
    if (what !== 'replace') this.isAllThere = false
    return what
  }

  #wishFor(path: Uint8Array, { time }: ManifestEntry, found: Entry): 'keep' | 'beside' | 'replace' {
    const shown = Buffer.from(path).toString()
    const { policy } = this.#options
    if (found.kind === 'directory' && policy !== 'skip') throw taken(`${shown} is a directory here`)
    switch (policy) {
      case 'refuse':
        throw taken(`${shown} exists here and is different`)
      case 'skip':
        return 'keep'
      case 'rename':
        return 'beside'
      case 'newer':
        return found.mtimeNanos >= nanosOf(time) ? 'keep' : 'replace'
      case 'overwrite':
        return 'replace'
    }
  }

  /** Something else has the name of a directory. */
  #makeWay(path: Uint8Array): void {
    if (this.#options.policy !== 'overwrite') throw taken(Buffer.from(path).toString())
    this.#options.target.remove(path)
  }

  #move(index: number): void {
    const { image, staging, target } = this.#options
    const path = image.manifest.pathIn(this.#path, index)
    staging.renameInto(path, target, path, false)
    this.isUnchanged = false
  }

  /** `name (1).ext`, or the first number that is free. */
  #beside(path: Uint8Array, put: (beside: Uint8Array) => void): void {
    for (let number = 1; number < numbersMax; number++) {
      const beside = numbered(path, number)
      if (this.#options.target.stat(beside)) continue
      put(beside)
      return
    }
    throw taken(`${Buffer.from(path)}, and a thousand others like it`)
  }
}

const numbersMax = 1000

/** What setNames would make of it, it is. */
function isAsNamed(found: Entry, entry: ManifestEntry, preservesOwner: boolean): boolean {
  const { time, owner } = entry
  const mode = modeOf(entry, preservesOwner)
  if (!isSameTime(found.mtimeNanos, nanosOf(time))) return false
  if (!owner || !preservesOwner) return (found.mode & 0o777) === mode
  return found.mode === mode && found.userId === owner.user && found.groupId === owner.group
}
