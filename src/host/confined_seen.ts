// Opening what was looked at, and nothing that was put in its place since, for a twin that has paths only. Knows no directory
// that is held.

import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { shownText } from '../wire/text.ts'
import { ConfinedFault } from './confined_fault.ts'
import { errnoOf } from './file.ts'
import { systemFault } from './system_fault.ts'

const fsyncLater = promisify(fsync)

/** Not on every platform: what cannot be asked for is looked at. */
const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)
/** Windows syncs through a descriptor that could write. */
const syncAccess = process.platform === 'win32' ? constants.O_RDWR : constants.O_RDONLY

export const look = (path: Buffer): BigIntStats => lstatSync(path, { bigint: true })

/** undefined: nothing is there, or not the way to it. */
export function ifThere<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const kindMask = 0o170000n

/** The kind too: an inode number is given again as soon as it is free. */
export const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  a.dev === b.dev && a.ino === b.ino && (a.mode & kindMask) === (b.mode & kindMask)

export function mustBeDirectory(stats: BigIntStats, path: Uint8Array): void {
  mustBeNoLink(stats, path)
  if (!stats.isDirectory()) throw new ConfinedFault('not_a_directory', shownText(path))
}

export function mustBeRegular(stats: BigIntStats, path: Uint8Array): void {
  mustBeNoLink(stats, path)
  if (stats.isDirectory()) throw systemFault('EISDIR', 'open', shownText(path))
  if (!stats.isFile()) throw systemFault('EINVAL', 'open', shownText(path))
}

export function mustBeNoLink(stats: BigIntStats, path: Uint8Array): void {
  if (stats.isSymbolicLink()) throw new ConfinedFault('link', shownText(path))
}

/** A regular file that is there; nothing else is as much as opened. */
export function openRegular(path: Buffer, access: number): number {
  const stats = look(path)
  mustBeRegular(stats, path)
  return openSeen(path, stats, access)
}

export function setModeOf(path: Buffer, mode: number): void {
  const stats = look(path)
  mustBeNoLink(stats, path)
  const fd = stats.isFile() || stats.isDirectory() ? openIfAllowed(path, stats) : undefined
  // not to be opened by this user, or at all
  if (fd === undefined) return chmodSync(path, mode)
  try {
    fchmodSync(fd, mode)
  } finally {
    closeSync(fd)
  }
}

/** What is gone, or of another kind by now, is not what was to be synced. */
export async function syncSeen(path: Buffer, isDirectory: boolean): Promise<void> {
  const stats = ifThere(() => look(path))
  if (!stats || !(isDirectory ? stats.isDirectory() : stats.isFile())) return
  // no directory handles on Windows, whose NTFS journals names
  if (isDirectory && process.platform === 'win32') return
  const fd = openIfAllowed(path, stats, syncAccess) ?? openSeen(path, stats, constants.O_WRONLY)
  try {
    await fsyncLater(fd)
  } finally {
    closeSync(fd)
  }
}

function openSeen(path: Buffer, seen: BigIntStats, access: number): number {
  const fd = openCarefully(path, access)
  if (isSame(fstatSync(fd, { bigint: true }), seen)) return fd
  closeSync(fd)
  throw systemFault('ESTALE', 'open', shownText(path))
}

function openIfAllowed(path: Buffer, seen: BigIntStats, access = constants.O_RDONLY): number | undefined {
  try {
    return openSeen(path, seen, access)
  } catch (error) {
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') return undefined
    throw error
  }
}

function openCarefully(path: Buffer, access: number): number {
  try {
    return openSync(path, access | careful)
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') throw new ConfinedFault('link', shownText(path))
    throw error
  }
}
