// MISS: output ranges that the receiver could not make from where it was told; it needs literals. PROTOCOL.md §15.6

import type { Range } from '../../base/ranges.ts'
import { at, type Slots } from '../message_fields.ts'
import { ranges, some, transferId } from './kinds.ts'

export const type = 5

export interface Miss {
  readonly type: typeof type
  readonly transfer: Uint8Array
  readonly ranges: readonly Range[]
}

export const slots: Slots<Miss> = {
  transfer: at(1, transferId),
  ranges: at(2, some(ranges)),
}
