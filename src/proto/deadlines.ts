// When a connection has something to do although nothing comes, and what it is: repeats, losses, probes, silence, keys
// that retire. Owns no timer; whoever drives the connection asks. PROTOCOL.md §5-9, §9, §12.

import type { Micros } from '../base/units.ts'
import type { Exchange } from './handshake/exchange.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Parts } from './parts.ts'
import { isAmplified } from './send/scheduler.ts'
import type { Transmit } from './transmit.ts'

export class Deadlines {
  readonly #parts: Parts
  readonly #life: Lifecycle
  readonly #exchange: Exchange
  readonly #transmit: Transmit
  readonly #handshakeDeadline: Micros

  constructor(now: Micros, parts: Parts, life: Lifecycle, exchange: Exchange, transmit: Transmit) {
    this.#parts = parts
    this.#life = life
    this.#exchange = exchange
    this.#transmit = transmit
    this.#handshakeDeadline = now + parts.config.handshakeTimeoutMicros
  }

  /** The earliest moment at which something falls due; never one that has passed after a full drain. */
  get next(): Micros | undefined {
    const state = this.#life.state
    if (state.kind === 'closed') return undefined
    if (state.kind === 'closing' || state.kind === 'draining') return state.until
    const { recovery, keys, idle, seen, framesOut, send, whereabouts, isConfirmed } = this.#parts
    const silence = isConfirmed ? idle.deadline : this.#handshakeDeadline
    let due = Math.min(silence, this.#exchange.repeatDeadline)
    if (!keys) return due
    due = Math.min(due, keys.retireDeadline, recovery.lossDeadline, whereabouts.deadline)
    if (isConfirmed && !framesOut.pingPending) due = Math.min(due, idle.keepAliveDeadline)
    // before validation only what the peer sends can let anything go
    if (isAmplified(this.#parts)) return due
    const probe = recovery.probeDeadline(send.isBlocked)
    return Math.min(due, seen.ackDeadline, this.#transmit.pacerDeadline, probe)
  }

  /** Something is due. */
  onDue(now: Micros): void {
    if (!this.#life.isLive) return this.#life.onTimeout(now)
    const { keys, idle, framesOut, whereabouts, isConfirmed } = this.#parts
    if (!isConfirmed && now >= this.#handshakeDeadline) return this.#life.end({ by: 'handshake_timeout' })
    if (isConfirmed && now >= idle.deadline) return this.#life.end({ by: 'idle' })
    this.#exchange.onTimeout(now)
    if (!keys) return
    keys.onTimeout(now)
    whereabouts.onTimeout(now)
    this.#recover(now)
    if (isConfirmed && now >= idle.keepAliveDeadline) framesOut.pingPending = true // §12-4
  }

  #recover(now: Micros): void {
    const { recovery, send, events } = this.#parts
    if (now >= recovery.lossDeadline) recovery.onLossTimeout(now)
    if (now < recovery.probeDeadline(send.isBlocked)) return
    recovery.onProbeTimeout(now)
    if (recovery.isUnanswered) events.push({ kind: 'unanswered' })
  }
}
