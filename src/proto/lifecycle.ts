// How a connection ends: the state, the CLOSE that is said or heard, and the time it lingers so that late packets
// find somebody. Knows why and when; not what is sent besides. PROTOCOL.md §12.

import { assert } from '../base/assert.ts'
import type { Micros } from '../base/units.ts'
import { type Violation, type WireCodeName, wireCodes } from '../wire/codes.ts'
import type { Close } from '../wire/frames/close.ts'
import { shownText } from '../wire/text.ts'
import { Closing } from './closing.ts'
import type { CloseReason } from './events.ts'
import type { Parts } from './parts.ts'
import type { Outbox } from './plane/plane.ts'
import { isAmplified } from './send/scheduler.ts'
import { isLive, mayFollow, type State } from './state.ts'
import type { Transmit } from './transmit.ts'

/** In probe time-outs. §12-1 */
const lingerProbeTimeouts = 3

export class Lifecycle {
  readonly #parts: Parts
  readonly #transmit: Transmit
  #state: State = { kind: 'handshaking' }
  #closing: Closing | undefined
  #wantsFinish = false

  constructor(parts: Parts, transmit: Transmit) {
    this.#parts = parts
    this.#transmit = transmit
  }

  get state(): State {
    return this.#state
  }

  get isLive(): boolean {
    return isLive(this.#state)
  }

  get wantsFinish(): boolean {
    return this.#wantsFinish
  }

  /** The keys exist. */
  open(): void {
    this.#become({ kind: 'open' })
    if (this.#wantsFinish) this.#become({ kind: 'finishing' })
  }

  /** §12-2 */
  finish(): void {
    this.#wantsFinish = true
    if (this.#state.kind === 'open') this.#become({ kind: 'finishing' })
  }

  /** The last acknowledgement that finish waited for has come. */
  get isFinished(): boolean {
    return this.#state.kind === 'finishing' && this.#parts.send.isQuiet
  }

  /** CLOSE, as soon as it may be sent; without keys there is nobody to tell. */
  close(now: Micros, code: number, text: string, frameType = 0): void {
    if (!this.isLive) return
    const reason: CloseReason = { by: 'local', code, text }
    if (!this.#parts.keys) return this.end(now, reason)
    this.#closing = new Closing(code, frameType, text)
    this.#leave(now, { kind: 'closing', reason, until: this.#lingerUntil(now) }, reason)
  }

  fail(now: Micros, code: WireCodeName, text: string): void {
    this.close(now, wireCodes[code].code, text)
  }

  /** The peer broke a rule in authentic bytes. */
  violated(now: Micros, { code, reason, frameType }: Violation): void {
    this.close(now, wireCodes[code].code, reason, frameType)
  }

  /** The peer said CLOSE: nothing more is sent. */
  drain(now: Micros, close: Close): void {
    if (!this.isLive) return
    const reason: CloseReason = { by: 'peer', code: close.code, text: shownText(close.reason) }
    this.#leave(now, { kind: 'draining', reason, until: this.#lingerUntil(now) }, reason)
  }

  /** At once and without a word to the peer. */
  end(now: Micros, reason: CloseReason): void {
    if (!this.isLive) return
    this.#leave(now, { kind: 'closed', reason }, reason)
    this.#parts.observer?.onGone(now)
  }

  /** What carried it is gone: nothing of the lingering is heard by anybody. §4.1-3 */
  lose(now: Micros): void {
    const state = this.#state
    if (this.isLive) this.end(now, { by: 'carrier' })
    else if (state.kind === 'closing' || state.kind === 'draining')
      this.#become({ kind: 'closed', reason: state.reason })
  }

  /** Packets came after the end: they change nothing but how often CLOSE is said. §12-6 */
  onLatePackets(packets: number): void {
    this.#closing?.onReceived(packets)
  }

  /** The lingering is over. */
  onTimeout(now: Micros): void {
    const state = this.#state
    if ((state.kind !== 'closing' && state.kind !== 'draining') || now < state.until) return
    this.#become({ kind: 'closed', reason: state.reason })
    this.#parts.observer?.onGone(now)
  }

  /** True when CLOSE went out. */
  pollClose(now: Micros, outbox: Outbox): boolean {
    const { keys, paths } = this.#parts
    if (!this.#closing?.isDue || !keys || isAmplified(this.#parts)) return false
    this.#closing.isDue = false
    this.#transmit.sendClose(now, keys, paths.carrier, this.#closing.frames, outbox)
    return true
  }

  #leave(now: Micros, state: State, reason: CloseReason): void {
    this.#parts.observer?.onClosed(now, reason)
    this.#become(state)
    this.#parts.recv.window.leaveShare()
    this.#parts.events.push({ kind: 'closed', reason })
  }

  #lingerUntil(now: Micros): Micros {
    return now + lingerProbeTimeouts * this.#parts.paths.carrier.recovery.probeTimeoutBase
  }

  #become(state: State): void {
    assert(mayFollow(this.#state, state), `${state.kind} after ${this.#state.kind}`)
    this.#state = state
    if (state.kind === 'closed') this.#parts.keys?.wipe()
  }
}
