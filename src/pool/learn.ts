// How the pool keeps content that came by: a reflink, a copy, in place, or not at all. Decides by size and policy;
// trying a reflink is the only way to know whether the file system can.

import { closeSync, fstatSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../base/bytes.ts'
import { cloneFile, errnoOf, syncDirectory } from '../host/file.ts'
import { ownMark } from '../host/keep.ts'
import { type Extent, markOf } from './extent.ts'
import { copyShareOfQuota } from './limits.ts'

export type LearnPolicy = 'auto' | 'copy' | 'place' | 'off'
export type LearnWay = 'copy' | 'place' | 'off'

export const learnPolicies: readonly LearnPolicy[] = ['auto', 'copy', 'place', 'off']

/** What to do where no reflink was possible. */
export function decideLearning(sizeBytes: number, policy: LearnPolicy, quotaBytes: number): LearnWay {
  if (policy === 'copy' && sizeBytes > quotaBytes) return 'place' // it would push itself out
  if (policy !== 'auto') return policy
  return sizeBytes <= quotaBytes * copyShareOfQuota ? 'copy' : 'place'
}

/** A file of the pool's own that shares its blocks with the user's file, before its blob id is known. */
export interface Clone {
  readonly path: string
}

/** Makes and names the inodes the pool owns. */
export class OwnedFiles {
  readonly #directory: string
  /** Devices that refused: each is asked once. */
  readonly #refusing = new Set<bigint>()
  #count = 0

  constructor(extentsDirectory: string) {
    this.#directory = extentsDirectory
  }

  clone(source: string): Clone | undefined {
    const device = statSync(source, { bigint: true }).dev
    if (this.#refusing.has(device)) return undefined
    const path = join(this.#directory, `incoming-${ownMark}-${this.#count++}`)
    if (cloneFile(source, path)) return { path }
    this.#refusing.add(device)
    return undefined
  }

  /** Gives the clone its blob's name. */
  keep(clone: Clone, blobId: Uint8Array): Extent {
    const name = toHex(blobId)
    renameSync(clone.path, join(this.#directory, name))
    return this.#extent(name)
  }

  discard(clone: Clone): void {
    rmSync(clone.path, { force: true })
  }

  /** Moves the inode at `path` in. undefined: not of that size, on another file system, or not to be moved. */
  adopt(path: string, blobId: Uint8Array, sizeBytes: number): Extent | undefined {
    const name = toHex(blobId)
    try {
      const stats = lstatSync(path)
      // a second name for the inode would let its other owner write into the pool
      if (!stats.isFile() || stats.size !== sizeBytes || stats.nlink !== 1) return undefined
      renameSync(path, join(this.#directory, name))
      return this.#extent(name)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'EXDEV' || errno === 'EPERM' || errno === 'EACCES' || errno === 'ENOENT') return undefined
      throw error
    }
  }

  // The commit that follows names this file: it and its name must survive whatever that survives.
  #extent(name: string): Extent {
    const fd = openSync(join(this.#directory, name), 'r')
    try {
      fsyncSync(fd)
      syncDirectory(this.#directory)
      return { isOwned: true, path: name, mark: markOf(fstatSync(fd, { bigint: true })) }
    } finally {
      closeSync(fd)
    }
  }
}
