// Loans on their way back to the storage that lent them: what the network has acknowledged, gathered for a turn of the loop,
// so that a burst of acknowledgements is one message. A list's loans also come back when its image is under way.

import { type Micros, millisecond } from '../base/units.ts'
import type { Link } from '../net/link.ts'
import type { StorageThread } from './storage/thread.ts'

/**
 * A byte that is lost, and lost again when it is repeated, keeps all behind it on loan for three round trips, in which as much
 * again is to leave each time. Where a round trip is short that is little, and memory that the cache still has is worth more.
 */
const heldFactor = 4
const longRttMicros: Micros = 5 * millisecond

export class LoanReturns {
  readonly #storage: StorageThread
  readonly #link: Pick<Link, 'stats'>
  #waiting: { readonly handle: number; readonly loan: number }[] = []

  constructor(storage: StorageThread, link: Pick<Link, 'stats'>) {
    this.#storage = storage
    this.#link = link
  }

  /** @param onTold when it is on its way */
  give(handle: number, loan: number, onTold: () => void): void {
    this.#waiting.push({ handle, loan })
    if (this.#waiting.length > 1) return
    setImmediate(() => {
      this.#tell()
      onTold()
    })
  }

  #tell(): void {
    const all = this.#waiting
    this.#waiting = []
    const { bytesInFlight, rttMicros, deliveryBytesPerSecond } = this.#link.stats
    const underWayBytes = rttMicros > longRttMicros ? heldFactor * bytesInFlight : bytesInFlight
    const network = { underWayBytes, inFlightBytes: bytesInFlight, deliveryBytesPerSecond }
    for (const handle of new Set(all.map(one => one.handle))) {
      const loans = all.filter(one => one.handle === handle).map(({ loan }) => loan)
      this.#storage.tell('creditSource', [handle, loans, network])
    }
  }
}
