// DONE: the object is verified and durable at the receiver. PROTOCOL.md §15.8

import { at, flag, maybeAt, type Slots } from '../message_fields.ts'
import { blobId, transferId } from './kinds.ts'

export const type = 8

export interface Done {
  readonly type: typeof type
  readonly transfer: Uint8Array
  readonly blob: Uint8Array
  /** True: the target was this object already, and was left alone. */
  readonly unchanged?: boolean
}

export const slots: Slots<Done> = {
  transfer: at(1, transferId),
  blob: at(2, blobId),
  unchanged: maybeAt(3, flag),
}
