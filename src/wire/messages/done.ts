// DONE: the object is verified and durable at the receiver. PROTOCOL.md §15.8

import { entriesMax, failedMax } from '../limits.ts'
import { at, count, flag, list, maybeAt, type Slots, tuple } from '../message_fields.ts'
import { blobId, transferId } from './kinds.ts'

export const type = 8

export interface Done {
  readonly type: typeof type
  readonly transfer: Uint8Array
  readonly blob: Uint8Array
  /** True: the target was this object already, and was left alone. */
  readonly unchanged?: boolean
  /** Entries of a tree that could not be put in place: the first of them, with a code of §17. */
  readonly failed?: readonly FailedEntry[]
  /** How many these are in all. */
  readonly failures?: number
}

export interface FailedEntry {
  readonly index: number
  readonly code: number
}

export const slots: Slots<Done> = {
  transfer: at(1, transferId),
  blob: at(2, blobId),
  unchanged: maybeAt(3, flag),
  failed: maybeAt(
    4,
    list(tuple<FailedEntry>({ index: count(entriesMax - 1), code: count(0xffff) }), failedMax),
  ),
  failures: maybeAt(5, count(entriesMax)),
}

/** Whoever names some says how many there are. */
export const isConsistent = ({ failed = [], failures = 0 }: Done): boolean =>
  failures >= failed.length && (failures === 0) === (failed.length === 0)
