// How the shortest RTT moves from one round trip to the next. A queue gets longer and shorter slowly, and whoever is behind it
// moves with it; a radio path's own length changes by a good part of itself within a round trip. Knows RTTs by round trip;
// decides nothing.

import type { Micros } from '../../../base/units.ts'

/** The mean is of about so many of the latest: no single move, as of a queue that empties, makes a path one that drifts. */
const moves = 16

export class Drift {
  /** The mean move, up or down; 0 for a path that keeps its length. */
  micros: Micros = 0
  #shortestMicros: Micros = Number.POSITIVE_INFINITY
  #beforeMicros: Micros | undefined

  onRtt(rttMicros: Micros): void {
    this.#shortestMicros = Math.min(this.#shortestMicros, rttMicros)
  }

  /** A round trip is over. The shortest RTT in it, infinite without one. */
  endRound(): Micros {
    const shortest = this.#shortestMicros
    this.#shortestMicros = Number.POSITIVE_INFINITY
    if (!Number.isFinite(shortest)) return shortest
    if (this.#beforeMicros !== undefined)
      this.micros += (Math.abs(shortest - this.#beforeMicros) - this.micros) / moves
    this.#beforeMicros = shortest
    return shortest
  }

  /** What moved so far was our own doing. */
  forget(): void {
    this.micros = 0
    this.#beforeMicros = undefined
  }
}
