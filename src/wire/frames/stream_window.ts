// STREAM_WINDOW: the receiver raises the highest offset of one stream that may be used. PROTOCOL.md §7.6
//
//   STREAM_WINDOW {
//     Type   (8) = 0x05,
//     Stream (i),
//     Limit  (i),          one past the last usable offset
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'

export const type = 0x05

export interface StreamWindow {
  readonly type: typeof type
  readonly stream: number
  /** One past the last byte offset the sender may use. Never decreases. */
  readonly limit: number
}

export const size = (f: StreamWindow): number => 1 + varintSize(f.stream) + varintSize(f.limit)

export function encode(w: Writer, f: StreamWindow): void {
  w.u8(type)
  w.varint(f.stream)
  w.varint(f.limit)
}

export const decode = (r: Reader): StreamWindow => ({ type, stream: r.varint(), limit: r.varint() })
