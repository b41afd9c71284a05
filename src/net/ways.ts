// The ways of one connection that we began, once it is there: further paths are opened, and what leads nowhere any more is
// looked after. Knows sockets and paths; no packet. PROTOCOL.md §4.2-6, §4.3-2.

import type { Connection } from '../proto/connection.ts'
import type { Rebind } from './rebind.ts'
import type { Socket } from './socket.ts'

export class Ways {
  readonly #socket: Socket
  readonly #connection: Connection
  /** By path; none before the connection is there, nor over TCP, which has one way and no other. */
  readonly #rebinds: Rebind[] = []
  #isOver = false

  constructor(socket: Socket, connection: Connection) {
    this.#socket = socket
    this.#connection = connection
  }

  /** Keys exist. One after the other, because their numbers are the order; one that is none of ours is no path, and no fault. */
  async start(locals: readonly string[]): Promise<void> {
    if (!this.#socket.canMove) return
    this.#rebinds.push(this.#socket.rebind(this.#connection, 0))
    for (const host of locals) {
      const path = await this.#socket.openPath(this.#connection, host).catch(() => undefined)
      if (path === undefined) continue
      const rebind = this.#socket.rebind(this.#connection, path)
      this.#rebinds[path] = rebind
      if (this.#isOver) rebind.stop()
    }
  }

  /** A hint, or silence: the way by that path may lead nowhere. */
  onDoubt(path: number): void {
    this.#rebinds[path]?.onDoubt()
  }

  stop(): void {
    this.#isOver = true
    for (const rebind of this.#rebinds) rebind.stop()
  }
}
