// The portable twin of files.ts, by node:fs alone. It knows no holes, shares no ranges, writes nothing back early and
// has no locks, and says so. Its confined names are looked at before they are opened: who can rename directories there
// meanwhile can fool it, which the native twin does not allow.

import {
  constants,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  futimesSync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { must } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { Files } from './files.ts'
import { nodeTime } from './nanos.ts'

/** Copied at once: what a core's own cache holds. */
const stagingBytes = 256 * KiB

const fsyncLater = promisify(fsync)
const fdatasyncLater = promisify(fdatasync)

let staging: Uint8Array | undefined

export const portableFiles: Files = {
  kind: 'portable',

  read: readAll,
  readAsync: async (fd, pieces, offsets) => readAll(fd, pieces, offsets),
  write: writeAll,
  writeAsync: async (fd, pieces, offsets) => writeAll(fd, pieces, offsets),

  nextData: (_fd, offset, end) => (offset < end ? { start: offset, end } : undefined),
  punchHole: () => false,
  allocate: () => false,

  copyRuns,
  copyRunsAsync: async (to, offset, runs) => copyRuns(to, offset, runs),
  cloneRange: () => false,
  clone: () => false,

  sync(fds, isDataOnly = false) {
    for (const fd of fds) isDataOnly ? fdatasyncSync(fd) : fsyncSync(fd)
  },
  async syncAsync(fds, isDataOnly = false) {
    await Promise.all(fds.map(fd => (isDataOnly ? fdatasyncLater(fd) : fsyncLater(fd))))
  },
  startWriteback: async () => {},
  advise: () => {},

  openBeneath,
  setTimes(fd, nanos) {
    const time = nodeTime(nanos)
    futimesSync(fd, time, time)
  },
  lock: () => 'unknown',
}

function readAll(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): number {
  let total = 0
  for (const [i, piece] of pieces.entries()) {
    const count = readPiece(fd, piece, must(offsets[i], 'an offset for each piece'))
    total += count
    if (count < piece.length) break
  }
  return total
}

function readPiece(fd: number, piece: Uint8Array, offset: number): number {
  let done = 0
  while (done < piece.length) {
    const count = readSync(fd, piece, done, piece.length - done, offset + done)
    if (count === 0) break
    done += count
  }
  return done
}

function writeAll(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): void {
  for (const [i, piece] of pieces.entries())
    writePiece(fd, piece, must(offsets[i], 'an offset for each piece'))
}

function writePiece(fd: number, piece: Uint8Array, offset: number): void {
  for (let done = 0; done < piece.length; )
    done += writeSync(fd, piece, done, piece.length - done, offset + done)
}

function copyRuns(to: number, offset: number, runs: Float64Array): number {
  staging ??= new Uint8Array(stagingBytes)
  let copied = 0
  let staged = 0
  const flush = (): void => {
    if (staged > 0) writePiece(to, must(staging, 'staging').subarray(0, staged), offset + copied)
    copied += staged
    staged = 0
  }
  for (let i = 0; i + 2 < runs.length; i += 3) {
    const [fd = 0, from = 0, length = 0] = runs.subarray(i, i + 3)
    for (let done = 0; done < length; ) {
      const target = staging.subarray(staged, staged + Math.min(length - done, stagingBytes - staged))
      const count = readQuietly(fd, target, from + done)
      staged += count
      done += count
      if (count < target.length) {
        flush()
        return copied
      }
      if (staged === stagingBytes) flush()
    }
  }
  flush()
  return copied
}

/** A failing disk is one way to be short. */
function readQuietly(fd: number, target: Uint8Array, offset: number): number {
  try {
    return readPiece(fd, target, offset)
  } catch {
    return 0
  }
}

function openBeneath(directory: string, path: string, flags: number, mode: number): number {
  const names = path.split('/').filter((name, i) => i === 0 || (name !== '' && name !== '.'))
  if (names[0] === '' && path !== '') throw refused('EXDEV', path)
  if (names.includes('..')) throw refused('EXDEV', path)
  let at = directory
  for (const name of names.slice(0, -1)) {
    at = join(at, name)
    if (!lstatSync(at).isDirectory()) throw refused('ENOTDIR', path)
  }
  const last = names.at(-1) ?? ''
  if (last === '') throw refused('ENOENT', path)
  return openSync(join(at, last), flags | constants.O_NOFOLLOW, mode)
}

const refused = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: it leads out of the directory or is not there, ${path}`), { code })
