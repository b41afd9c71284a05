// STOP: the receiver wants no more of a stream; the sender answers RESET. PROTOCOL.md §7.9
//
//   STOP {
//     Type   (8) = 0x08,
//     Stream (i),
//     Code   (i),          why: a code of §17
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'

export const type = 0x08

export interface Stop {
  readonly type: typeof type
  readonly stream: number
  readonly code: number
}

export const size = (f: Stop): number => 1 + varintSize(f.stream) + varintSize(f.code)

export function encode(w: Writer, f: Stop): void {
  w.u8(type)
  w.varint(f.stream)
  w.varint(f.code)
}

export const decode = (r: Reader): Stop => ({ type, stream: r.varint(), code: r.varint() })
