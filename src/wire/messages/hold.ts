// HOLD: the receiver is at work or waits for somebody, and is alive. PROTOCOL.md §15.9

import { at, choice, type Slots, size } from '../message_fields.ts'
import { transferId } from './kinds.ts'

export const type = 9

export interface Hold {
  readonly type: typeof type
  readonly transfer: Uint8Array
  readonly reason: 'asking' | 'building' | 'verifying'
  /** Bytes of the object; total is 0 where there is no measure. */
  readonly done: number
  readonly total: number
}

export const slots: Slots<Hold> = {
  transfer: at(1, transferId),
  reason: at(2, choice({ asking: 1, building: 2, verifying: 3 })),
  done: at(3, size),
  total: at(4, size),
}
