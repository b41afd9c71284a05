// PATH_ACK: which packet numbers of a path other than the first have arrived. PROTOCOL.md §7.14
//
//   PATH_ACK {
//     Type (8) = 0x0d,
//     Path (8),              1 to 3
//     …                      the rest is that of ACK
//   }

import type { Reader, Writer } from '../../base/bytes.ts'
import { pathsMax } from '../limits.ts'
import * as ack from './ack.ts'

export const type = 0x0d

export interface PathAck extends ack.AckedNumbers {
  readonly type: typeof type
  readonly path: number
}

export const size = (f: PathAck): number => 2 + ack.sizeOfNumbers(f)

export function encode(w: Writer, f: PathAck): void {
  w.u8(type)
  w.u8(f.path)
  ack.encodeNumbers(w, f)
}

export function decode(r: Reader): PathAck {
  const path = r.u8()
  if (path === 0 || path >= pathsMax) r.fail() // §7.14-1
  return { type, path, ...ack.decodeNumbers(r) }
}
