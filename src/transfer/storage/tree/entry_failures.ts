// What went wrong with single entries of a tree while the rest went on: which, why, and whether something lies below one.
// A full disk is no fault of an entry: it ends the whole.

import { PfsError } from '../../../base/errors.ts'
import { IndexSet } from '../../../base/index_set.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { ConfinedFault } from '../../../host/confined.ts'
import { diskFault, errnoOf } from '../../../host/file.ts'
import { failedMax } from '../../../wire/limits.ts'

export interface FailedEntry {
  readonly index: number
  readonly error: PfsError
}

export class EntryFailures {
  /** The first of them, as many as a DONE names. */
  readonly failed: FailedEntry[] = []
  readonly #manifest: Manifest
  readonly #indexes: IndexSet

  constructor(manifest: Manifest) {
    this.#manifest = manifest
    this.#indexes = new IndexSet(manifest.count)
  }

  /** How many have failed in all. */
  get count(): number {
    return this.#indexes.size
  }

  /** It has failed, or the directory it lies in has: nothing more is tried with it. */
  has(index: number): boolean {
    if (this.#indexes.size === 0) return false
    for (let at = index; at >= 0; at = this.#manifest.parent(at)) if (this.#indexes.has(at)) return true
    return false
  }

  /** Does the work, or notes why not. */
  guard(index: number, work: () => void): void {
    if (this.has(index)) return
    try {
      work()
    } catch (error) {
      if (isOfFullDisk(error)) throw diskFault(error, 'PFS_WRITE', this.#shown(index))
      this.add(index, () => this.#faultOf(index, error))
    }
  }

  /** @param faultOf asked only of one that is told: a peer may have made a million fail, with paths of four thousand bytes */
  add(index: number, faultOf: () => PfsError): void {
    this.#indexes.add(index)
    if (this.failed.length < failedMax) this.failed.push({ index, error: faultOf() })
  }

  #faultOf(index: number, error: unknown): PfsError {
    if (error instanceof PfsError) return error
    const shown = this.#shown(index)
    if (errnoOf(error) === 'EEXIST') return taken(shown)
    if (error instanceof ConfinedFault)
      return new PfsError('PFS_WRITE', `${shown} (${error.reason})`, { cause: error, path: shown })
    return diskFault(error, 'PFS_WRITE', shown)
  }

  #shown(index: number): string {
    return Buffer.from(this.#manifest.path(index)).toString()
  }
}

function isOfFullDisk(error: unknown): boolean {
  if (error instanceof PfsError) return error.code === 'PFS_DISK_FULL'
  return errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT'
}

/** Something else has the name. */
export const taken = (what: string): PfsError =>
  new PfsError('PFS_EXISTS', what, {
    hint: 'Receive with --on-conflict overwrite, rename or skip, or into another directory with -o DIR.',
  })
