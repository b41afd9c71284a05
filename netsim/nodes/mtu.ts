// A link with a smaller MTU and no word about it: datagrams above the size vanish, from a moment on. A black hole.

import type { Micros } from '../../src/base/units.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export interface MtuOptions {
  /** UDP payload bytes that still pass. */
  readonly datagramBytesMax: number
  readonly fromMicros?: Micros
}

export class Mtu extends Passage {
  readonly name: string
  readonly #options: Required<MtuOptions>

  constructor(options: MtuOptions) {
    super()
    this.name = `mtu ${options.datagramBytesMax}`
    this.#options = { fromMicros: 0, ...options }
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (now >= this.#options.fromMicros && datagram.length > this.#options.datagramBytesMax) this.touched++
    else next.push(datagram)
  }
}
