// Loans on their way back to the storage that lent them: what the network has acknowledged, gathered for a turn of the loop,
// so that a burst of acknowledgements is one message. A list's loans also come back when its image is under way.

import type { StorageThread } from './storage/thread.ts'

export class LoanReturns {
  readonly #storage: StorageThread
  readonly #inFlightBytes: () => number
  #waiting: { readonly handle: number; readonly loan: number }[] = []

  /** @param inFlightBytes what the network has sent and not yet heard of */
  constructor(storage: StorageThread, inFlightBytes: () => number) {
    this.#storage = storage
    this.#inFlightBytes = inFlightBytes
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
    const bytesInFlight = this.#inFlightBytes()
    for (const handle of new Set(all.map(one => one.handle))) {
      const loans = all.filter(one => one.handle === handle).map(({ loan }) => loan)
      this.#storage.tell('creditSource', [handle, loans, bytesInFlight])
    }
  }
}
