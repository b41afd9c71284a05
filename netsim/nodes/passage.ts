// What the nodes that keep nothing back have in common: no wake-ups, always done, a count of what they did.

import { type Micros, never } from '../../src/base/units.ts'
import type { Node, Outlet } from '../node.ts'

export abstract class Passage implements Node {
  abstract readonly name: string
  readonly wakeAt = never
  readonly isDone = true
  /** Datagrams it dropped, doubled or changed. */
  touched = 0

  abstract handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void

  handleWake(): void {}
}
