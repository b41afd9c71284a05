// What stands in the ring: a network is a circle of nodes, each handing datagrams to the next. An endpoint, a delay
// and a lossy link all wear this face, so that a scenario reads as a picture of the path. A node knows neither its
// neighbours nor a clock: it is told the time with every call.

import type { Micros } from '../src/base/units.ts'

/** The way to the next node. The memory of what is pushed goes with it. */
export interface Outlet {
  push(datagram: Uint8Array): void
}

export interface Node {
  readonly name: string
  /** When to call handleWake; `never` while it waits for datagrams only. Never before the last call's `now`. */
  readonly wakeAt: Micros
  /** The run may end when every node says so. A plain piece of path is always done. */
  readonly isDone: boolean
  /** A datagram from the node before. May push to `next` at once, or keep it and ask to be woken. */
  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void
  /** `wakeAt` has come. */
  handleWake(now: Micros, next: Outlet): void
}
