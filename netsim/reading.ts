// How an application takes what has arrived: at once, at a rate, or with a long pause. Tells the core what it took,
// which is what raises the windows. PROTOCOL.md §8-7.

import { unreachable } from '../src/base/assert.ts'
import { type Micros, millisecond, never, second } from '../src/base/units.ts'
import type { Connection } from '../src/proto/connection.ts'
import type { Ledger } from './ledger.ts'
import type { Reads } from './script.ts'

/** How often a rate-bound reader or writer does a little. */
export const tickMicros: Micros = 10 * millisecond

export class Reading {
  readonly #reads: Reads
  readonly #ledger: Ledger
  readonly #connection: Connection
  #consumedBytes = 0
  #pausedUntil: Micros = never
  #wakeAt: Micros = never

  constructor(reads: Reads, ledger: Ledger, connection: Connection) {
    this.#reads = reads
    this.#ledger = ledger
    this.#connection = connection
  }

  /** Takes what may be taken now. Returns when to come again, `never` when only new bytes can change anything. */
  consume(now: Micros, establishedAt: Micros, isClosed: boolean): Micros {
    this.#wakeAt = never
    if (this.#ledger.bufferedBytes === 0) return never
    let allowance = this.#allowance(now, establishedAt)
    for (const stream of this.#ledger.streams.keys()) {
      const bytes = Math.min(allowance, this.#ledger.readyBytes(stream))
      if (bytes <= 0) continue
      allowance -= bytes
      this.#consumedBytes += bytes
      const upTo = this.#ledger.consume(stream, bytes)
      if (isClosed) continue
      if (stream % 2 === 0) this.#connection.consumeOrdered(stream, bytes)
      else this.#connection.consumeLiteral(stream, upTo)
    }
    return this.#wakeAt
  }

  #allowance(now: Micros, establishedAt: Micros): number {
    const reads = this.#reads
    switch (reads.kind) {
      case 'at_once':
        return never
      case 'at_rate':
        this.#wakeAt = now + tickMicros
        if (establishedAt === never) return 0
        return Math.floor((reads.bytesPerSecond * (now - establishedAt)) / second) - this.#consumedBytes
      case 'pauses': {
        const left = reads.afterBytes - this.#consumedBytes
        // the pause begins with the next look: there may be no further event to bring it
        this.#wakeAt = now + tickMicros
        if (left > 0) return left
        if (this.#pausedUntil === never) this.#pausedUntil = now + reads.micros
        if (now >= this.#pausedUntil) return never
        this.#wakeAt = this.#pausedUntil
        return 0
      }
      default:
        return unreachable(reads)
    }
  }
}
