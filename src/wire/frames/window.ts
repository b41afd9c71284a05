// WINDOW: the receiver raises the connection's window. PROTOCOL.md §7.5
//
//   WINDOW {
//     Type  (8) = 0x04,
//     Limit (i),          the sum, over all streams, of the highest offset used
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'

export const type = 0x04

export interface Window {
  readonly type: typeof type
  /** Never decreases; one that is not greater than an earlier one is old news, not an error. */
  readonly limit: number
}

export const size = (f: Window): number => 1 + varintSize(f.limit)

export function encode(w: Writer, f: Window): void {
  w.u8(type)
  w.varint(f.limit)
}

export const decode = (r: Reader): Window => ({ type, limit: r.varint() })
