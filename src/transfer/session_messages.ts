// What a caller and the worker that runs its session say to each other. Plain data: functions of the options stay
// behind as questions and answers, and faults cross as what they say.

import { PfsError } from '../base/errors.ts'
import type {
  Conflict,
  ConflictPolicy,
  ReceiveOptions,
  SendOptions,
  Stranger,
  SyncOptions,
  TransferEvent,
} from './events.ts'
import { type CarriedFault, carriedFault, restoredFault } from './session_faults.ts'
import type { SessionName } from './session_kinds.ts'

type Call = 'onEvent' | 'signal' | 'accept' | 'decide' | 'thread'
export type PlainOptions = PlainSend | Omit<ReceiveOptions, Call> | Omit<SyncOptions, Call>

/** Of a stream only its name crosses; its bytes are asked for. */
type PlainSend = Omit<SendOptions, Call | 'stream'> & { readonly stream?: { readonly name: string } }

/** What the worker shall do. */
export interface SessionOrder {
  readonly name: SessionName
  readonly options: PlainOptions
}

/** What only the caller can decide. */
export type Question =
  | { readonly of: 'stranger'; readonly stranger: Stranger }
  | { readonly of: 'conflict'; readonly conflict: Conflict }
  /** The next piece of the caller's stream. */
  | { readonly of: 'chunk' }

/** To a stranger whether it is welcome. Undefined: nobody could say, or the stream has ended. */
export type Answer = boolean | ConflictPolicy | Uint8Array | { readonly fault: CarriedFault } | undefined

export type ToSession =
  /** The first one. */
  | { readonly kind: 'order'; readonly order: SessionOrder }
  | { readonly kind: 'abort' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  /** The caller has taken an event. */
  | { readonly kind: 'seen' }

export type FromSession =
  | { readonly kind: 'event'; readonly event: CarriedEvent }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly fault: CarriedFault }

type Failed = Extract<TransferEvent, { kind: 'failed' }>
export type CarriedEvent =
  | Exclude<TransferEvent, Failed>
  | (Omit<Failed, 'error'> & { readonly error: CarriedFault })

export function carriedEvent(event: TransferEvent): CarriedEvent {
  return event.kind === 'failed' ? { ...event, error: carriedFault(event.error) } : event
}

export function restoredEvent(event: CarriedEvent): TransferEvent {
  if (event.kind !== 'failed') return event
  const error = restoredFault(event.error)
  return { ...event, error: error instanceof PfsError ? error : new PfsError('PFS_INTERNAL', error.message) }
}
