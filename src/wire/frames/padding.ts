// PADDING: makes a probe as large as the size it tests. PROTOCOL.md §7.1
//
//   PADDING { Type (8) = 0x00 } …     a run of them decodes to one value

import type { Reader, Writer } from '../../base/bytes.ts'

export const type = 0x00

export interface Padding {
  readonly type: typeof type
  /** How many zero bytes, the type included: at least 1. */
  readonly length: number
}

export const size = (f: Padding): number => f.length

export function encode(w: Writer, f: Padding): void {
  for (let i = 0; i < f.length; i++) w.u8(type)
}

export const decode = (r: Reader): Padding => ({ type, length: 1 + r.skip(type) })
