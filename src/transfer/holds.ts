// When a receiver that only builds or verifies says that it is alive: rarely, for on a metered path silence is cheap. Knows
// the clock, no channel. PROTOCOL.md §15.9-1

import type * as holdMessage from '../wire/messages/hold.ts'

/** The first comes after so long, each further one after twice as long. */
const millisFirst = 1_000
const millisMax = 16_000

export class Holds {
  #dueMillis = 0
  #everyMillis = millisFirst

  /** What is to be said now, if anything. */
  next(
    builtBytes: number,
    verifiedBytes: number,
    totalBytes: number,
  ): (Pick<holdMessage.Hold, 'done' | 'total'> & { readonly reason: 'building' | 'verifying' }) | undefined {
    const now = Date.now()
    if (this.#dueMillis === 0) this.#dueMillis = now + this.#everyMillis
    if (now < this.#dueMillis) return undefined
    this.#everyMillis = Math.min(2 * this.#everyMillis, millisMax)
    this.#dueMillis = now + this.#everyMillis
    const isBuilding = builtBytes < totalBytes
    return {
      reason: isBuilding ? 'building' : 'verifying',
      done: isBuilding ? builtBytes : verifiedBytes,
      total: totalBytes,
    }
  }
}
