// Under which path each entry of a tree is built: its own, or one aside where this disk cannot have that name, or takes it
// for the name of another entry. What is built aside is verified as all else is, and never put in place: its entry fails,
// and the rest arrives. Knows names and directories, no content. PROTOCOL.md §13.6-4

import { must } from '../../../base/assert.ts'
import { PfsError } from '../../../base/errors.ts'
import { IndexSet } from '../../../base/index_set.ts'
import { NumberSet } from '../../../base/number_set.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import type { Confined, Entry } from '../../../host/confined.ts'
import { diskFault, errnoOf } from '../../../host/file.ts'

/** Of a new name, what a file system says to it: taken, or none of its own. */
const refusals: ReadonlySet<string | undefined> = new Set(['EEXIST', 'EINVAL', 'EILSEQ', 'ENAMETOOLONG'])

export class StagedNames {
  readonly #manifest: Manifest
  readonly #staging: Confined
  /** Directories that are there, but for the one all of it lies in. */
  readonly #directories: IndexSet
  /** The same by device and inode: two names of one directory are found out by it. */
  readonly #inodes = new NumberSet()
  /** Entries that cannot have their name, and what the file system said. */
  readonly #refused = new Map<number, string>()
  #aside: Uint8Array | undefined

  constructor(manifest: Manifest, staging: Confined) {
    this.#manifest = manifest
    this.#directories = new IndexSet(manifest.count)
    this.#staging = staging
  }

  /** It, or a directory it lies in, cannot have its name. Known once something was made there. */
  isAside(index: number): boolean {
    return this.#refusalOf(index) !== undefined
  }

  /** Why it cannot be put in place; undefined: it can. */
  faultOf(index: number): PfsError | undefined {
    const refusal = this.#refusalOf(index)
    if (refusal === undefined) return undefined
    const shown = this.#shown(index)
    const why =
      refusal === 'EEXIST' ? 'is another name of this tree, as this disk sees it' : 'is no name here'
    return new PfsError('PFS_WRITE', `${shown} ${why}`, { hint: 'Rename it and send it again.' })
  }

  /** Where it is built. */
  path(index: number): Uint8Array {
    return this.isAside(index) ? this.#pathAside(index) : this.#manifest.path(index)
  }

  /** Makes something new under the entry's own name, or aside where that cannot be. */
  make<T>(index: number, make: (path: Uint8Array) => T): T {
    this.ensureDirectory(this.#manifest.parent(index))
    if (!this.isAside(index)) {
      try {
        return make(this.#manifest.path(index))
      } catch (error) {
        if (!this.refuse(index, errnoOf(error))) throw error
      }
    }
    return make(this.#pathAside(index))
  }

  /** Notes what was said to a new name. False: it is no matter of names. */
  refuse(index: number, errno: string | undefined): boolean {
    if (errno === undefined || !refusals.has(errno)) return false
    this.#refused.set(index, errno)
    return true
  }

  /** The directory of that entry, and those it lies in, unless one cannot have its name. */
  ensureDirectory(index: number): void {
    if (this.#isThere(index)) return
    this.ensureDirectory(this.#manifest.parent(index))
    if (this.isAside(index)) return
    try {
      this.#makeDirectory(index)
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.#shown(index))
    }
  }

  #makeDirectory(index: number): void {
    const path = this.#manifest.path(index)
    try {
      this.#staging.makeDirectory(path, 0o700)
    } catch (error) {
      const errno = errnoOf(error)
      const found = errno === 'EEXIST' ? this.#staging.stat(path) : undefined
      // one that no other entry has was made by an earlier attempt
      if (found?.kind === 'directory' && !this.#inodes.has(keyOf(found))) return this.#register(index, found)
      if (this.refuse(index, errno)) return
      throw error
    }
    this.#register(index, must(this.#staging.stat(path), 'a directory that was made'))
  }

  #register(index: number, found: Entry): void {
    this.#inodes.add(keyOf(found))
    this.#directories.add(index)
  }

  /** An earlier attempt built something of that entry, and made the directories it lies in. */
  adopt(index: number): void {
    for (let at = this.#manifest.parent(index); !this.#isThere(at); at = this.#manifest.parent(at)) {
      const found = this.#staging.stat(this.#manifest.path(at))
      if (found?.kind === 'directory') this.#register(at, found)
    }
  }

  #isThere(index: number): boolean {
    return index < 0 || this.#directories.has(index)
  }

  #refusalOf(index: number): string | undefined {
    if (this.#refused.size === 0) return undefined
    for (let at = index; at >= 0; at = this.#manifest.parent(at)) {
      const refusal = this.#refused.get(at)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #pathAside(index: number): Uint8Array {
    this.#aside ??= this.#makeAside()
    return Buffer.concat([this.#aside, Buffer.from(`/${index}`)])
  }

  /** A directory that no entry has the name of. */
  #makeAside(): Uint8Array {
    for (let number = 0; ; number++) {
      const path = Buffer.from(`.aside-${number}`)
      try {
        this.#staging.makeDirectory(path, 0o700)
        return path
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw diskFault(error, 'PFS_WRITE', path.toString())
      }
    }
  }

  #shown(index: number): string {
    return Buffer.from(this.#manifest.path(index)).toString()
  }
}

/** Inodes are counted from 1, and all of this lies on one device but for mounts. */
const keyOf = ({ device, inode }: Entry): bigint => BigInt.asUintN(64, inode ^ (device << 44n))
