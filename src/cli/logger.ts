// Writes the log of one run, by pino, to a file or beside the talk. Loaded only where something is logged. What is in a
// line is log_entries.ts's, how people read it log_line.ts's.

import { pino } from 'pino'
import { PfsError } from '../base/errors.ts'
import { faultOf } from './failure.ts'
import type { Log } from './log.ts'
import { configurationEntries } from './log_configuration.ts'
import { beginEntry, type Entry, endEntry, entryOf, faultEntry, loggable } from './log_entries.ts'
import { fileSink } from './log_file.ts'
import { humanLine } from './log_line.ts'
import type { LogSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

/** Throws PFS_WRITE: who asks for a log and cannot have it hears so before anything begins. */
export function createLogger({ level, format, file }: LogSettings, terminal: Terminal): Log {
  const sink = file === undefined ? { write: terminal.log, close: () => {} } : fileSink(file, terminal)
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
    onBegin: (command, configuration) => {
      write(beginEntry(command, version()))
      for (const entry of configurationEntries(configuration)) write(entry)
    },
    onEnd: () => write(endEntry),
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
