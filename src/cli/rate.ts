// How fast something goes, over a sliding window: calm on a bursty link, and falling to nothing when nothing comes. Pure:
// the time comes in.

import { type Micros, second } from '../base/units.ts'

/** Long enough to calm a bursty link, short enough to show that it has stopped. */
export const windowMicros: Micros = 5 * second

/** Samples kept: one every twentieth of a window is all that an estimate needs. */
const samplesMax = 20

interface Sample {
  readonly at: Micros
  readonly doneBytes: number
}

export class Rate {
  #samples: Sample[] = []
  #doneBytes = 0

  /** What is done by now. The first is the base: what an earlier attempt brought counts as done and not as speed. */
  add(doneBytes: number, now: Micros): void {
    this.#doneBytes = doneBytes
    const last = this.#samples.at(-1)
    if (last && now - last.at < windowMicros / samplesMax) return
    this.#samples.push({ at: now, doneBytes })
    while (this.#samples.length > samplesMax + 1) this.#samples.shift()
  }

  /** Another kind of work begins: the next number is the base of its speed. */
  restart(): void {
    this.#samples = []
  }

  /** Bytes per second. */
  at(now: Micros): number {
    const since = this.#samples.find(sample => sample.at >= now - windowMicros)
    if (!since || now <= since.at) return 0
    return (Math.max(0, this.#doneBytes - since.doneBytes) * 1e6) / (now - since.at)
  }
}
