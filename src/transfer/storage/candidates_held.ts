// Which of the blobs that a sender thinks near are held here, whole, and by which alias the ops name each. Of images that lie
// in the files of a tree only as many as the manifests fit that are needed to read them. PROTOCOL.md §15.3-2

import { equal } from '../../base/bytes.ts'
import { isTreeExtent } from '../../pool/extent.ts'
import type { Pool } from '../../pool/pool.ts'
import { manifestsBytesMax } from './tree/limits.ts'

export interface HeldCandidate {
  /** Its place in the OFFER. */
  readonly index: number
  readonly alias: number
  readonly blob: Uint8Array
  readonly size: number
}

/** @param manifestsMax bytes of manifests that may be read for them */
export function candidatesHeld(
  pool: Pool,
  offered: readonly { readonly short: Uint8Array; readonly size: number }[],
  manifestsMax = manifestsBytesMax,
): HeldCandidate[] {
  const held: HeldCandidate[] = []
  let left = manifestsMax
  for (const [index, { short, size }] of offered.entries()) {
    const blob = pool.findShort(short).find(id => pool.has(id) && pool.blob(id)?.sizeBytes === size)
    if (!blob || held.some(other => equal(other.blob, blob))) continue
    const manifestBytes = manifestBytesOf(pool, blob)
    if (manifestBytes > left) continue
    left -= manifestBytes
    held.push({ index, alias: index, blob, size })
  }
  return held
}

/** What is read into memory before a byte of the blob is: the manifest, where it lies in the files of a tree. */
export function manifestBytesOf(pool: Pool, blob: Uint8Array): number {
  const extent = pool.blob(blob)?.extent
  return extent && isTreeExtent(extent) ? (pool.blob(extent.manifest)?.sizeBytes ?? 0) : 0
}
