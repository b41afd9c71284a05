// The INITs that made connections, so that a repetition finds its own. All bytes and the address must be the same: a copy
// that was damaged on its way must not stand for the true one. PROTOCOL.md §5-8.

import { equal } from '../base/bytes.ts'
import type { Address } from './address.ts'
import type { Connection } from './connection.ts'

interface Known {
  readonly bytes: Uint8Array
  readonly connection: Connection
}

export class Inits {
  // by address and Source Id, which only a damaged copy shares with another
  readonly #known = new Map<string, Known[]>()

  find(address: Address, source: Uint8Array, bytes: Uint8Array): Connection | undefined {
    if (this.#known.size === 0) return undefined
    return this.#known.get(keyOf(address, source))?.find(known => equal(known.bytes, bytes))?.connection
  }

  /** Returns how to forget it. */
  add(address: Address, source: Uint8Array, bytes: Uint8Array, connection: Connection): () => void {
    const key = keyOf(address, source)
    const known: Known = { bytes: bytes.slice(), connection }
    const all = this.#known.get(key)
    if (all) all.push(known)
    else this.#known.set(key, [known])
    return () => {
      const left = (this.#known.get(key) ?? []).filter(other => other !== known)
      if (left.length > 0) this.#known.set(key, left)
      else this.#known.delete(key)
    }
  }
}

function keyOf({ host, port }: Address, source: Uint8Array): string {
  return `${host} ${port} ${String.fromCharCode(...source)}`
}
