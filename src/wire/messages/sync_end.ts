// SYNC_END: this side wants nothing more and has sent all it was asked for. PROTOCOL.md §15.10

import type { Slots } from '../message_fields.ts'

export const type = 18

export interface SyncEnd {
  readonly type: typeof type
}

export const slots: Slots<SyncEnd> = {}
