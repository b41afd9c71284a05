// What went wrong with single entries of a tree while the rest went on: which, why, and whether something lies below one.
// A full disk is no fault of an entry: it ends the whole.

import { PfsError } from '../../../base/errors.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { ConfinedFault } from '../../../host/confined.ts'
import { diskFault, errnoOf } from '../../../host/file.ts'

export interface FailedEntry {
  readonly index: number
  readonly error: PfsError
}

export class EntryFailures {
  readonly failed: FailedEntry[] = []
  readonly #manifest: Manifest
  readonly #indexes = new Set<number>()

  constructor(manifest: Manifest) {
    this.#manifest = manifest
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
      this.add(index, this.#faultOf(index, error))
    }
  }

  add(index: number, error: PfsError): void {
    this.#indexes.add(index)
    this.failed.push({ index, error })
  }

  #faultOf(index: number, error: unknown): PfsError {
    if (error instanceof PfsError) return error
    const shown = Buffer.from(this.#manifest.path(index)).toString()
    if (errnoOf(error) === 'EEXIST') return taken(shown)
    if (error instanceof ConfinedFault)
      return new PfsError('PFS_WRITE', `${shown} (${error.reason})`, { cause: error })
    const fault = diskFault(error, 'PFS_WRITE', shown)
    if (fault.code === 'PFS_DISK_FULL') throw fault
    return fault
  }
}

/** Something else has the name. */
export const taken = (what: string): PfsError =>
  new PfsError('PFS_EXISTS', what, {
    hint: 'Receive with --on-conflict overwrite, rename or skip, or into another directory with -o DIR.',
  })
