// A middlebox that changes the clear part of some packets: it stands in for a peer of another version. Datagrams of
// one type get other bytes at one place.

import type { Micros } from '../../src/base/units.ts'
import { copied } from '../envelope.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export interface RewriteOptions {
  /** The first byte of the datagrams it changes: PROTOCOL.md §4. */
  readonly type: number
  readonly at: number
  readonly bytes: readonly number[]
}

export class Rewrite extends Passage {
  readonly name: string
  readonly #options: RewriteOptions

  constructor(options: RewriteOptions) {
    super()
    this.name = `rewrite type ${options.type}`
    this.#options = options
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    const { type, at, bytes } = this.#options
    if (datagram[0] !== type || datagram.length < at + bytes.length) {
      next.push(datagram)
      return
    }
    const changed = copied(datagram)
    changed.set(bytes, at)
    this.touched++
    next.push(changed)
  }
}
