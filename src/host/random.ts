// The machine's entropy: the one place keys, connection ids and seeds draw their chance from.

import { randomFillSync } from 'node:crypto'

/** Fresh bytes in an array of their own: never a slice of a shared pool, so that wiping them is enough. */
export function randomBytes(count: number): Uint8Array {
  return randomFillSync(new Uint8Array(count))
}
