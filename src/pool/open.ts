// How a pool comes up: the index opened, or made anew where it is missing or ruined, and what killed processes left
// put right. Whatever changes anything is done under the exclusive lock. Knows no blobs.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { PfsError } from '../base/errors.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { createHashes } from '../host/hash.ts'
import { ExclusiveLock } from '../host/lock.ts'
import type { LoadedIdentity } from './identity.ts'
import { Index } from './index_db.ts'
import { Rebuilder } from './rebuild.ts'
import { needsRecovery, recover } from './recover.ts'
import { listSegments } from './segment_writer.ts'
import { Store } from './store.ts'

type Notice = (sentence: string) => void

/** What LMDB says of a file that is not its own, or not whole. */
const ruined = /MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)/

export interface OpenOptions {
  /** The seed the pool must have; left out: whichever it has. */
  readonly seed?: Uint8Array
  /** Hears what an open had to put right: a sentence each. */
  readonly onNotice?: Notice
  /** How long to wait for another process that makes the index anew; then PFS_LOCKED. */
  readonly waitMillis?: number
}

const waitMillisDefault = 10_000

export async function openStore(
  directory: string,
  loaded: LoadedIdentity,
  options: OpenOptions,
): Promise<Store> {
  const notice = options.onNotice ?? (() => {})
  const waitMillis = options.waitMillis ?? waitMillisDefault
  const hashes = await createHashes(loaded.keys)
  const store = new Store(
    directory,
    await openIndex(directory, notice, waitMillis),
    hashes,
    loaded.identity.poolId,
  )
  try {
    await bringUp(store, loaded.keys, notice, waitMillis)
  } catch (error) {
    await store.index.close()
    throw error
  }
  return store
}

async function openIndex(directory: string, notice: Notice, waitMillis: number): Promise<Index> {
  try {
    return new Index(directory)
  } catch (error) {
    if (!isRuined(error)) throw error
  }
  const lock = await ExclusiveLock.acquire(directory, 'rebuild of the index', waitMillis)
  try {
    return reopenIndex(directory, notice)
  } finally {
    await lock.release()
  }
}

function reopenIndex(directory: string, notice: Notice): Index {
  try {
    return new Index(directory) // another process has just made it anew
  } catch (error) {
    if (!isRuined(error)) throw error
    notice('the index is damaged and is made anew from the segments')
    rmSync(join(directory, 'index'), { recursive: true, force: true })
    return new Index(directory)
  }
}

const isRuined = (error: unknown): boolean =>
  (error instanceof PfsError && error.code === 'PFS_POOL') ||
  (error instanceof Error && ruined.test(error.message))

async function bringUp(store: Store, keys: SeedKeys, notice: Notice, waitMillis: number): Promise<void> {
  const { index } = store
  if (index.state === undefined && listSegments(store.segmentsDirectory).length === 0) {
    index.transaction(() => index.setState('ready'))
  }
  if (index.state === 'ready' && !needsRecovery(store)) return
  const isNeeded = index.state !== 'ready'
  const lock = isNeeded ? await lockForRebuild(store, waitMillis) : await lockIfFree(store)
  if (!lock) return
  try {
    index.refresh()
    if (index.state === 'ready') recoverIfRoom(store, keys, notice)
    else rebuild(store, keys, notice)
  } finally {
    await lock.release()
  }
}

function rebuild(store: Store, keys: SeedKeys, notice: Notice): void {
  const { records, damagedCount } = new Rebuilder(store, keys, false).run()
  const damage = damagedCount > 0 ? `; ${damagedCount} places are damaged: pfs pool repair` : ''
  notice(`made the index anew from ${records} records${damage}`)
}

/** A full disk must not keep anyone from reading what is there. */
function recoverIfRoom(store: Store, keys: SeedKeys, notice: Notice): void {
  try {
    const count = recover(store, keys)
    if (count === 1) notice('recovered the segment of a process that was killed')
    if (count > 1) notice(`recovered ${count} segments of processes that were killed`)
  } catch (error) {
    if (!(error instanceof PfsError) || error.code !== 'PFS_DISK_FULL') throw error
    notice('segments of processes that were killed wait for free space to be recovered')
  }
}

const lockForRebuild = (store: Store, waitMillis: number): Promise<ExclusiveLock> =>
  ExclusiveLock.acquire(store.directory, 'rebuild of the index', waitMillis)

/** For a recovery, which is as well done by whoever is at it. */
async function lockIfFree(store: Store): Promise<ExclusiveLock | undefined> {
  try {
    return await ExclusiveLock.acquire(store.directory, 'recovery')
  } catch (error) {
    if (error instanceof PfsError && error.code === 'PFS_LOCKED') return undefined
    throw error
  }
}
