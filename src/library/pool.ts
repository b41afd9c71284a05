// The pool as programs see it: what it holds, learning files, checking and mending. A face with nothing of how it is stored;
// blob ids are hex. The index is loaded when a pool is opened, and not before.

import { fromHex, toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import type { Extent } from '../pool/extent.ts'
import type { BlobInfo, Pool } from '../pool/pool.ts'
import type { PoolNumbers } from '../pool/stats.ts'
import { directories } from '../transfer/directories.ts'

export type { PoolNumbers }

/** One content that the pool knows. */
export interface PoolBlob {
  /** 64 hex digits. */
  readonly blobId: string
  readonly sizeBytes: number
  readonly chunkCount: number
  /** It stays, whatever the quota says. */
  readonly isPinned: boolean
  /** Every byte of it is there. */
  readonly isComplete: boolean
  readonly lastUsed: Date
  /** The user's own files it lies in; empty: in the pool. */
  readonly inPlace: readonly string[]
}

/** What was learnt of one file. */
export interface ImportedFile {
  readonly path: string
  readonly blobId: string
  readonly sizeBytes: number
  /** Bytes that the pool did not have. */
  readonly newBytes: number
  /** `known` nothing was read; `reflink` its blocks are shared; `copy` into segments; `place` left where it lies. */
  readonly way: 'known' | 'reflink' | 'copy' | 'place'
}

/** What a check found. */
export interface PoolCheck {
  /** Nothing is damaged. */
  readonly isClean: boolean
  /** Read in all. */
  readonly bytes: number
  readonly blobs: number
  /** Blobs whose bytes are not all there and are not said to be; no damage. */
  readonly incompleteBlobs: number
  /** Files kept in place that have changed since; no damage. */
  readonly changedFiles: number
  readonly damagedCount: number
  /** The first of them, as sentences. */
  readonly damage: readonly string[]
}

/** A pool of known content, opened. Several processes may have the same one open. Close it when done. */
export interface OpenPool extends AsyncIterable<PoolBlob> {
  /** Where it lies. */
  readonly directory: string
  /** It has the seed that everybody has: any accepted peer may find out whether it holds a content that peer can name. */
  readonly isOpenSeed: boolean
  /** Counts everything anew: as long as the pool has blobs. */
  stats(): PoolNumbers
  /** The blobs it knows, in no order, read as they are taken. */
  blobs(): AsyncGenerator<PoolBlob, void>
  /**
   * True when every byte of it is here, as far as the index knows.
   * @param blobId 64 hex digits
   * @throws PfsError PFS_USAGE when it is no blob id
   */
  has(blobId: string): boolean
  /**
   * Learns files, so that what they hold need not travel to or from here. Each is durable before the next begins.
   * @param options.isPinned true: they stay, whatever the quota says
   * @throws PfsError PFS_NOT_FOUND or PFS_READ, PFS_SOURCE_CHANGED, PFS_DISK_FULL
   */
  import(paths: readonly string[], options?: { readonly isPinned?: boolean }): Promise<ImportedFile[]>
  /**
   * Keeps a blob whatever the quota says, or no longer.
   * @throws PfsError PFS_NOT_FOUND when the pool does not know it
   */
  setPinned(blobId: string, isPinned: boolean): Promise<void>
  /**
   * Reads all of it and reports; repairs nothing. It keeps this thread busy while it reads.
   * @param options.isFull true: hashes every chunk too, and the files kept in place
   */
  verify(options?: { readonly isFull?: boolean }): Promise<PoolCheck>
  /**
   * Makes the index anew and drops what is damaged.
   * @returns the ids of the blobs that cost
   * @throws PfsError PFS_LOCKED when another process is at it
   */
  repair(): Promise<readonly string[]>
  /** Commits and closes; nothing may be called afterwards. */
  close(): Promise<void>
  /** As close(): `await using pool = await openPool()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** How openPool makes a pool where none is, and whom it tells. */
export interface OpenPoolOptions {
  /** False: where none is, PFS_POOL. Default: one is made, with the open seed. */
  readonly mayCreate?: boolean
  /** Hears what had to be put right: a sentence each. */
  readonly onNotice?: (sentence: string) => void
  /** How long to wait for another process that makes the index anew; default 10,000. */
  readonly waitMillis?: number
}

/**
 * Opens the pool of this user, or another one, after putting right what a killed process left.
 * @param directory default: as the command's, `directories().pool`
 * @throws PfsError PFS_POOL it is damaged or is none, PFS_WRONG_SEED, PFS_LOCKED another process makes it anew
 * @example
 * ```js
 * const pool = await openPool()
 * await pool.import(['base.iso'], { isPinned: true })
 * for await (const { blobId, sizeBytes } of pool) console.log(blobId, sizeBytes)
 * await pool.close()
 * ```
 */
export async function openPool(
  directory: string = directories().pool,
  { mayCreate = true, onNotice, waitMillis }: OpenPoolOptions = {},
): Promise<OpenPool> {
  const { Pool } = await import('../pool/pool.ts')
  const { poolExists } = await import('../pool/identity.ts')
  const options = {
    ...(onNotice ? { onNotice } : {}),
    ...(waitMillis === undefined ? {} : { waitMillis }),
  }
  if (mayCreate && !poolExists(directory)) {
    const made = await Pool.create(directory).catch((error: unknown) => {
      // another process was first
      if (error instanceof PfsError && error.code === 'PFS_EXISTS') return undefined
      throw error
    })
    await made?.close()
  }
  return faceOf(await Pool.open(directory, options))
}

function faceOf(pool: Pool): OpenPool {
  const blobs = async function* (): AsyncGenerator<PoolBlob, void> {
    for (const blob of pool.list()) yield blobOf(blob)
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= pool.close()
    return closing
  }
  return {
    directory: pool.directory,
    isOpenSeed: pool.isOpenSeed,
    stats() {
      const { kinds: _, ...numbers } = pool.stats()
      return numbers
    },
    blobs,
    [Symbol.asyncIterator]: blobs,
    has: blobId => pool.has(idOf(blobId)),
    async import(paths, { isPinned = false } = {}) {
      const imported: ImportedFile[] = []
      for (const path of paths) imported.push(await importOne(pool, path, isPinned))
      return imported
    },
    async setPinned(blobId, isPinned) {
      const id = idOf(blobId)
      if (!pool.blob(id)) throw new PfsError('PFS_NOT_FOUND', `no blob ${blobId}`)
      if (isPinned) pool.pin(id)
      else pool.unpin(id)
      await pool.commit()
    },
    verify: ({ isFull = false } = {}) => check(pool, isFull),
    repair: async () => (await pool.repair()).lostBlobs.map(toHex),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function importOne(pool: Pool, path: string, isPinned: boolean): Promise<ImportedFile> {
  const { blobId, sizeBytes, newBytes, way } = await pool.import(path)
  if (isPinned) {
    await pool.commit()
    pool.pin(blobId)
  }
  await pool.commit()
  return { path, blobId: toHex(blobId), sizeBytes, newBytes, way }
}

async function check(pool: Pool, isFull: boolean): Promise<PoolCheck> {
  const report = await pool.verify({ full: isFull })
  const { isClean, bytes, blobs, incompleteBlobs, changedExtents, damagedCount } = report
  const damage = [
    ...report.damaged.map(({ segment, start, end, why }) => `segment ${segment}, ${start} to ${end}: ${why}`),
    ...report.damagedBlobs.map(({ blobId, why }) => `blob ${toHex(blobId)}: ${why}`),
  ]
  return { isClean, bytes, blobs, incompleteBlobs, changedFiles: changedExtents, damagedCount, damage }
}

function blobOf({ blobId, sizeBytes, chunkCount, isPinned, isComplete, ...blob }: BlobInfo): PoolBlob {
  return {
    blobId: toHex(blobId),
    sizeBytes,
    chunkCount,
    isPinned,
    isComplete,
    lastUsed: new Date(blob.lastUsedMillis),
    inPlace: blob.extent ? placesOf(blob.extent) : [],
  }
}

function placesOf(extent: Extent): string[] {
  if (extent.isOwned) return []
  return 'tops' in extent ? extent.tops.map(({ path }) => Buffer.from(path).toString()) : [extent.path]
}

function idOf(blobId: string): Uint8Array {
  const id = fromHex(blobId)
  if (id?.length === 32) return id
  throw new PfsError('PFS_USAGE', `${blobId} is not a blob id`, { hint: 'A blob id has 64 hex digits.' })
}
