// The INITs that made connections, so that a repetition finds its own. All bytes and the address must be the same: a copy
// that was damaged on its way must not stand for the true one. PROTOCOL.md §5-8.

import { equal, readU32 } from '../base/bytes.ts'
import type { Address } from './address.ts'
import type { Connection } from './connection.ts'

interface Known {
  readonly bytes: Uint8Array
  readonly connection: Connection
}

/** So that of a flood's ids one in a hundred looks like one of the 192 half-open ones. A power of two. */
const places = 16_384

export class Inits {
  // by address and Source Id, which only a damaged copy shares with another
  readonly #known = new Map<string, Known[]>()
  /** How many there are, by the low bits of the first half of their Source Id. */
  readonly places = new Uint16Array(places)

  /** False when no INIT with this Source Id made a connection: the quick look, for the many that did not. */
  mayKnow(source: Uint8Array): boolean {
    return this.places[placeOf(source)] !== 0
  }

  find(address: Address, source: Uint8Array, bytes: Uint8Array): Connection | undefined {
    if (!this.mayKnow(source)) return undefined
    return this.#known.get(keyOf(address, source))?.find(known => equal(known.bytes, bytes))?.connection
  }

  /** Returns how to forget it. */
  add(address: Address, source: Uint8Array, bytes: Uint8Array, connection: Connection): () => void {
    const key = keyOf(address, source)
    const known: Known = { bytes: bytes.slice(), connection }
    const all = this.#known.get(key)
    if (all) all.push(known)
    else this.#known.set(key, [known])
    const place = placeOf(source)
    this.places[place]!++
    return () => {
      this.places[place]!--
      const left = (this.#known.get(key) ?? []).filter(other => other !== known)
      if (left.length > 0) this.#known.set(key, left)
      else this.#known.delete(key)
    }
  }
}

const placeOf = (source: Uint8Array): number => readU32(source, 0) & (places - 1)

function keyOf({ host, port }: Address, source: Uint8Array): string {
  return `${host} ${port} ${String.fromCharCode(...source)}`
}
