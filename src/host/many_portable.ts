// The portable twin of many.ts: node:fs, file after file. What it writes goes through Confined, of either twin. Knows no
// policy.

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  readdirSync,
  writeSync,
} from 'node:fs'
import { isAbsolute } from 'node:path'
import { shownText } from '../wire/text.ts'
import { pathBytesMax } from './below.ts'
import type { Below, Confined } from './confined.ts'
import { ConfinedFault, reasonErrnos } from './confined_fault.ts'
import { openRegular } from './confined_seen.ts'
import { entryOf } from './entry_stats.ts'
import { errnoOf, readFully } from './file.ts'
import type { ListedEntry, Many, ManyReads, ManyWrites, ReadOutcome } from './many.ts'
import { mustFit, mustHaveAttributes, placeOf } from './many_batch.ts'
import { nodeTime } from './nanos.ts'
import { systemFault } from './system_fault.ts'

const separator = Buffer.from('/')

export const portableMany: Many = {
  kind: 'portable',
  list,
  read,
  readAsync: async (batch, target) => read(batch, target),
  write,
  writeAsync: async (at, batch, source) => write(at, batch, source),
}

function list(directory: Uint8Array): ListedEntry[] {
  const at = absolute(directory)
  const stats = lstatSync(at)
  if (!stats.isDirectory()) throw systemFault('ENOTDIR', 'scandir', shownText(directory))
  const entries: ListedEntry[] = []
  for (const name of readdirSync(at, { encoding: 'buffer' })) {
    const found = lstatSync(Buffer.concat([at, separator, name]), { bigint: true, throwIfNoEntry: false })
    if (found) entries.push({ name, entry: entryOf(found) })
  }
  return entries
}

function read(batch: ManyReads, target: Uint8Array): ReadOutcome[] {
  mustFit(batch, target)
  return batch.paths.map((path, i) => {
    try {
      return readOne(absolute(path), placeOf(batch, i, target))
    } catch (error) {
      return { kind: 'failed', errno: errnoNameOf(error) }
    }
  })
}

function readOne(path: Buffer, target: Uint8Array): ReadOutcome {
  const fd = openRegular(path, constants.O_RDONLY)
  try {
    if (fstatSync(fd).size !== target.length || readFully(fd, target, 0) !== target.length)
      return { kind: 'changed' }
    if (readFully(fd, new Uint8Array(1), target.length) > 0) return { kind: 'changed' }
    return { kind: 'read', entry: entryOf(fstatSync(fd, { bigint: true })) }
  } finally {
    closeSync(fd)
  }
}

function write(at: Confined, batch: ManyWrites, source: Uint8Array): Map<number, string> {
  mustFit(batch, source)
  mustHaveAttributes(batch)
  const faults = new Map<number, string>()
  for (const [i, path] of batch.paths.entries()) {
    const mode = (batch.modes[i] ?? 0) & 0o7777
    try {
      writeOne(at, path, placeOf(batch, i, source), mode, batch.mtimesNanos[i] ?? 0n)
    } catch (error) {
      faults.set(i, errnoNameOf(error))
    }
  }
  return faults
}

function writeOne(at: Confined, path: Below, content: Uint8Array, mode: number, mtimeNanos: bigint): void {
  const fd = at.create(path, mode & 0o777)
  try {
    try {
      for (let done = 0; done < content.length; )
        done += writeSync(fd, content, done, content.length - done, done)
      const made = fstatSync(fd, { bigint: true })
      // behind the content: a write takes the set-user-id bit away
      if (Number(made.mode & 0o7777n) !== mode) fchmodSync(fd, mode)
      futimesSync(fd, nodeTime(made.atimeNs), nodeTime(mtimeNanos))
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    removeHalf(at, path)
    throw error
  }
}

function removeHalf(at: Confined, path: Below): void {
  try {
    at.remove(path)
  } catch {
    // why it failed is what the caller must hear
  }
}

/** A path of the user's own, as node:fs takes it. */
function absolute(path: Uint8Array): Buffer {
  const text = Buffer.from(path.buffer, path.byteOffset, path.length)
  if (path.length > pathBytesMax) throw systemFault('ENAMETOOLONG', 'open', shownText(path))
  if (!isAbsolute(text.toString('latin1')) || path.includes(0))
    throw systemFault('EINVAL', 'open', shownText(path))
  return text
}

/** What the system said of a file; anything else is our own slip. */
function errnoNameOf(error: unknown): string {
  if (error instanceof ConfinedFault) return reasonErrnos[error.reason]
  const code = errnoOf(error)
  if (code === undefined || error instanceof TypeError || error instanceof RangeError) throw error
  return code
}
