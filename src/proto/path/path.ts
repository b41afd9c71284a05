// One way between the two sides: its numbers, losses, congestion, datagram size and the peer's address on it. A path that is
// not proven, or has fallen silent, carries nothing but PING until one is acknowledged. PROTOCOL.md §4.3.

import { type Micros, never } from '../../base/units.ts'
import type { Address } from '../address.ts'
import { type Config, limits } from '../config.ts'
import type { Numbered } from '../keys.ts'
import type { Observer } from '../observer.ts'
import { Recovery } from '../recovery/recovery.ts'
import type { PieceOwner } from '../recovery/sent.ts'
import { Seen } from '../recv/seen.ts'
import type { ConnectionStats } from '../stats.ts'
import { Whereabouts } from './whereabouts.ts'

export interface PathOptions {
  readonly id: number
  readonly config: Config
  readonly owner: PieceOwner
  readonly stats: ConnectionStats
  readonly observer: Observer | undefined
  /** Where the peer is on it; undefined: it will prove that. */
  readonly address: Address | undefined
  readonly random: (bytes: number) => Uint8Array
}

/** What may be looked at from outside. */
export interface PathView {
  readonly id: number
  readonly carries: boolean
  readonly windowBytes: number
  readonly bytesInFlight: number
}

export class Path implements PathView, Numbered {
  readonly id: number
  readonly recovery: Recovery
  readonly seen = new Seen()
  readonly whereabouts: Whereabouts
  /** When the pacer lets the next train go, while that is all it waits for. */
  pacerDeadline: Micros = never
  /** Anything may go by it. */
  carries = false
  /** Or did so once. */
  hasCarried = false
  // an acknowledgement of this number or a later one proves it
  #provenBy = 0
  #pingAt: Micros = 0
  #pings = 0

  constructor(now: Micros, options: PathOptions) {
    this.id = options.id
    // what was seen before was seen of the first
    const config = options.id === 0 ? options.config : { ...options.config, savedPath: undefined }
    this.recovery = new Recovery(
      now,
      config,
      options.owner,
      options.stats,
      options.id === 0 ? options.observer : undefined,
    )
    this.whereabouts = new Whereabouts(options.address, options.random)
  }

  get windowBytes(): number {
    return this.recovery.controller.windowBytes
  }

  get bytesInFlight(): number {
    return this.recovery.bytesInFlight
  }

  get largestAcked(): number {
    return this.recovery.largestAcked
  }

  get isUnderWay(): boolean {
    return this.carries && this.recovery.inFlight.count > 0
  }

  get nextNumber(): number {
    return this.recovery.nextNumber
  }

  /** When a PING must ask whether it is there. */
  get pingDeadline(): Micros {
    return this.carries || this.whereabouts.current === undefined ? never : this.#pingAt
  }

  onPingSent(now: Micros, probeTimeoutMicros: Micros): void {
    const wait = probeTimeoutMicros * 2 ** Math.min(this.#pings++, 30)
    this.#pingAt = now + Math.min(wait, limits.probeTimeoutMicros)
  }

  /** It is proven, or proven again: what its PINGs met, or what it was like before, says nothing of what it bears. §4.3-5 */
  carry(now: Micros, rttMicros: Micros | undefined): void {
    this.carries = true
    this.hasCarried = true
    const { nextNumber, rtt } = this.recovery
    if (nextNumber > 0) this.recovery.onNewPath(now, rttMicros ?? (rtt.hasSample ? rtt.latest : undefined))
  }

  /** What is in flight goes again by others. §4.3-5 */
  fallSilent(now: Micros): void {
    this.carries = false
    this.#provenBy = this.recovery.nextNumber
    this.#pings = 0
    this.#pingAt = now
    this.pacerDeadline = never
    this.recovery.giveUpInFlight()
  }

  isProvenBy(largestAcked: number): boolean {
    return !this.carries && largestAcked >= this.#provenBy
  }
}
