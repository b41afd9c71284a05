// What an open puts right: segments whose writer died unsealed are indexed from where the index ends, freed of a torn
// tail and sealed; evictions and renames that were cut short are finished. A living process's segment is never
// touched. The caller holds the exclusive lock, unless `needsRecovery` says there is nothing to do.

import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { equal, fromHex } from '../base/bytes.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { diskFault, readFully, writeFully } from '../host/file.ts'
import { isAlive } from '../host/lock.ts'
import { newbornMillis } from './limits.ts'
import { dropSegments, unlinkDropped } from './quota.ts'
import { decodeRecord, headerBytes, recordTypes } from './record.ts'
import { Reindexer } from './reindex.ts'
import { SegmentScanner } from './segment_scan.ts'
import {
  decodeMark,
  encodeSealRecord,
  headId,
  listSegments,
  markPayloadBytes,
  segmentPath,
} from './segment_writer.ts'
import type { Store } from './store.ts'

/** 'live': its writer may still append · 'dead' · 'foreign': of another pool. */
export type Ownership = 'live' | 'dead' | 'foreign'

/** An extent without a blob that is younger may belong to a commit on its way. */
const orphanMillis = 600_000

export function needsRecovery(store: Store): boolean {
  return segmentsToRecover(store).length > 0 || vanishedSegments(store).length > 0 || hasDropped(store)
}

/** Returns how many segments were recovered. */
export function recover(store: Store, keys: SeedKeys): number {
  unlinkDropped(store)
  const vanished = vanishedSegments(store)
  if (vanished.length > 0) {
    store.index.transaction(() => dropSegments(store.index, new Set(vanished)))
    unlinkDropped(store)
  }
  const numbers = segmentsToRecover(store)
  const reindexer = new Reindexer(store, keys)
  const scanner = new SegmentScanner(store.hashes.xxh64)
  for (const number of numbers) recoverSegment(store, reindexer, scanner, number)
  reindexer.settle()
  removeOrphans(store)
  return numbers.length
}

function recoverSegment(store: Store, reindexer: Reindexer, scanner: SegmentScanner, number: number): void {
  const fd = openSync(segmentPath(store.segmentsDirectory, number), 'r+')
  try {
    const known = store.index.segment(number)
    const from = known?.sizeBytes ?? 0
    // what follows the last commit was promised to nobody: a power cut may have torn it anywhere
    const firstDamage = known ? scanner.scan(fd, from, () => {}).damage[0] : undefined
    const found = reindexer.scan(scanner, fd, number, from, firstDamage?.start)
    if (!known && found.records === 0) {
      rmSync(segmentPath(store.segmentsDirectory, number), { force: true }) // died before its head was written
      return
    }
    const isWhole = found.isSealed && !firstDamage
    const sizeBytes = isWhole ? found.size : sealAfter(store, fd, found.validEnd, found.records)
    store.index.transaction(() =>
      store.index.putSegment(number, {
        sizeBytes,
        isSealed: true,
        isDropped: false,
        lastUsedMillis: Date.now(),
        chunkCount: (known?.chunkCount ?? 0) + found.chunkCount,
        chunkBytes: (known?.chunkBytes ?? 0) + found.chunkBytes,
      }),
    )
  } finally {
    closeSync(fd)
  }
}

/** Cuts off the torn tail and seals. Damage before `validEnd` stays, for verify to report. */
export function sealAfter(store: Store, fd: number, validEnd: number, records: number): number {
  const seal = encodeSealRecord(validEnd, records, store.hashes.xxh64)
  try {
    ftruncateSync(fd, validEnd)
    writeFully(fd, seal, validEnd, store.segmentsDirectory)
    fdatasyncSync(fd)
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', store.segmentsDirectory)
  }
  return validEnd + seal.length
}

function segmentsToRecover(store: Store): number[] {
  return listSegments(store.segmentsDirectory).filter(number => {
    const row = store.index.segment(number)
    if (row?.isSealed || row?.isDropped) return false
    return ownership(store, number) === 'dead'
  })
}

/** Whose an unsealed segment is, by its head. */
export function ownership(store: Store, number: number): Ownership {
  const path = segmentPath(store.segmentsDirectory, number)
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return 'foreign' // gone meanwhile, or not ours to read
  }
  try {
    const bytes = new Uint8Array(headerBytes + markPayloadBytes)
    const count = readFully(fd, bytes, 0)
    const head = decodeRecord(bytes.subarray(0, count), 0, store.hashes.xxh64)
    if (typeof head === 'string') {
      const isNewborn = Date.now() - fstatSync(fd).mtimeMs < newbornMillis
      return isNewborn && count < bytes.length ? 'live' : 'dead'
    }
    if (head.header.type !== recordTypes.head || !equal(head.header.id, headId(store.poolId)))
      return 'foreign'
    const mark = decodeMark(head.payload)
    return mark && isAlive(mark) ? 'live' : 'dead'
  } finally {
    closeSync(fd)
  }
}

/** Rows whose file someone removed. */
function vanishedSegments(store: Store): number[] {
  const there = new Set(listSegments(store.segmentsDirectory))
  const vanished: number[] = []
  for (const { number } of store.index.segments()) if (!there.has(number)) vanished.push(number)
  return vanished
}

function hasDropped(store: Store): boolean {
  for (const { row } of store.index.segments()) if (row.isDropped) return true
  return false
}

/** Files in extents/ that no blob names: of an import that died between rename and commit. */
function removeOrphans(store: Store): void {
  for (const name of readdirSync(store.extentsDirectory)) {
    const path = join(store.extentsDirectory, name)
    const id = fromHex(name)
    const extent = id?.length === 32 ? store.index.blob(id)?.extent : undefined
    if (extent?.isOwned && extent.path === name) continue
    try {
      if (Date.now() - statSync(path).ctimeMs > orphanMillis) rmSync(path, { force: true })
    } catch {
      // gone meanwhile
    }
  }
}
