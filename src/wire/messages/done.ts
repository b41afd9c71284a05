// DONE: the object is verified and durable at the receiver. PROTOCOL.md §15.8

import { at, type Slots } from '../message_fields.ts'
import { blobId, transferId } from './kinds.ts'

export const type = 8

export interface Done {
  readonly type: typeof type
  readonly transfer: Uint8Array
  readonly blob: Uint8Array
}

export const slots: Slots<Done> = {
  transfer: at(1, transferId),
  blob: at(2, blobId),
}
