// When to look for more again: PROTOCOL.md §10. Knows times and round trips; decides nothing of rate or window.

import { type Micros, second } from '../../../base/units.ts'
import type { PathModel } from './model.ts'

/** The time between two looks for more: two to three seconds … */
const microsMin: Micros = 2 * second
const microsSpread: Micros = second
/** … or as many round trips as a Reno of this window would take to grow into what it lost, within reason. */
const roundsMax = 63
/** What a path that drifts seemed to deliver it soon does no more, or more. */
const driftRoundsMax = 16

export class Cycle {
  /** When the last look ended; before the first, when the connection began. */
  since: Micros
  #round = 0
  #micros: Micros = microsMin

  constructor(now: Micros) {
    this.since = now
  }

  begin(now: Micros, { rounds, bytesPerSecond }: PathModel): void {
    this.since = now
    this.#round = rounds
    // no two flows of one bottleneck look at once for long: chance enough is in what was delivered
    const share = ((Math.floor(bytesPerSecond) * 2_654_435_761) % 2 ** 32) / 2 ** 32
    this.#micros = microsMin + share * microsSpread
  }

  isOver(now: Micros, model: PathModel, datagramBytes: number): boolean {
    const rounds = Math.min(model.isDrifting ? driftRoundsMax : roundsMax, model.pipeBytes / datagramBytes)
    return now - this.since >= this.#micros || model.rounds - this.#round >= rounds
  }
}
