// Notices a peer that is alive and gets nowhere: it answers pings, so that the connection never falls silent, but
// neither acknowledges, builds nor says what it waits for. Knows time and nothing of transfers.

import type { Micros } from '../base/units.ts'

/**
 * The least patience: a receiver says HOLD at least every 16 s while it builds or verifies, but reads a target of the
 * same size in silence to tell whether it is the same, 80 GB in this time.
 */
export const patienceMillisMin = 120_000
/** Of the stall time-out, which is about silence: a user who raises that one is patient. */
const patienceStalls = 4

export class ProgressWatch {
  readonly #patienceMillis: number
  readonly #onStuck: () => void
  #timer: NodeJS.Timeout | undefined
  #isPaused = false

  constructor(stallMicros: Micros | undefined, onStuck: () => void) {
    this.#patienceMillis = Math.max(patienceMillisMin, (patienceStalls * (stallMicros ?? 0)) / 1000)
    this.#onStuck = onStuck
    this.touch()
  }

  /** Something went forward. */
  touch(): void {
    clearTimeout(this.#timer)
    if (this.#isPaused) return
    this.#timer = setTimeout(this.#onStuck, this.#patienceMillis)
    this.#timer.unref()
  }

  /** A person is asked, who may take as long as people do. */
  pause(): void {
    this.#isPaused = true
    clearTimeout(this.#timer)
  }

  resume(): void {
    this.#isPaused = false
    this.touch()
  }

  stop(): void {
    this.pause()
  }
}
