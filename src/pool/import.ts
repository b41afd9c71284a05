// Brings one file into the pool: the stat cache if it knows the file, else a scan, learning by whatever way the
// policy gives. Knows nothing of transfers. The blob counts when `commit` has returned, which the caller calls.

import { closeSync, fstatSync, openSync, realpathSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { PfsError } from '../base/errors.ts'
import { MiB } from '../base/units.ts'
import { blobType } from '../cut/tree.ts'
import { diskFault } from '../host/file.ts'
import type { BlobWriter, WrittenBlob } from './blob_writer.ts'
import { type FileMark, isUnchanged, markOf } from './extent.ts'
import type { Clone, LearnWay } from './learn.ts'
import type { Pool } from './pool.ts'

export interface ImportResult extends WrittenBlob {
  /** 'known': the stat cache named it and nothing was read. */
  readonly way: 'known' | 'reflink' | Exclude<LearnWay, 'off'>
}

/** Content scanned before other work of the thread gets a turn. */
const stepBytes = 4 * MiB

export async function importFile(pool: Pool, path: string): Promise<ImportResult> {
  const realPath = resolvePath(path)
  const scannedAtNanos = BigInt(Date.now()) * 1_000_000n
  const fd = openToRead(realPath)
  try {
    const stats = fstatSync(fd, { bigint: true })
    if (!stats.isFile()) throw new PfsError('PFS_READ', `${path} is not a regular file`, { path })
    const mark = markOf(stats)
    const known = pool.statLookup(mark)
    if (known && pool.has(known)) {
      pool.rememberPath(realPath, known)
      return { blobId: known, sizeBytes: mark.sizeBytes, newBytes: 0, way: 'known' }
    }
    const imported = await learn(pool, fd, realPath, mark)
    pool.statStore(mark, imported.blobId, scannedAtNanos)
    pool.rememberPath(realPath, imported.blobId)
    return imported
  } finally {
    closeSync(fd)
  }
}

async function learn(pool: Pool, fd: number, path: string, mark: FileMark): Promise<ImportResult> {
  const writer = pool.beginBlob(blobType.file)
  const clone = pool.learnPolicy === 'auto' ? pool.clone(path) : undefined
  if (clone) return { ...(await learnClone(pool, writer, clone)), way: 'reflink' }
  const decided = pool.learnWay(mark.sizeBytes)
  // whoever asks for an import wants it kept, whatever is learnt in passing
  const way = decided === 'off' ? 'copy' : decided
  await scanInto(pool, fd, mark.sizeBytes, writer, way === 'copy')
  if (!isUnchanged(mark, markOf(fstatSync(fd, { bigint: true })))) {
    throw new PfsError('PFS_SOURCE_CHANGED', path, { retryable: true, path })
  }
  const written = writer.finish(way === 'place' ? { isOwned: false, path, mark } : undefined)
  return { ...written, way }
}

async function learnClone(pool: Pool, writer: BlobWriter, clone: Clone): Promise<WrittenBlob> {
  const fd = openSync(clone.path, 'r')
  try {
    await scanInto(pool, fd, fstatSync(fd).size, writer, false)
    return pool.finishWithClone(writer, clone)
  } catch (error) {
    pool.discardClone(clone)
    throw error
  } finally {
    closeSync(fd)
  }
}

async function scanInto(
  pool: Pool,
  fd: number,
  sizeBytes: number,
  writer: BlobWriter,
  keepsBytes: boolean,
): Promise<void> {
  const scanner = pool.scanner({ fd, limit: sizeBytes, isFinal: true })
  for (;;) {
    const state = scanner.stepRows(stepBytes, (rows, bytes) => {
      writer.addRows(rows, keepsBytes ? (at, length) => bytes.subarray(at, at + length) : undefined)
    })
    if (state === 'done') return
    if (state === 'short') throw new PfsError('PFS_SOURCE_CHANGED', 'it became shorter', { retryable: true })
    await setImmediate()
  }
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw diskFault(error, 'PFS_READ', path)
  }
}

function resolvePath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw diskFault(error, 'PFS_READ', path)
  }
}
