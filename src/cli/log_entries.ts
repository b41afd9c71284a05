// What is logged of a transfer: for each event its level, its fields and a sentence. Only what is picked here gets into
// a log, and every text in it is made fit to be shown. Pure.

import type { PfsCode } from '../base/errors.ts'
import type { TransferEvent } from '../transfer/events.ts'
import { printable } from '../wire/text.ts'
import { formatBytes } from './format.ts'
import { endLine, summaryDocument } from './summary.ts'

export type EntryLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export interface Entry {
  readonly level: EntryLevel
  /** What kind of a line it is, for whoever filters. */
  readonly event: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** @param command without its words: they may hold a ticket */
export function beginEntry(command: string, version: string): Entry {
  return { level: 'info', event: 'begin', message: `pfs ${version} ${command}`, fields: { command, version } }
}

export const endEntry: Entry = { level: 'info', event: 'end', message: 'done', fields: { exit_status: 0 } }

export function entryOf(event: TransferEvent): Entry {
  switch (event.kind) {
    case 'listening': {
      const { port, peerId, hosts } = event
      return entry('info', event, `listening on port ${port}`, { port, hosts, peer_id: peerId })
    }
    case 'pinned': {
      const { host, peerId } = event
      return entry('info', event, `first contact with ${host}: its key is pinned`, { host, peer_id: peerId })
    }
    case 'start': {
      const { direction, name, sizeBytes, fileCount, peerId, host } = event
      const [verb, preposition] = direction === 'send' ? ['sending', 'to'] : ['receiving', 'from']
      const fields = { direction, name, size_bytes: sizeBytes, files: fileCount, host, peer_id: peerId }
      return entry(
        'info',
        event,
        `${verb} ${name} (${formatBytes(sizeBytes)}) ${preposition} ${host}`,
        fields,
      )
    }
    case 'phase':
      return entry('debug', event, event.phase, { phase: event.phase })
    case 'file': {
      const { path, code, message } = event.failure
      return entry('warn', event, `${path}: ${message}`, { path, code })
    }
    case 'progress': {
      const { doneBytes, totalBytes, wireBytes, reusedBytes, checkedBytes, doneFiles, totalFiles } = event
      const message = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`
      const counts = { done_bytes: doneBytes, total_bytes: totalBytes, wire_bytes: wireBytes }
      return entry('trace', event, message, {
        ...counts,
        reused_bytes: reusedBytes,
        checked_bytes: checkedBytes,
        done_files: doneFiles,
        total_files: totalFiles,
      })
    }
    case 'done':
      return entry('info', event, endLine(event.summary), summaryDocument(event.summary))
    case 'failed': {
      const { code, message } = event.error
      return entry('error', event, message, { code, peer_id: event.peerId })
    }
    case 'notice':
      return entry('info', event, event.text, {})
  }
}

/** @param bugTrace where it was our own fault: the stack */
export function faultEntry(
  fault: { readonly code: PfsCode; readonly message: string; readonly exitStatus: number },
  bugTrace?: string,
): Entry {
  const { code, message, exitStatus } = fault
  const level = bugTrace === undefined ? (code === 'PFS_INTERRUPTED' ? 'warn' : 'error') : 'fatal'
  // the next step is left out: it may quote the command line, and with it a ticket
  const fields = {
    code,
    exit_status: exitStatus,
    ...(bugTrace === undefined ? {} : { stack: bugTrace.split('\n').map(line => line.trim()) }),
  }
  return { level, event: 'fault', message, fields }
}

const entry = (
  level: EntryLevel,
  { kind }: TransferEvent,
  message: string,
  fields: Entry['fields'],
): Entry => ({ level, event: kind, message, fields })

/** As it may stand in a log: no control characters, and no ticket, whoever put it into a sentence. */
export function loggable(value: unknown): unknown {
  if (typeof value === 'string') return printable(value.replaceAll(ticket, '[a ticket]'))
  if (Array.isArray(value)) return value.map(loggable)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, loggable(inner)]))
  return value
}

/** Or what somebody took for one, and the part of one that lets in. */
const ticket = /pfs:\/\/\S*|[A-Za-z2-7]{52}\.[0-9A-Fa-f]+/g
