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

export async function openStore(directory: string, loaded: LoadedIdentity, notice: Notice): Promise<Store> {
  const hashes = await createHashes(loaded.keys)
  const store = new Store(directory, await openIndex(directory, notice), hashes, loaded.identity.poolId)
  try {
    await bringUp(store, loaded.keys, notice)
  } catch (error) {
    await store.index.close()
    throw error
  }
  return store
}

async function openIndex(directory: string, notice: Notice): Promise<Index> {
  try {
    return new Index(directory)
  } catch (error) {
    if (!isRuined(error)) throw error
  }
  const lock = await ExclusiveLock.acquire(directory, 'rebuild of the index')
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

async function bringUp(store: Store, keys: SeedKeys, notice: Notice): Promise<void> {
  const { index } = store
  if (index.state === undefined && listSegments(store.segmentsDirectory).length === 0) {
    index.transaction(() => index.setState('ready'))
  }
  if (index.state === 'ready' && !needsRecovery(store)) return
  const lock = await lockForOpen(store, index.state !== 'ready')
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

/** A rebuild cannot be done without; a recovery can wait while someone else is at it. */
async function lockForOpen(store: Store, isNeeded: boolean): Promise<ExclusiveLock | undefined> {
  try {
    return await ExclusiveLock.acquire(store.directory, isNeeded ? 'rebuild of the index' : 'recovery')
  } catch (error) {
    if (!isNeeded && error instanceof PfsError && error.code === 'PFS_LOCKED') return undefined
    throw error
  }
}
