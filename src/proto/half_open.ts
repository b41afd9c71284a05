// The connections that have not completed the handshake: how many, and how many of those for one network whose cookie was
// good. PROTOCOL.md §5-10, §5-21.

import type { Connection } from './connection.ts'

export class HalfOpen {
  // and the network of those that showed a cookie
  readonly #connections = new Map<Connection, string | undefined>()
  readonly #counts = new Map<string, number>()

  get count(): number {
    return this.#connections.size
  }

  /** Of one network, only those that showed a cookie: without one anybody could have named it. */
  countOf(network: string): number {
    return this.#counts.get(network) ?? 0
  }

  add(connection: Connection, network: string | undefined): void {
    this.#connections.set(connection, network)
    if (network !== undefined) this.#counts.set(network, this.countOf(network) + 1)
  }

  /** After whatever may have completed or ended it. */
  look(connection: Connection): void {
    if (this.#connections.size === 0 || connection.isHalfOpen || !this.#connections.has(connection)) return
    const network = this.#connections.get(connection)
    this.#connections.delete(connection)
    if (network === undefined) return
    const left = this.countOf(network) - 1
    if (left > 0) this.#counts.set(network, left)
    else this.#counts.delete(network)
  }
}
