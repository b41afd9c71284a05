// Loans on their way back to the storage that lent them: what the network has acknowledged, gathered for a turn of the loop,
// so that a burst of acknowledgements is one message. A list's loans also come back when its image is under way.

import { type Micros, millisecond } from '../base/units.ts'
import type { Link } from '../net/link.ts'
import type { NetworkState } from './storage/events.ts'
import type { StorageThread } from './storage/thread.ts'

/**
 * A byte that is lost, and lost again when it is repeated, keeps all behind it on loan for three round trips, in which as much
 * again is to leave each time. Where a round trip is short that is little, and memory that the cache still has is worth more.
 */
const heldFactor = 4
const longRttMicros: Micros = 5 * millisecond
/**
 * What a long path is taken to hold until it shows more: nothing comes back before the first buffer arrived whole, which takes
 * a path that loses several round trips, and a sender that had no more to send for so long knows nothing of the path.
 */
const assumedBytesPerMicro = 128

export class LoanReturns {
  readonly #storage: StorageThread
  readonly #link: Pick<Link, 'stats'>
  #waiting: { readonly handle: number; readonly loan: number }[] = []

  constructor(storage: StorageThread, link: Pick<Link, 'stats'>) {
    this.#storage = storage
    this.#link = link
  }

  /** Before anything is lent: how much may be, on such a path. */
  begin(handle: number): void {
    this.#storage.tell('creditSource', [handle, [], this.#network])
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
    const network = this.#network
    for (const handle of new Set(all.map(one => one.handle))) {
      const loans = all.filter(one => one.handle === handle).map(({ loan }) => loan)
      this.#storage.tell('creditSource', [handle, loans, network])
    }
  }

  get #network(): NetworkState {
    const { bytesInFlight: inFlightBytes, rttMicros, deliveryBytesPerSecond } = this.#link.stats
    const isLong = rttMicros > longRttMicros
    const assumed = assumedBytesPerMicro * rttMicros
    const underWayBytes = isLong ? Math.max(heldFactor * inFlightBytes, assumed) : inFlightBytes
    return { underWayBytes, inFlightBytes, deliveryBytesPerSecond }
  }
}
