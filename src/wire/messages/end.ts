// END: the program is complete, and this is the object it must make. PROTOCOL.md §15.5

import { at, type Slots, size, streamLength } from '../message_fields.ts'
import { blobId, transferId } from './kinds.ts'

export const type = 4

export interface End {
  readonly type: typeof type
  readonly transfer: Uint8Array
  /** The judge of what was built. */
  readonly blob: Uint8Array
  readonly size: number
  /** Lengths of the streams of ops and of literals: what must have arrived before the object can be whole. */
  readonly opBytes: number
  readonly literalBytes: number
}

export const slots: Slots<End> = {
  transfer: at(1, transferId),
  blob: at(2, blobId),
  size: at(3, size),
  opBytes: at(4, streamLength),
  literalBytes: at(5, streamLength),
}
