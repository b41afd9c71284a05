// What must hold after every step of a run, checked from outside: by our own counts where they exist, by the core's
// counters where only it can know. That bytes come whole, once and in place is the ledger's part, that no number is
// sealed twice the cipher's, that no deadline lies in the past the host's. PROTOCOL.md §5-7, §8-6, §10-1.

import { assert } from '../src/base/assert.ts'
import type { Config } from '../src/proto/config.ts'
import { limits } from '../src/proto/config.ts'
import type { ConnectionStats } from '../src/proto/stats.ts'
import type { Host } from './nodes/endpoint.ts'

export class Invariants {
  readonly #host: Host
  readonly #config: Config
  #stats: ConnectionStats | undefined
  #inFlightBytes = 0
  #probeTimeouts = 0

  constructor(host: Host, config: Config) {
    this.#host = host
    this.#config = config
  }

  check(): void {
    const app = this.#host.app
    if (this.#host.name === 'responder' && !app?.isConfirmed) this.#checkAmplification()
    if (!app) return
    this.#checkMemory(app.ledger.bufferedBytes)
    this.#checkWindow(app.connection.stats)
  }

  #checkAmplification(): void {
    const { sentUnprovenBytes, receivedUnprovenBytes } = this.#host
    assert(
      sentUnprovenBytes <= limits.amplificationFactor * receivedUnprovenBytes,
      `§5-7: sent ${sentUnprovenBytes} bytes to an unproven address that sent ${receivedUnprovenBytes}`,
    )
  }

  // ordered bytes count when they are delivered: what waits for a gap is the core's, and is bounded there
  #checkMemory(bufferedBytes: number): void {
    const max = this.#config.connectionWindowBytesMax
    assert(bufferedBytes <= max, `§8-6: holds ${bufferedBytes} bytes, the window is at most ${max}`)
  }

  // A cut may leave more in flight than the new window: then nothing may be added to it but probes.
  #checkWindow(stats: ConnectionStats): void {
    if (stats !== this.#stats) {
      this.#stats = stats
      this.#inFlightBytes = 0
      this.#probeTimeouts = 0
    }
    const { bytesInFlight, windowBytes, probeTimeouts } = stats
    const isProbing = probeTimeouts !== this.#probeTimeouts
    assert(
      bytesInFlight <= windowBytes || bytesInFlight <= this.#inFlightBytes || isProbing,
      `§10-1: ${bytesInFlight} bytes in flight, were ${this.#inFlightBytes}, with a window of ${windowBytes}`,
    )
    assert(bytesInFlight >= 0, `${bytesInFlight} bytes in flight`)
    this.#inFlightBytes = bytesInFlight
    this.#probeTimeouts = probeTimeouts
  }
}
