// How start-up gets faster, and when it is over: by round trips where these are all there is to see, by the flights within them
// where a path is long enough; and what it begins with. Knows acknowledgements and the model; sets neither rate nor window.
// PROTOCOL.md §10.

import { type Micros, second } from '../../../base/units.ts'
import type { AckedBytes } from '../controller.ts'
import { FullPipe } from './full_pipe.ts'
import type { PathModel } from './model.ts'
import { WithinRound } from './within_round.ts'

/** What is sent before the first acknowledgement: between these, as many as make `initialBytesPerSecond`. §10-2 */
const initialDatagramsMin = 32
const initialDatagramsMax = 100
const initialBytesPerSecond = 1_000_000

/** A flight need not be longer than its round trip to show a rate; what is more is a queue where the path bears no more. */
const aheadGain = 1.4

/** §10-2 */
export function initialBytes(rttMicros: Micros, datagramBytes: number): number {
  const bytes = (initialBytesPerSecond * rttMicros) / second
  return Math.max(initialDatagramsMin * datagramBytes, Math.min(initialDatagramsMax * datagramBytes, bytes))
}

export class Startup {
  readonly #pipe = new FullPipe()
  readonly #flights = new WithinRound()

  get isOver(): boolean {
    return this.#pipe.isFull
  }

  /** What the path delivers: a flight shows more than the round trip does that it fills a part of. */
  bytesPerSecond(model: PathModel): number {
    return Math.max(model.bytesPerSecond, this.#flights.bytesPerSecond)
  }

  /** A rate was shown that no round trip has delivered yet: so much fills the path at that rate, and shows more. 0: none was. */
  aheadBytes(model: PathModel): number {
    const { bytesPerSecond } = this.#flights
    if (bytesPerSecond <= model.bytesPerSecond) return 0
    return (aheadGain * bytesPerSecond * model.emptyRttMicros) / second
  }

  onAcked(acked: AckedBytes, model: PathModel, datagramBytes: number): void {
    this.#flights.onAcked(acked, model.isRoundStart, datagramBytes)
    if (this.#flights.bytesPerSecond === 0 || acked.rate.isAppLimited) return
    this.#pipe.onFlight(acked, this.bytesPerSecond(model), rttMicros => !model.isEmptyRtt(rttMicros))
    // no round trip has had that rate for all its length yet
    if (this.#pipe.isFull) model.onRate(this.#flights.bytesPerSecond)
  }

  /** A round trip of a sender that was not short of data is over. */
  onRound(model: PathModel, hasQueue: boolean, isHeavy: boolean): void {
    this.#pipe.onRound(this.bytesPerSecond(model), hasQueue, isHeavy)
  }

  /** The path said so. */
  end(): void {
    this.#pipe.isFull = true
  }

  reset(): void {
    this.#pipe.reset()
    this.#flights.forget()
  }
}
