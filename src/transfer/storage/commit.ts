// The last step of a build: the verified part file becomes the target, durably, and the pool learns it. Order: the
// part is synced and renamed, its directory synced, then the pool commits; only then anyone hears "done". A kill in
// between leaves the old target or the new one, whole. PROTOCOL.md §15.8-1

import { closeSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { equal } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import { ownMark } from '../../host/keep.ts'
import { type FileMark, markOf } from '../../pool/extent.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Committed } from './build.ts'
import type { OfferedObject, Placement } from './events.ts'
import type { Journal } from './journal.ts'
import { numberedName } from './numbered.ts'
import { areSame } from './same_file.ts'
import { type PartFile, standing } from './target.ts'
import type { Verifier } from './verifier.ts'

export interface CommitOptions {
  readonly pool: Pool
  readonly placement: Placement
  readonly object: OfferedObject
  readonly target: string
  readonly part: PartFile
  readonly journal: Journal
  readonly verifier: Verifier
  readonly id: Uint8Array
  /** Something the user should know, though it stops nothing. */
  readonly notice?: (text: string) => void
  readonly copyBehind?: (blob: Uint8Array) => void
}

export async function commitObject(asked: CommitOptions): Promise<Committed> {
  const { pool, object, part, journal, verifier } = asked
  if (!object.isFile) {
    // only the pool was meant to have it
    verifier.learnForPool()
    await pool.commit()
    part.discard()
    journal.discard()
    return { path: asked.target, isUnchanged: false }
  }
  if (isSameFile(asked)) {
    part.discard()
    await remember(asked)
    journal.discard()
    return { path: asked.target, isUnchanged: true }
  }
  const options = { ...asked, target: placeFor(asked) }
  const { target } = options
  const displaced = mayReplace(options) ? setAside(options) : undefined
  part.commit(target, object.mode, object.mtimeNanos)
  if (displaced && !pool.adopt(displaced.path, displaced.blob)) rmSync(displaced.path, { force: true })
  await remember(options)
  journal.discard()
  return { path: target, isUnchanged: false }
}

async function remember(options: CommitOptions): Promise<void> {
  const { pool, target, verifier, id } = options
  verifier.learn({ path: target })
  if (verifier.isUnlearnt) options.notice?.(`the pool has no room: it has not learnt ${target}`)
  const scannedAtNanos = BigInt(Date.now()) * 1_000_000n
  pool.statStore(markOfPath(target), id, scannedAtNanos)
  pool.rememberPath(target, id)
  await commitIfRoom(pool)
  // of a stream nobody knew whether it would be small enough
  const isLateCopy = options.object.isStream && options.part.sizeBytes <= pool.copyBytesMax
  if (verifier.isPartlyCopied || isLateCopy) options.copyBehind?.(id)
}

/** What the pool remembers of a file only saves work: a full disk there is no fault of the transfer. */
export async function commitIfRoom(pool: Pool): Promise<void> {
  try {
    await pool.commit()
  } catch (error) {
    if (!(error instanceof PfsError) || error.code !== 'PFS_DISK_FULL') throw error
  }
}

export const markOfPath = (path: string): FileMark => markOf(statSync(path, { bigint: true }))

const besidesMax = 1000

/** Its own place, or where the user wants both, the first name beside it that is free. */
function placeFor({ target, placement }: CommitOptions): string {
  if (placement.onConflict !== 'rename' || standing(target).kind === 'absent') return target
  for (let number = 1; number < besidesMax; number++) {
    const beside = join(dirname(target), numberedName(basename(target), number))
    if (standing(beside).kind === 'absent') return beside
  }
  throw existing(target, false)
}

/** True when something stands there that the user lets us replace, false when nothing does. */
function mayReplace({ target, placement }: CommitOptions): boolean {
  const now = standing(target)
  if (now.kind === 'absent') return false
  const isDirectory = now.kind === 'other' && now.isDirectory
  const isReplaced = placement.onConflict === 'overwrite' || placement.onConflict === 'newer'
  if (isReplaced && !isDirectory) return true
  throw existing(target, isDirectory)
}

export function existing(target: string, isDirectory: boolean): PfsError {
  return new PfsError('PFS_EXISTS', target, {
    path: target,
    hint: isDirectory
      ? 'It is a directory. Receive into another one with -o DIR.'
      : 'Receive with --on-conflict overwrite to replace it, or into another directory with -o DIR.',
  })
}

/** The target's bytes are those of the part: both are here, so they are compared, not hashed. */
function isSameFile({ target, part, pool, id }: CommitOptions): boolean {
  const now = standing(target)
  if (now.kind !== 'file' || now.size !== part.sizeBytes) return false
  const known = pool.statLookup(markOfPath(target))
  if (known) return equal(known, id)
  const fd = openSync(target, 'r')
  try {
    return areSame(part.fd, fd, part.sizeBytes)
  } finally {
    closeSync(fd)
  }
}

/**
 * A displaced version whose only copy is the target itself is worth keeping. It gets a second name in the pool before
 * the rename takes the first away, so that at no moment the target is missing; after it the inode is the pool's alone.
 */
function setAside({ target, pool }: CommitOptions): { path: string; blob: Uint8Array } | undefined {
  if (pool.learnPolicy !== 'auto' || standing(target).kind !== 'file') return undefined
  const blob = pool.statLookup(markOfPath(target))
  const info = blob && pool.blob(blob)
  if (!blob || !info?.extent || info.extent.isOwned) return undefined
  const path = join(pool.directory, 'extents', `incoming-${ownMark}-displaced`)
  try {
    rmSync(path, { force: true })
    linkSync(target, path)
    return { path, blob }
  } catch {
    return undefined // another file system: it goes the way of every replaced file
  }
}
