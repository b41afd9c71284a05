// WANT: the receiver asks for the children of tree nodes that do not match. PROTOCOL.md §15.7

import { contentBytesMax, indexesMax, topLevel } from '../limits.ts'
import { at, count, type Slots } from '../message_fields.ts'
import { ascending, some, transferId } from './kinds.ts'

export const type = 7

export interface Want {
  readonly type: typeof type
  readonly transfer: Uint8Array
  /** The level of the nodes whose children are wanted; topLevel with index 0 is the Top, whatever its level. */
  readonly level: number
  readonly indexes: readonly number[]
}

export const slots: Slots<Want> = {
  transfer: at(1, transferId),
  level: at(2, count(topLevel)),
  indexes: at(3, some(ascending(0, contentBytesMax, indexesMax))),
}
