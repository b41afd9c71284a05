// The attempts at one tree: a file that changes or goes while it is read has one more chance, and is then left out and
// reported. Knows which failed, and what failing means; no connection. PROTOCOL.md §15.4-2

import { PfsError } from '../base/errors.ts'
import type { FileFailure } from './events.ts'
import type { CarriedFailure } from './storage/events.ts'

/** Files that change all the time are left out after two; more than this means that the tree is alive. */
const attemptsMax = 5

export class TreeAttempts {
  /** Of the files that are left out, and of what cannot be sent at all. */
  readonly failures: FileFailure[] = []
  readonly #without = new Set<string>()
  readonly #changedOnce = new Map<string, CarriedFailure>()
  readonly #told = new Set<string>()
  #count = 1

  /** Hex of the paths that are left out from now on. */
  get without(): readonly string[] {
    return [...this.#without]
  }

  /** Notes failures of a walk; returns those that were not known. A file that went meanwhile is one. */
  takeNew(found: readonly CarriedFailure[]): readonly FileFailure[] {
    const fresh = [...found, ...this.#leftOut()].filter(({ key }) => !this.#told.has(key))
    for (const { key } of fresh) this.#told.add(key)
    const failures = fresh.map(failureOf)
    this.failures.push(...failures)
    return failures
  }

  #leftOut(): CarriedFailure[] {
    return [...this.#changedOnce.values()].filter(({ key }) => this.#without.has(key))
  }

  /**
   * Whether there is to be another attempt, after one that ended with this.
   * @param changed files that were not what the snapshot said
   */
  mayFollow(error: unknown, changed: readonly CarriedFailure[]): boolean {
    const isChange = error instanceof PfsError && error.code === 'PFS_SOURCE_CHANGED' && changed.length > 0
    if (!isChange || ++this.#count > attemptsMax) return false
    for (const failure of changed) {
      const { key, error } = failure
      // what may not be read will not be readable the next time
      if (this.#changedOnce.has(key) || error.code !== 'PFS_SOURCE_CHANGED') this.#without.add(key)
      this.#changedOnce.set(key, failure)
    }
    return true
  }
}

const failureOf = ({ path, error }: CarriedFailure): FileFailure => ({
  path,
  code: error.code,
  message: error.message,
})
