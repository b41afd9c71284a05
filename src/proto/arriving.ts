// Sealed packets on their way into a connection: whether they count, and what follows from them for its life. What is in
// them is the business of receiving.ts. PROTOCOL.md §4-8, §12.

import type { Micros } from '../base/units.ts'
import type { Address } from './address.ts'
import type { Exchange } from './handshake/exchange.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Parts } from './parts.ts'
import type { Run } from './plane/plane.ts'
import type { Receiving } from './receiving.ts'

export class Arriving {
  readonly #parts: Parts
  readonly #life: Lifecycle
  readonly #exchange: Exchange
  readonly #receiving: Receiving
  readonly #localId: Uint8Array

  constructor(parts: Parts, life: Lifecycle, exchange: Exchange, receiving: Receiving, localId: Uint8Array) {
    this.#parts = parts
    this.#life = life
    this.#exchange = exchange
    this.#receiving = receiving
    this.#localId = localId
  }

  datagrams(now: Micros, from: Address, datagrams: readonly Uint8Array[], ecn: number): void {
    let bytes = 0
    for (const datagram of datagrams) bytes += datagram.length
    if (!this.#mayReceive(datagrams.length, bytes)) return
    this.#receiving.handle(now, from, datagrams, ecn)
    this.#after(now)
  }

  /** Returns what was not for us: to be taken out. */
  runs(now: Micros, from: Address, runs: readonly Run[], ecn: number): Uint8Array[] {
    let bytes = 0
    let datagrams = 0
    for (const run of runs) {
      bytes += run.bytes.length
      datagrams += Math.ceil(run.bytes.length / run.segmentBytes)
    }
    if (this.#mayReceive(datagrams, bytes)) {
      this.#receiving.handleRuns(now, from, this.#localId, runs, ecn)
      this.#after(now)
    }
    return this.#receiving.foreigners
  }

  #mayReceive(datagrams: number, bytes: number): boolean {
    const { stats, keys, amplification } = this.#parts
    stats.bytesReceived += bytes
    amplification.onReceived(bytes)
    if (!this.#life.isLive) {
      stats.dropped.closed += datagrams
      this.#life.onLatePackets(datagrams)
    } else if (!keys) {
      stats.dropped.early += datagrams // §4-8
    } else return true
    return false
  }

  #after(now: Micros): void {
    const { violation, close, hasHeard } = this.#receiving
    if (hasHeard) {
      this.#parts.idle.onHeard(now)
      this.#exchange.onHeard(now)
    }
    if (violation) this.#life.violated(now, violation)
    else if (close) this.#life.drain(now, close)
    else if (this.#parts.keys?.isExhausted) this.#life.fail(now, 'KEY_LIMIT', 'too many forged packets') // §6.5-4
  }
}
