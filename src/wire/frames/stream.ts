// STREAM: bytes of an ordered stream. PROTOCOL.md §7.4
//
//   STREAM {
//     Type   (8) = 0x03,
//     Stream (i),          even: literal streams travel in DATA packets
//     Offset (i),
//     Fin    (8),          1 when the stream ends with these bytes
//     Length (i),
//     Bytes  (Length),
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'

export const type = 0x03

export interface Stream {
  readonly type: typeof type
  readonly stream: number
  readonly offset: number
  readonly fin: boolean
  /** A view into the packet: gone when the packet's memory is used again. */
  readonly bytes: Uint8Array
}

export const size = (f: Stream): number => overheadBytes(f.stream, f.offset, f.bytes.length) + f.bytes.length

/** What the frame takes besides its bytes, for whoever fills a packet to the brim. */
export const overheadBytes = (stream: number, offset: number, length: number): number =>
  2 + varintSize(stream) + varintSize(offset) + varintSize(length)

export function encode(w: Writer, f: Stream): void {
  w.u8(type)
  w.varint(f.stream)
  w.varint(f.offset)
  w.u8(f.fin ? 1 : 0)
  w.varint(f.bytes.length)
  w.bytes(f.bytes)
}

export function decode(r: Reader): Stream {
  const stream = r.varint()
  const offset = r.varint()
  const fin = r.u8()
  const bytes = r.bytes(r.varint())
  if (fin > 1 || stream % 2 !== 0) r.fail() // §7.4-1
  return { type, stream, offset, fin: fin === 1, bytes }
}
