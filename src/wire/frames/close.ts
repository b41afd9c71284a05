// CLOSE: the connection ends. PROTOCOL.md §7.10
//
//   CLOSE {
//     Type       (8) = 0x09,
//     Code       (i),          why: a code of §17
//     Frame Type (i),          the type that caused it, 0 if none
//     Length     (i),
//     Reason     (Length),     UTF-8, for people
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'
import { reasonBytesMax } from '../limits.ts'

export const type = 0x09

export interface Close {
  readonly type: typeof type
  readonly code: number
  readonly frameType: number
  /** UTF-8 as it came: untrusted, to be cleaned before it is shown. A view, like the bytes of STREAM. */
  readonly reason: Uint8Array
}

export const size = (f: Close): number =>
  1 + varintSize(f.code) + varintSize(f.frameType) + varintSize(f.reason.length) + f.reason.length

export function encode(w: Writer, f: Close): void {
  w.u8(type)
  w.varint(f.code)
  w.varint(f.frameType)
  w.varint(f.reason.length)
  w.bytes(f.reason)
}

export function decode(r: Reader): Close {
  const code = r.varint()
  const frameType = r.varint()
  const length = r.varint()
  if (length > reasonBytesMax) r.fail() // §7.10-1
  return { type, code, frameType, reason: r.bytes(length) }
}
