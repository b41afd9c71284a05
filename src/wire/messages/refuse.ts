// REFUSE: this transfer will not be, or will not go on. Either side says it. PROTOCOL.md §15.4

import { textBytesMax } from '../limits.ts'
import { at, count, type Slots, text } from '../message_fields.ts'
import { transferId } from './kinds.ts'

export const type = 3

export interface Refuse {
  readonly type: typeof type
  readonly transfer: Uint8Array
  /** A code of §17; one we do not know is INTERNAL. */
  readonly code: number
  /** For people, untrusted; may be empty. */
  readonly text: string
}

export const slots: Slots<Refuse> = {
  transfer: at(1, transferId),
  code: at(2, count(0xffff)),
  text: at(3, text(0, textBytesMax)),
}
