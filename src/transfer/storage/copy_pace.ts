// Whether a stream leaves time for the pool's copy of it. Up to a gigabit a second the copy is hidden behind the network;
// a faster stream would wait for the disk, so its object is learnt in place, and copied behind it (copies.ts). Decided
// anew every 64 MiB by how long the last took; the first are always copied. Knows bytes and the clock.

import { MiB } from '../../base/units.ts'

/** What is looked at: what the pool commits at once, a tenth of a second on a slow disk. */
const stretchBytes = 64 * MiB
/** A gigabit a second, nearly: the copy of it takes a tenth of a core. */
const bytesPerSecondMax = 128e6

export class CopyPace {
  readonly #now: () => number
  #startedMillis: number | undefined
  #startedBytes = 0
  #leavesTime = true

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** @param doneBytes of the object so far */
  leavesTime(doneBytes: number): boolean {
    const now = this.#now()
    if (this.#startedMillis === undefined) {
      this.#startedMillis = now
      this.#startedBytes = doneBytes
    }
    const bytes = doneBytes - this.#startedBytes
    if (bytes < stretchBytes) return this.#leavesTime
    this.#leavesTime = bytes * 1000 <= bytesPerSecondMax * (now - this.#startedMillis)
    this.#startedMillis = now
    this.#startedBytes = doneBytes
    return this.#leavesTime
  }
}
