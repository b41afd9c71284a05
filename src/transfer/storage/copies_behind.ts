// Copies from the pool that other threads make while this one verifies what they have made: a few at a time, and none of
// them outlives a build unnoticed, for it would write into the part file of the next. Knows no rounds.

import { MiB } from '../../base/units.ts'
import type { CopiedRun, PoolCopy } from './pool_copy.ts'

/** One copy: some milliseconds, beside which the way to another thread and back is nothing. */
export const copyBehindBytes = 8 * MiB
/** Under way at once. Writes of one file wait for one another, but one can read while the other writes. */
const copiesMax = 2

/** By part file: what an abandoned build has left running. */
const leftRunning = new Map<string, Promise<void>>()

export class CopiesBehind {
  readonly #copy: PoolCopy
  readonly #path: string
  readonly #wake: () => void
  readonly #underWay = new Set<Promise<void>>()
  #fault: unknown
  #isOver = false
  #isBlocked = false

  /** @param path of the part file: an earlier build of it may have left copies running */
  constructor(copy: PoolCopy, path: string, wake: () => void) {
    this.#copy = copy
    this.#path = path
    this.#wake = wake
    const left = leftRunning.get(path)
    if (!left) return
    this.#isBlocked = true
    void left.then(() => {
      this.#isBlocked = false
      wake()
    })
  }

  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** Throws what one of them met with. */
  isUnderWay(): boolean {
    if (this.#fault !== undefined) throw this.#fault
    return this.#underWay.size > 0
  }

  /** false: enough are under way. */
  begin(run: CopiedRun, visit: (run: CopiedRun) => void): boolean {
    if (this.#underWay.size >= copiesMax) return false
    const copying = this.#copy
      .copyBehind(run, copied => {
        if (!this.#isOver) visit(copied)
        return !this.#isOver
      })
      .catch(error => {
        this.#fault ??= error
      })
      .finally(() => {
        this.#underWay.delete(copying)
        if (!this.#isOver) this.#wake()
      })
    this.#underWay.add(copying)
    return true
  }

  abandon(): void {
    this.#isOver = true
    if (this.#underWay.size === 0) return
    const before = leftRunning.get(this.#path)
    const left: Promise<void> = Promise.all([...this.#underWay, before]).then(() => {
      if (leftRunning.get(this.#path) === left) leftRunning.delete(this.#path)
    })
    leftRunning.set(this.#path, left)
  }
}
