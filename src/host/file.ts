// Whole reads and writes by offset, directory sync, reflinks, free space: what node:fs leaves to its caller.
// Every fault of the disk leaves here as a PfsError. Knows nothing of pools or transfers.

import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { type PfsCode, PfsError } from '../base/errors.ts'

/** Reads until `target` is full or the file ends. Returns how many bytes are there. */
export function readFully(fd: number, target: Uint8Array, position: number): number {
  let done = 0
  while (done < target.length) {
    const count = readSync(fd, target, done, target.length - done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}

/** Writes all of `bytes` at `position`; a full disk is PFS_DISK_FULL, anything else PFS_WRITE. */
export function writeFully(fd: number, bytes: Uint8Array, position: number, what: string): void {
  try {
    let done = 0
    while (done < bytes.length) {
      done += writeSync(fd, bytes, done, bytes.length - done, position + done)
    }
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', what)
  }
}

/** Makes a new or renamed name in `directory` survive a power cut. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return // no directory handles there; NTFS journals names
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** A copy that shares the blocks of `source`, where the file system can. false: it cannot; nothing is left behind. */
export function cloneFile(source: string, target: string): boolean {
  try {
    copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') rmSync(target, { force: true })
    return false
  }
}

/** Bytes an ordinary user may still write on the file system that holds `path`. */
export function freeBytes(path: string): number {
  const stats = statfsSync(path)
  return stats.bavail * stats.bsize
}

/** The size of the whole file system that holds `path`. */
export function diskBytes(path: string): number {
  const stats = statfsSync(path)
  return stats.blocks * stats.bsize
}

/** The errno name of what node:fs threw, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * Turns what node:fs threw into a PfsError: `code`, unless errno says that the disk is full or the name missing.
 * @param what the path, or, where none is known, what else there is to say
 */
export function diskFault(error: unknown, code: PfsCode, what: string, isPath = true): PfsError {
  if (error instanceof PfsError) return error
  const behind = { cause: error, path: isPath ? what : undefined }
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new PfsError('PFS_DISK_FULL', what, {
        ...behind,
        hint: 'Free some space there, or choose another directory, and run the same command again.',
      })
    case 'ENOENT':
      return new PfsError(code === 'PFS_READ' ? 'PFS_NOT_FOUND' : code, what, behind)
    default: {
      const why = error instanceof Error ? error.message : String(error)
      return new PfsError(code, `${what} (${why})`, behind)
    }
  }
}
