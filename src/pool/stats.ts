// What a pool holds, in numbers a person can check against the disk. Knows the index only; reads no content.

import type { Index } from './index_db.ts'
import { storedBytes } from './quota.ts'

export interface KindStats {
  readonly count: number
  readonly bytes: number
}

/** How much a pool holds. */
export interface PoolNumbers {
  readonly blobs: number
  readonly incompleteBlobs: number
  /** The sizes of all blobs, as if nothing were shared. */
  readonly rawBytes: number
  /** Content bytes in segments, each chunk once. */
  readonly uniqueBytes: number
  /** Bytes on disk that count against the quota: segments and the extents the pool owns. */
  readonly storedBytes: number
  readonly pinnedBytes: number
  /** Sizes of blobs that lie in users' own files. */
  readonly inPlaceBytes: number
  readonly quotaBytes: number
  readonly segments: number
  readonly chunks: number
}

export interface PoolStats extends PoolNumbers {
  /** By blob type. */
  readonly kinds: ReadonlyMap<number, KindStats>
}

export function poolStats(index: Index, quotaBytes: number): PoolStats {
  let blobs = 0
  let incompleteBlobs = 0
  let rawBytes = 0
  let pinnedBytes = 0
  let inPlaceBytes = 0
  const kinds = new Map<number, KindStats>()
  for (const { row } of index.blobs()) {
    blobs++
    rawBytes += row.sizeBytes
    if (!row.isComplete) incompleteBlobs++
    if (row.isPinned) pinnedBytes += row.sizeBytes
    if (row.extent && !row.extent.isOwned) inPlaceBytes += row.sizeBytes
    const kind = kinds.get(row.type) ?? { count: 0, bytes: 0 }
    kinds.set(row.type, { count: kind.count + 1, bytes: kind.bytes + row.sizeBytes })
  }
  let segments = 0
  let chunks = 0
  let uniqueBytes = 0
  for (const { row } of index.segments()) {
    if (row.isDropped) continue
    segments++
    chunks += row.chunkCount
    uniqueBytes += row.chunkBytes
  }
  const stored = storedBytes(index)
  return {
    blobs,
    incompleteBlobs,
    rawBytes,
    uniqueBytes,
    storedBytes: stored,
    pinnedBytes,
    inPlaceBytes,
    quotaBytes,
    segments,
    chunks,
    kinds,
  }
}
