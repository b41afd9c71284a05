// Copies that nobody waits for: objects the pool was to copy and so far knows by their place alone, because the stream
// left no time. One after another, in short steps, when the thread has nothing else to do, and to the end before a
// receiver goes: what it was sent must survive the user's next edit. Knows the pool's copiers, not their files.

import { setImmediate } from 'node:timers/promises'
import { PfsError } from '../../base/errors.ts'
import { MiB } from '../../base/units.ts'
import type { Copier } from '../../pool/copier.ts'
import type { Pool } from '../../pool/pool.ts'
import { commitIfRoom } from './commit.ts'

/** Short, for somebody may come. */
const stepBytes = MiB

export class Copies {
  readonly #pool: Pool
  readonly #waiting: Uint8Array[] = []
  #copier: Copier | undefined
  // what was copied counts from its commit on; the pool must not close before
  #committed: Promise<void> = Promise.resolve()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  add(blob: Uint8Array): void {
    this.#waiting.push(blob.slice())
  }

  /** A little of it. True while there is more. */
  step(): boolean {
    if (!this.#copier) {
      const next = this.#waiting.shift()
      if (!next) return false
      this.#copier = this.#pool.copier(next)
      return true
    }
    try {
      if (this.#copier.step(stepBytes) === 'more') return true
    } catch (error) {
      if (!(error instanceof PfsError)) throw error // a full disk, a lost recipe: the blob stays where it is
    }
    this.#copier = undefined
    // a copy only saves work: what is wrong with the pool, the next transfer's commit says
    this.#committed = this.#committed.then(() => commitIfRoom(this.#pool)).catch(() => {})
    return true
  }

  /** @param isHurried what is left stays where it is */
  async end(isHurried: boolean): Promise<void> {
    while (!isHurried && this.step()) await setImmediate()
    await this.#committed
  }
}
