// When a connection has something to do although nothing comes, and what it is: repeats, losses, probes, silence, keys
// that retire. Owns no timer; whoever drives the connection asks. PROTOCOL.md §5-9, §9, §12.

import { type Micros, never } from '../base/units.ts'
import type { Exchange } from './handshake/exchange.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Parts } from './parts.ts'
import type { Path } from './path/path.ts'
import { isAmplified } from './send/scheduler.ts'

export class Deadlines {
  readonly #parts: Parts
  readonly #life: Lifecycle
  readonly #exchange: Exchange
  readonly #handshakeDeadline: Micros

  constructor(now: Micros, parts: Parts, life: Lifecycle, exchange: Exchange) {
    this.#parts = parts
    this.#life = life
    this.#exchange = exchange
    this.#handshakeDeadline = now + parts.config.handshakeTimeoutMicros
  }

  /** The earliest moment at which something falls due; never one that has passed after a full drain. */
  get next(): Micros | undefined {
    const state = this.#life.state
    if (state.kind === 'closed') return undefined
    if (state.kind === 'closing' || state.kind === 'draining') return state.until
    const { keys, idle, framesOut, paths, isConfirmed } = this.#parts
    const silence = isConfirmed ? idle.deadline : this.#handshakeDeadline
    let due = Math.min(silence, this.#exchange.repeatDeadline)
    if (!keys) return due
    due = Math.min(due, keys.retireDeadline)
    for (const { recovery, whereabouts } of paths.all)
      due = Math.min(due, recovery.lossDeadline, whereabouts.deadline)
    if (isConfirmed && !framesOut.pingPending) due = Math.min(due, idle.keepAliveDeadline)
    // before validation only what the peer sends can let anything go
    if (isAmplified(this.#parts)) return due
    for (const path of paths.all)
      due = Math.min(
        due,
        path.seen.ackDeadline,
        path.pacerDeadline,
        path.pingDeadline,
        this.#probeDeadline(path),
      )
    return due
  }

  // What waits for the peer's windows is asked after by one path. §8-8
  #probeDeadline(path: Path): Micros {
    const { paths, send } = this.#parts
    return path.carries ? path.recovery.probeDeadline(send.isBlocked && path === paths.carrier) : never
  }

  /** Something is due. */
  onDue(now: Micros): void {
    if (!this.#life.isLive) return this.#life.onTimeout(now)
    const { keys, idle, framesOut, paths, isConfirmed } = this.#parts
    if (!isConfirmed && now >= this.#handshakeDeadline)
      return this.#life.end(now, { by: 'handshake_timeout' })
    if (isConfirmed && now >= idle.deadline) return this.#life.end(now, { by: 'idle' })
    this.#exchange.onTimeout(now)
    if (!keys) return
    keys.onTimeout(now)
    for (const path of paths.all) {
      path.whereabouts.onTimeout(now)
      this.#recover(now, path)
    }
    if (isConfirmed && now >= idle.keepAliveDeadline) framesOut.pingPending = true // §12-4
  }

  #recover(now: Micros, path: Path): void {
    const { paths, events } = this.#parts
    const { recovery } = path
    if (now >= recovery.lossDeadline) recovery.onLossTimeout(now)
    if (now < this.#probeDeadline(path)) return
    recovery.onProbeTimeout(now)
    if (!recovery.isUnanswered) return
    events.push({ kind: 'unanswered', path: path.id })
    paths.silence(now, path) // §4.3-5
  }
}
