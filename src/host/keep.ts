// Small files that must never be half there: written beside, synced, renamed. Keys and the list of peers use it.
// Knows nothing of what they hold.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { threadId } from 'node:worker_threads'
import { diskFault, errnoOf, syncDirectory } from './file.ts'

/** The file's text, or undefined when there is none. */
export function readKept(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw diskFault(error, 'PFS_READ', path)
  }
}

/** In the name of what only this thread writes: another process or another thread of ours may write the same at once. */
export const ownMark = `${process.pid}.${threadId}`

/** A name beside it that no other process and no other thread of ours uses: both may write the same file at once. */
export const besideOf = (path: string): string => `${path}.${ownMark}.new`

/** Replaces the file as a whole, readable by its owner alone. */
export function keep(path: string, text: string): void {
  const beside = besideOf(path)
  try {
    const fd = openSync(beside, 'w', 0o600)
    try {
      writeFileSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(beside, path)
    syncDirectory(dirname(path))
  } catch (error) {
    rmSync(beside, { force: true })
    throw diskFault(error, 'PFS_WRITE', path)
  }
}
