// SYNC_LIST: a part of the list of blobs that one side's pool holds and shares. PROTOCOL.md §15.10

import { at, count, flag, type Slots } from '../message_fields.ts'
import { type Blob, blobs } from './kinds.ts'

export const type = 16

export interface SyncList {
  readonly type: typeof type
  /** From 0, without gaps. */
  readonly part: number
  readonly isLast: boolean
  readonly blobs: readonly Blob[]
}

export const slots: Slots<SyncList> = {
  part: at(1, count(0xffffffff)),
  isLast: at(2, flag),
  blobs: at(3, blobs),
}
