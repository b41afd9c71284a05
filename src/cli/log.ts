// The log of one run: what the transfers tell and what goes wrong, by pino, to a file or beside the talk. Nothing is
// loaded or opened where nothing is logged. Each line is written before the next thing happens, because a log that is
// lost in a crash is lost when it is wanted; and no fault of the log ends a transfer.

import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { PfsError } from '../base/errors.ts'
import type { TransferEvent } from '../transfer/events.ts'
import { faultOf } from './failure.ts'
import { type Entry, entryOf, faultEntry, loggable } from './log_entries.ts'
import { humanLine } from './log_line.ts'
import type { LogSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'

export interface Log {
  readonly write: (entry: Entry) => void
  /** @param to whom it is sent to, where there are several */
  readonly onEvent: (event: TransferEvent, to?: string) => void
  /** What the command, or one of several transfers in it, ends with. */
  readonly onFault: (error: unknown, exitStatus: number, to?: string) => void
  readonly close: () => void
}

const nothing = (): void => {}
export const noLog: Log = { write: nothing, onEvent: nothing, onFault: nothing, close: nothing }

/** Throws PFS_WRITE: who asks for a log and cannot have it hears so before anything begins. */
export async function openLog({ level, format, file }: LogSettings, terminal: Terminal): Promise<Log> {
  if (level === 'silent') return noLog
  const sink = file === undefined ? { write: terminal.log, close: nothing } : fileSink(file, terminal)
  const { pino } = await import('pino')
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: (json: string) => sink.write(format === 'human' ? humanLine(json) : json.trimEnd()) },
  )
  const write = ({ level, event, message, fields }: Entry): void => {
    if (logger.isLevelEnabled(level))
      logger[level]({ event, ...(loggable(fields) as object) }, String(loggable(message)))
  }
  return {
    write,
    onEvent: (event, to) => write(addressed(entryOf(event), to)),
    onFault: (error, exitStatus, to) => {
      const isOurs = !(error instanceof PfsError)
      const trace = isOurs && error instanceof Error ? error.stack : undefined
      write(addressed(faultEntry({ ...faultOf(error), exitStatus }, trace), to))
    },
    close: sink.close,
  }
}

const addressed = (entry: Entry, to: string | undefined): Entry =>
  to === undefined ? entry : { ...entry, fields: { to, ...entry.fields } }

interface Sink {
  readonly write: (line: string) => void
  readonly close: () => void
}

function fileSink(path: string, terminal: Terminal): Sink {
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
