// The native twin of files.ts: the addon's calls, whose results are a count or a negative errno. Knows no policy.

import { closeSync, constants, openSync } from 'node:fs'
import { constants as osConstants } from 'node:os'
import type { Files } from './files.ts'
import { splitNanos } from './nanos.ts'
import { counted } from './system_fault.ts'

/** What native/bind_file.cc exports. Each result is what was done, or a negative errno. */
export interface FileAddon {
  fileRead(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): number
  fileReadAsync(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): Promise<number>
  fileWrite(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): number
  fileWriteAsync(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): Promise<number>
  fileNextData(fd: number, offset: number): number
  fileNextHole(fd: number, offset: number): number
  filePunchHole(fd: number, offset: number, length: number): number
  filePunchHoleAsync(fd: number, offset: number, length: number): Promise<number>
  fileAllocate(fd: number, offset: number, length: number, keepsSize: boolean): number
  fileCopyRuns(to: number, offset: number, runs: Float64Array): number
  fileCopyRunsAsync(to: number, offset: number, runs: Float64Array): Promise<number>
  fileCloneRange(from: number, fromOffset: number, to: number, toOffset: number, length: number): number
  fileClone(from: number, to: number): number
  fileCloneAsync(from: number, to: number): Promise<number>
  fileSync(fds: Uint32Array, isDataOnly: boolean): number
  fileSyncAsync(fds: Uint32Array, isDataOnly: boolean): Promise<number>
  fileStartWriteback(fd: number, offset: number, length: number): Promise<number>
  fileAdvise(fd: number, offset: number, length: number, advice: number): number
  fileOpenBeneath(directory: number, path: string, flags: number, mode: number): number
  fileSetTimes(
    fd: number,
    accessedSeconds: number,
    accessedNanos: number,
    modifiedSeconds: number,
    modifiedNanos: number,
  ): number
  fileLock(fd: number): number
}

const { EINVAL, ENOSYS, ENOTTY, ENXIO, EOPNOTSUPP, EPERM, ETXTBSY, EWOULDBLOCK, EXDEV } = osConstants.errno

/** How file systems say that they have no such thing, or not for these files. */
const refusals: ReadonlySet<number> = new Set([EINVAL, ENOSYS, ENOTTY, EOPNOTSUPP, EXDEV])
const cloneRefusals: ReadonlySet<number> = new Set([...refusals, EPERM, ETXTBSY])

/** POSIX_FADV_* of Linux, the same on x64 and arm64. */
const advices = { sequential: 2, will_need: 3, done_with: 4 } as const

export function createNativeFiles(addon: FileAddon): Files {
  return {
    kind: 'native',

    read: (fd, pieces, offsets) => counted(addon.fileRead(fd, pieces, offsets), 'read'),
    readAsync: async (fd, pieces, offsets) => counted(await addon.fileReadAsync(fd, pieces, offsets), 'read'),
    write: (fd, pieces, offsets) => void counted(addon.fileWrite(fd, pieces, offsets), 'write'),
    writeAsync: async (fd, pieces, offsets) =>
      void counted(await addon.fileWriteAsync(fd, pieces, offsets), 'write'),

    nextData(fd, offset, end) {
      if (offset >= end) return undefined
      const start = addon.fileNextData(fd, offset)
      if (start === -ENXIO || start >= end) return undefined
      if (refusals.has(-start)) return { start: offset, end }
      const hole = counted(addon.fileNextHole(fd, counted(start, 'lseek')), 'lseek')
      return { start, end: Math.min(hole, end) }
    },
    punchHole: (fd, offset, length) =>
      didOrCannot(addon.filePunchHole(fd, offset, length), refusals, 'fallocate'),
    allocate: (fd, offset, length) =>
      didOrCannot(addon.fileAllocate(fd, offset, length, true), refusals, 'fallocate'),

    copyRuns: (to, offset, runs) => counted(addon.fileCopyRuns(to, offset, runs), 'write'),
    copyRunsAsync: async (to, offset, runs) =>
      counted(await addon.fileCopyRunsAsync(to, offset, runs), 'write'),
    cloneRange: (from, fromOffset, to, toOffset, length) =>
      didOrCannot(
        addon.fileCloneRange(from, fromOffset, to, toOffset, length),
        cloneRefusals,
        'ficlonerange',
      ),
    clone: (from, to) => didOrCannot(addon.fileClone(from, to), cloneRefusals, 'ficlone'),

    sync: (fds, isDataOnly = false) =>
      void counted(addon.fileSync(Uint32Array.from(fds), isDataOnly), 'fsync'),
    syncAsync: async (fds, isDataOnly = false) =>
      void counted(await addon.fileSyncAsync(Uint32Array.from(fds), isDataOnly), 'fsync'),
    startWriteback: async (fd, offset, length) => void (await addon.fileStartWriteback(fd, offset, length)),
    advise: (fd, offset, length, advice) => void addon.fileAdvise(fd, offset, length, advices[advice]),

    openBeneath(directory, path, flags, mode) {
      const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
      try {
        return counted(addon.fileOpenBeneath(fd, path, flags, mode), 'openat2')
      } finally {
        closeSync(fd)
      }
    },
    setTimes(fd, nanos) {
      const time = splitNanos(nanos)
      counted(addon.fileSetTimes(fd, time.seconds, time.nanos, time.seconds, time.nanos), 'futimens')
    },
    lock(fd) {
      const result = addon.fileLock(fd)
      if (result === -EWOULDBLOCK) return 'taken'
      return result < 0 ? 'unknown' : 'locked'
    },
  }
}

function didOrCannot(result: number, cannot: ReadonlySet<number>, syscall: string): boolean {
  if (result < 0 && cannot.has(-result)) return false
  counted(result, syscall)
  return true
}
