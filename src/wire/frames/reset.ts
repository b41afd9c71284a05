// RESET: the sender gives a stream up. PROTOCOL.md §7.8
//
//   RESET {
//     Type   (8) = 0x07,
//     Stream (i),
//     Code   (i),          why: a code of §17
//     Length (i),          the highest offset used; it counts in the windows
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'

export const type = 0x07

export interface Reset {
  readonly type: typeof type
  readonly stream: number
  readonly code: number
  readonly length: number
}

export const size = (f: Reset): number => 1 + varintSize(f.stream) + varintSize(f.code) + varintSize(f.length)

export function encode(w: Writer, f: Reset): void {
  w.u8(type)
  w.varint(f.stream)
  w.varint(f.code)
  w.varint(f.length)
}

export const decode = (r: Reader): Reset => ({
  type,
  stream: r.varint(),
  code: r.varint(),
  length: r.varint(),
})
