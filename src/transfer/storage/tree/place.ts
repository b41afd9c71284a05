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
import { setNames } from './dress.ts'
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
  /** Something got another name than it was sent with. */
  readonly isBeside: boolean
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
  isBeside = false
  readonly #options: PlaceOptions
  /** Directories that things were put into one by one: they get their own time and mode when all is there. */
  readonly #merged: number[] = []
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
    const { image, target, failures } = this.#options
    for (let index = image.manifest.count - 1; index >= 0; index--) {
      const { kind, mode } = image.manifest.entry(index)
      if (kind !== 'directory' || (mode & 0o700) === 0o700 || !image.isWanted(index)) continue
      failures.guard(index, () => target.setMode(image.manifest.pathIn(this.#path, index), mode & 0o777))
    }
  }

  /** Everything of this top was built, and nothing of it failed. */
  #isAllBuilt(top: number): boolean {
    const { image, part, failures } = this.#options
    const { end } = stretchOf(image.manifest, top)
    for (let index = top; index < end; index++)
      if (!image.isWanted(index) || part.isInPlace(index) || failures.has(index)) return false
    return true
  }

  /** Entry by entry, a directory before what it holds. */
  async #merge(top: number): Promise<void> {
    const { image, failures, turn } = this.#options
    const { end } = stretchOf(image.manifest, top)
    for (let index = top; index < end; index++) {
      if (index % turnEntries === 0) await turn()
      if (!image.isWanted(index)) continue
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
    if (entry.kind === 'name' && part.isInPlace(entry.first))
      return this.#linkInPlace(path, entry.first, found)
    if (!found) return this.#move(index)
    if (
      entry.kind === 'link' &&
      found.kind === 'link' &&
      Buffer.from(target.readLink(path)).equals(entry.text)
    )
      return
    this.#placeWhereSomethingIs(path, entry, found)
  }

  #placeDirectory(index: number, path: Uint8Array, found: Entry | undefined): void {
    this.#merged.push(index)
    if (found?.kind === 'directory') return
    if (found) this.#makeWay(path)
    this.#options.target.makeDirectory(path, 0o700)
    this.isUnchanged = false
  }

  /** The file is there; its mode and time become what they are at the sender. */
  #keep(path: Uint8Array, entry: ManifestEntry, found: Entry | undefined): void {
    const isSame =
      found &&
      isSameTime(found.mtimeNanos, nanosOf(entry.time)) &&
      (found.mode & 0o777) === (entry.mode & 0o777)
    if (isSame) return
    setNames(this.#options.target, path, entry, this.#options.preservesOwner)
    this.isUnchanged = false
  }

  #linkInPlace(path: Uint8Array, first: number, found: Entry | undefined): void {
    const { image, target } = this.#options
    const existing = image.manifest.path(first)
    if (found && found.inode === target.stat(existing)?.inode) return
    if (found) this.#makeWay(path)
    target.link(existing, path)
    this.isUnchanged = false
  }

  #placeWhereSomethingIs(path: Uint8Array, entry: ManifestEntry, found: Entry): void {
    const { staging, target, policy } = this.#options
    const shown = Buffer.from(path).toString()
    if (found.kind === 'directory') throw taken(`${shown} is a directory here`)
    if (entry.kind === 'file' && found.kind === 'file' && isSameFile(staging, target, path, found))
      return this.#keep(path, entry, found)
    switch (policy) {
      case 'refuse':
        throw taken(`${shown} exists here and is different`)
      case 'skip':
        return
      case 'rename':
        return this.#moveBeside(path)
      case 'newer':
        if (found.mtimeNanos >= nanosOf(entry.time)) return
        break
      case 'overwrite':
        break
    }
    staging.renameInto(path, target, path, true)
    this.isUnchanged = false
  }

  /** Something else has the name of a directory, or of a link. */
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
  #moveBeside(path: Uint8Array): void {
    const { staging, target } = this.#options
    for (let number = 1; number < numbersMax; number++) {
      const beside = numbered(path, number)
      if (target.stat(beside)) continue
      staging.renameInto(path, target, beside, false)
      this.isUnchanged = false
      this.isBeside = true
      return
    }
    throw taken(`${Buffer.from(path)}, and a thousand others like it`)
  }
}

const numbersMax = 1000
