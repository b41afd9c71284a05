// Somebody who recorded one kind of packet and sends it again, unchanged, every so often: a replayed INIT.

import { type Micros, never } from '../../src/base/units.ts'
import { copied } from '../envelope.ts'
import type { Node, Outlet } from '../node.ts'

export interface RepeatOptions {
  /** The first byte of the datagram it records: PROTOCOL.md §4. */
  readonly type: number
  readonly everyMicros: Micros
  readonly times: number
}

export class Repeat implements Node {
  readonly name: string
  readonly isDone = true
  readonly #options: RepeatOptions
  #recorded: Uint8Array | undefined
  #left: number
  wakeAt: Micros = never

  constructor(options: RepeatOptions) {
    this.name = `repeat type ${options.type}`
    this.#options = options
    this.#left = options.times
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (!this.#recorded && datagram[0] === this.#options.type) {
      this.#recorded = copied(datagram)
      this.wakeAt = now + this.#options.everyMicros
    }
    next.push(datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    this.#left--
    this.wakeAt = this.#left > 0 ? now + this.#options.everyMicros : never
    if (this.#recorded) next.push(copied(this.#recorded))
  }
}
