// Silence: the peer's, which ends a connection, and our own, which a PING breaks. PROTOCOL.md §12-3, §12-4.

import type { Micros } from '../base/units.ts'

export class Idle {
  #timeoutMicros: Micros
  readonly #keepAliveMicros: Micros
  #heardMicros: Micros
  #sentMicros: Micros

  constructor(now: Micros, timeoutMicros: Micros, keepAliveMicros: Micros) {
    this.#timeoutMicros = timeoutMicros
    this.#keepAliveMicros = keepAliveMicros
    this.#heardMicros = now
    this.#sentMicros = now
  }

  /** The smaller of both sides' time-outs holds. */
  onPeerTimeout(micros: Micros): void {
    this.#timeoutMicros = Math.min(this.#timeoutMicros, micros)
  }

  /** Something authentic came. */
  onHeard(now: Micros): void {
    this.#heardMicros = now
  }

  onSent(now: Micros): void {
    this.#sentMicros = now
  }

  get deadline(): Micros {
    return this.#heardMicros + this.#timeoutMicros
  }

  get keepAliveDeadline(): Micros {
    return this.#sentMicros + Math.min(this.#keepAliveMicros, this.#timeoutMicros / 2)
  }
}
