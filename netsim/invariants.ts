// What must hold after every step of a run, checked from outside: by our own counts where they exist, by the core's
// counters where only it can know. That bytes come whole, once and in place is the ledger's part, that no number is
// sealed twice the cipher's, that no deadline lies in the past the host's. PROTOCOL.md §5-7, §8-6, §10-1.

import { assert } from '../src/base/assert.ts'
import type { Config } from '../src/proto/config.ts'
import type { Connection } from '../src/proto/connection.ts'
import type { ConnectionStats } from '../src/proto/stats.ts'
import { type App, orderedBufferBytesMax } from './app.ts'
import type { Host } from './nodes/endpoint.ts'
import { attackerHost } from './nodes/race.ts'

/** §5-7, written here again: the core's own constant is what is judged. */
const amplificationFactor = 3
/** Summing over all streams is dear. */
const memoryEverySteps = 32

export class Invariants {
  readonly #host: Host
  readonly #config: Config
  #stats: ConnectionStats | undefined
  // by path
  readonly #inFlightBytes: number[] = []
  #probeTimeouts = 0
  #steps = 0

  constructor(host: Host, config: Config) {
    this.#host = host
    this.#config = config
  }

  check(): void {
    const app = this.#host.app
    if (this.#host.name === 'responder' && !app?.isConfirmed) this.#checkAmplification()
    this.#checkAttacker()
    if (!app) return
    if (this.#steps++ % memoryEverySteps === 0) this.#checkMemory(app)
    this.#checkWindows(app.connection)
  }

  #checkAmplification(): void {
    const { sentUnprovenBytes, receivedUnprovenBytes } = this.#host
    assert(
      sentUnprovenBytes <= amplificationFactor * receivedUnprovenBytes,
      `§5-7: sent ${sentUnprovenBytes} bytes to an unproven address that sent ${receivedUnprovenBytes}`,
    )
  }

  // He never proves to be where he says: all his ports together get no more than each may. §4.2-3
  #checkAttacker(): void {
    const counts = this.#host.hosts.get(attackerHost)
    if (!counts) return
    const { sentBytes, receivedBytes } = counts
    assert(
      sentBytes <= amplificationFactor * receivedBytes,
      `§4.2-3: sent ${sentBytes} bytes to an address that sent ${receivedBytes} and proved nothing`,
    )
  }

  // What waits for the application, what came early and waits in the core, and what the core keeps to send again.
  #checkMemory(app: App): void {
    const arrivedMax = this.#config.connectionWindowBytesMax
    const { bufferedBytes } = app.ledger
    assert(
      bufferedBytes <= arrivedMax,
      `§8-6: ${bufferedBytes} bytes wait, the window is at most ${arrivedMax}`,
    )
    const max = arrivedMax + app.orderedStreams * orderedBufferBytesMax
    const held = bufferedBytes + app.connection.bufferedBytes
    assert(held <= max, `§8-6: ${held} bytes are held, ${max} may be`)
  }

  // A cut may leave more in flight than the new window: then nothing may be added to it but probes. Of each path, §4.3-1.
  #checkWindows({ stats, paths }: Connection): void {
    if (stats !== this.#stats) {
      this.#stats = stats
      this.#inFlightBytes.length = 0
      this.#probeTimeouts = 0
    }
    const isProbing = stats.probeTimeouts !== this.#probeTimeouts
    this.#probeTimeouts = stats.probeTimeouts
    for (const { id, carries, bytesInFlight, windowBytes } of paths) {
      const before = this.#inFlightBytes[id] ?? 0
      assert(
        bytesInFlight <= windowBytes || bytesInFlight <= before || isProbing || !carries,
        `§10-1: ${bytesInFlight} bytes in flight, were ${before}, with a window of ${windowBytes}`,
      )
      assert(bytesInFlight >= 0, `${bytesInFlight} bytes in flight`)
      this.#inFlightBytes[id] = bytesInFlight
    }
  }
}
