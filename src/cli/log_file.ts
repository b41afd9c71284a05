// The file of the log: opened for its owner alone and added to. Each line is written before the next thing happens,
// because a log that is lost in a crash is lost when it is wanted; and no fault of the log ends a transfer.

import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { PfsError } from '../base/errors.ts'
import type { Terminal } from './terminal.ts'

export interface Sink {
  readonly write: (line: string) => void
  readonly close: () => void
}

/** Throws PFS_WRITE. Later faults are said on the terminal, once. */
export function fileSink(path: string, terminal: Terminal): Sink {
  const fd = opened(path)
  let state: 'open' | 'failed' | 'closed' = 'open'
  return {
    write: line => {
      if (state !== 'open') return
      try {
        writeWhole(fd, Buffer.from(`${line}\n`))
      } catch (error) {
        state = 'failed'
        terminal.complain(`pfs: the log ends here: ${path}: ${(error as Error).message}`, 'yellow')
      }
    },
    close: () => {
      if (state !== 'closed') closeSync(fd)
      state = 'closed'
    },
  }
}

function opened(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  try {
    // a pipe that nobody reads must not hold us up; names of files are nobody else's business
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600)
  } catch (error) {
    throw new PfsError('PFS_WRITE', `the log file ${path}: ${(error as Error).message}`, {
      cause: error,
      hint: 'See whether its directory is there and may be written to, or name another with --log-file FILE.',
    })
  }
}

/** A line at once, so that the lines of two processes do not mix; a full disk may take only a part. */
function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
}
