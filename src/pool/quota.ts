// The bound on what the pool stores: plain least-recently-used over sealed segments and owned extents. What pinned
// blobs need stays. One index transaction chooses and forgets, so processes exclude each other and a dying one leaves
// nothing half done; the files go afterwards, and a next open finishes that.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../base/bytes.ts'
import type { Index } from './index_db.ts'
import type { BlobRow } from './rows.ts'
import { segmentPath } from './segment_writer.ts'
import type { Store } from './store.ts'

/** Eviction goes on to this share of the quota, so that it does not run at every commit. */
const lowWater = 0.95

interface Victim {
  readonly bytes: number
  readonly lastUsedMillis: number
  readonly segment?: number
  readonly blobId?: Buffer
}

/** Bytes on disk that count against the quota. */
export function storedBytes(index: Index): number {
  let sum = index.ownedBytes
  for (const { row } of index.segments()) if (!row.isDropped) sum += row.sizeBytes
  return sum
}

/** Called after commits. Returns the bytes that were freed. */
export function enforceQuota(store: Store, quotaBytes: number): number {
  const { index } = store
  if (storedBytes(index) <= quotaBytes) return 0
  const freed = index.transaction(() => {
    const excess = storedBytes(index) - quotaBytes * lowWater
    const victims = chooseVictims(index, excess)
    dropSegments(index, new Set(victims.flatMap(victim => victim.segment ?? [])))
    for (const { blobId } of victims) if (blobId) dropOwnedExtent(store, blobId)
    return victims.reduce((sum, victim) => sum + victim.bytes, 0)
  })
  unlinkDropped(store)
  return freed
}

function chooseVictims(index: Index, excessBytes: number): Victim[] {
  const kept = new Set<number>()
  for (const { row } of index.blobs()) if (row.isPinned) for (const number of row.segments) kept.add(number)
  const candidates: Victim[] = []
  for (const { number, row } of index.segments()) {
    if (!row.isSealed || row.isDropped || kept.has(number)) continue
    candidates.push({ bytes: row.sizeBytes, lastUsedMillis: row.lastUsedMillis, segment: number })
  }
  for (const blobId of index.ownedBlobs()) {
    const row = index.blob(blobId)
    if (!row?.extent?.isOwned || row.isPinned) continue
    candidates.push({ bytes: row.extent.mark.sizeBytes, lastUsedMillis: row.lastUsedMillis, blobId })
  }
  candidates.sort((a, b) => a.lastUsedMillis - b.lastUsedMillis)
  const victims: Victim[] = []
  let freed = 0
  for (const candidate of candidates) {
    if (freed >= excessBytes) break
    victims.push(candidate)
    freed += candidate.bytes
  }
  return victims
}

/** Inside a transaction: forgets what lies in these segments and marks them for unlinking. */
export function dropSegments(index: Index, numbers: ReadonlySet<number>): void {
  if (numbers.size === 0) return
  const chunkKeys: Buffer[] = []
  for (const { key, location } of index.chunks()) if (numbers.has(location.segment)) chunkKeys.push(key)
  for (const key of chunkKeys) index.removeChunkByKey(key)
  const touched: { id: Buffer; row: BlobRow }[] = []
  for (const blob of index.blobs())
    if (blob.row.segments.some(number => numbers.has(number))) touched.push(blob)
  for (const { id, row } of touched) {
    const isRecipeLeft = row.parts.every(part => index.chunk(part.id))
    const segments = row.segments.filter(number => !numbers.has(number))
    if (isRecipeLeft)
      index.putBlob(id, { ...row, segments, isComplete: row.isComplete && isWholeWithout(row) })
    else index.removeBlob(id)
  }
  for (const number of numbers) {
    const row = index.segment(number)
    if (row) index.putSegment(number, { ...row, isDropped: true })
  }
}

// An extent that serves the whole blob needs no segment for its bytes. One that only fills gaps does not exist: an
// extent is always the whole file.
const isWholeWithout = (row: BlobRow): boolean => row.extent !== undefined

function dropOwnedExtent(store: Store, blobId: Buffer): void {
  const row = store.index.blob(blobId)
  if (!row?.extent) return
  store.index.putBlob(blobId, { ...row, extent: undefined, isComplete: false })
  rmSync(join(store.extentsDirectory, toHex(blobId)), { force: true })
}

/** Removes the files of dropped segments, then their rows; in that order a crash leaves nothing behind. */
export function unlinkDropped(store: Store): void {
  const { index } = store
  const dropped: number[] = []
  for (const { number, row } of index.segments()) if (row.isDropped) dropped.push(number)
  if (dropped.length === 0) return
  for (const number of dropped) {
    const path = segmentPath(store.segmentsDirectory, number)
    store.files.forget(path)
    rmSync(path, { force: true })
  }
  index.transaction(() => {
    for (const number of dropped) index.removeSegment(number)
  })
}
