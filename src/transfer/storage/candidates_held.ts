// Which of the blobs that a sender thinks near are held here, whole, and by which alias the ops name each. PROTOCOL.md §15.3-2

import { equal } from '../../base/bytes.ts'
import type { Pool } from '../../pool/pool.ts'

export interface HeldCandidate {
  /** Its place in the OFFER. */
  readonly index: number
  readonly alias: number
  readonly blob: Uint8Array
  readonly size: number
}

export function candidatesHeld(
  pool: Pool,
  offered: readonly { readonly short: Uint8Array; readonly size: number }[],
): HeldCandidate[] {
  const held: HeldCandidate[] = []
  for (const [index, { short, size }] of offered.entries()) {
    const blob = pool.findShort(short).find(id => pool.has(id) && pool.blob(id)?.sizeBytes === size)
    if (blob && !held.some(other => equal(other.blob, blob))) held.push({ index, alias: index, blob, size })
  }
  return held
}
