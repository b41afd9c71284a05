// From what happens to the lines of --events. Pure: when, and where to, is event_writer.ts's. What does not fit
// event_table.ts does not compile.

import type { Conflict, Phase, Stranger, TransferEvent } from '../transfer/events.ts'
import { safeJson } from '../wire/text.ts'
import { type EventType, type eventTable, type FieldKind, schema } from './event_table.ts'
import type { Fault } from './failure.ts'
import { shownFingerprint } from './fingerprints.ts'
import { summaryDocument } from './summary.ts'

interface Kinds {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
  readonly strings: readonly string[]
  readonly objects: readonly object[]
  readonly object: object
  readonly any: unknown
}

type Row<Type extends EventType> = (typeof eventTable)[Type]['fields']
type ValueOf<Field> =
  | (Field extends { readonly kind: infer Kind extends FieldKind } ? Kinds[Kind] : never)
  | (Field extends { readonly isNullable: true } ? null : never)
type OptionalOf<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends { readonly isOptional: true } ? Name : never
}[keyof Fields]

/** What a line of this type has besides what all have. */
export type Fields<Type extends EventType> = {
  readonly [Name in Exclude<keyof Row<Type>, OptionalOf<Row<Type>>>]: ValueOf<Row<Type>[Name]>
} & { readonly [Name in OptionalOf<Row<Type>>]?: ValueOf<Row<Type>[Name]> }

export type EventLine = {
  [Type in EventType]: { readonly type: Type; readonly fields: Fields<Type> }
}[EventType]

const phases: Readonly<Record<Phase, string>> = {
  connecting: 'connect',
  asking: 'ask',
  scanning: 'scan',
  transferring: 'transfer',
  building: 'build',
  verifying: 'verify',
}

type Told = Exclude<TransferEvent, { kind: 'progress' } | { kind: 'failed' } | { kind: 'listening' }>

/** Of an event of the transfer floor; the others need more than the event. */
export function lineOf(event: Told): EventLine {
  switch (event.kind) {
    case 'phase':
      return { type: 'phase', fields: { phase: phases[event.phase] } }
    case 'pinned':
      return peerLine(event.host, event.peerId, true)
    case 'start': {
      const { direction, name, sizeBytes, fileCount, host, peerId } = event
      const totals = { bytes_total: sizeBytes, files_total: fileCount }
      return { type: 'start', fields: { direction, name, ...totals, host, peer_id: peerId } }
    }
    case 'file': {
      const { path, code, message } = event.failure
      return { type: 'file', fields: { state: event.state, path, code, message } }
    }
    case 'done':
      return { type: 'summary', fields: summaryDocument(event.summary) }
    case 'notice':
      return { type: 'warning', fields: { message: event.text } }
  }
}

/** @param places what the sender is to name */
export function listeningLine(
  { port, peerId }: Extract<TransferEvent, { kind: 'listening' }>,
  hosts: readonly string[],
  places: readonly string[],
): EventLine {
  const fingerprint = shownFingerprint(peerId)
  return { type: 'listening', fields: { hosts, places, port, peer_id: peerId, fingerprint } }
}

export function peerLine(host: string, peerId: string, pinned: boolean): EventLine {
  return { type: 'peer', fields: { host, peer_id: peerId, fingerprint: shownFingerprint(peerId), pinned } }
}

/** Nobody is here to decide about this one. */
export function promptLine({ host, peerId, fingerprint, wants }: Stranger, hint: string): EventLine {
  const isFile = wants.kind === 'send'
  const what = { name: isFile ? wants.name : null, bytes_total: isFile ? wants.sizeBytes : null }
  const who = { host, peer_id: peerId, fingerprint }
  return { type: 'prompt_required', fields: { question: 'accept', ...who, ...what, hint } }
}

/** Nobody is here to say what is to become of what is there. */
export function conflictLine(conflict: Conflict, hint: string): EventLine {
  const { host, peerId, name, sizeBytes, paths, count } = conflict
  const who = { host, peer_id: peerId, fingerprint: shownFingerprint(peerId) }
  const what = { name, bytes_total: sizeBytes, paths, count }
  return { type: 'prompt_required', fields: { question: 'conflict', ...who, ...what, hint } }
}

interface ErrorDetails {
  readonly isFinal: boolean
  readonly peerId?: string | undefined
  readonly trace?: readonly string[]
}

export function errorLine(fault: Fault, { isFinal, peerId, trace }: ErrorDetails): EventLine {
  const { code, exitStatus, message, retryable, hint, path } = fault
  return {
    type: 'error',
    fields: {
      code,
      exit_code: exitStatus,
      message,
      retryable,
      hint,
      final: isFinal,
      ...(path === undefined ? {} : { path }),
      ...(peerId === undefined ? {} : { peer_id: peerId }),
      ...(trace === undefined ? {} : { trace }),
    },
  }
}

/** One line, without its end. */
export function encodeLine({ type, fields }: EventLine, time: Date, job: string, to?: string): string {
  const which = to === undefined ? {} : { to }
  const whole = { v: schema, type, time: time.toISOString(), job, ...which, ...fields }
  return safeJson(whole)
}
