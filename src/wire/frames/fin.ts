// FIN: where a literal stream ends; ordered ones say it in their last STREAM. PROTOCOL.md §7.7
//
//   FIN {
//     Type   (8) = 0x06,
//     Stream (i),
//     Length (i),          the stream's final length
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'

export const type = 0x06

export interface Fin {
  readonly type: typeof type
  readonly stream: number
  readonly length: number
}

export const size = (f: Fin): number => 1 + varintSize(f.stream) + varintSize(f.length)

export function encode(w: Writer, f: Fin): void {
  w.u8(type)
  w.varint(f.stream)
  w.varint(f.length)
}

export const decode = (r: Reader): Fin => ({ type, stream: r.varint(), length: r.varint() })
