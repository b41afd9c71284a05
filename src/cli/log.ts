// The log of one run, as the rest of the command sees it: what the transfers tell and what goes wrong. Nothing is loaded
// or opened where nothing is logged, which is the usual case.

import type { Configuration } from '../config/resolve.ts'
import type { TransferEvent } from '../transfer/events.ts'
import type { LogSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'

export interface Log {
  /** @param command its name, without its words: they may hold a ticket */
  readonly onBegin: (command: string, configuration: Configuration) => void
  /** @param to whom it is sent to, where there are several */
  readonly onEvent: (event: TransferEvent, to?: string) => void
  /** What the command, or one of several transfers in it, ends with. */
  readonly onFault: (error: unknown, exitStatus: number, to?: string) => void
  /** All went well. */
  readonly onEnd: () => void
  readonly close: () => void
}

const nothing = (): void => {}

export const noLog: Log = {
  onBegin: nothing,
  onEvent: nothing,
  onFault: nothing,
  onEnd: nothing,
  close: nothing,
}

/** Throws PFS_WRITE. */
export async function openLog(settings: LogSettings, terminal: Terminal): Promise<Log> {
  if (settings.level === 'silent') return noLog
  const { createLogger } = await import('./logger.ts')
  return createLogger(settings, terminal)
}
