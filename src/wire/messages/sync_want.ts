// SYNC_WANT: which of the listed blobs the other side should send. PROTOCOL.md §15.10

import { blobsMax } from '../limits.ts'
import { at, list, type Slots } from '../message_fields.ts'
import { blobId } from './kinds.ts'

export const type = 17

export interface SyncWant {
  readonly type: typeof type
  readonly blobs: readonly Uint8Array[]
}

export const slots: Slots<SyncWant> = {
  blobs: at(1, list(blobId, blobsMax)),
}
