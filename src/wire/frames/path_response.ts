// PATH_RESPONSE: the answer to a PATH_CHALLENGE, from the address it was sent to. PROTOCOL.md §7.13
//
//   PATH_RESPONSE {
//     Type (8) = 0x0c,
//     Data (64),           those of the challenge
//   }

import type { Reader, Writer } from '../../base/bytes.ts'
import { pathDataBytes } from '../limits.ts'

export const type = 0x0c

export interface PathResponse {
  readonly type: typeof type
  readonly data: Uint8Array
}

export const size = (f: PathResponse): number => 1 + f.data.length

export function encode(w: Writer, f: PathResponse): void {
  w.u8(type)
  w.bytes(f.data)
}

export const decode = (r: Reader): PathResponse => ({ type, data: r.bytes(pathDataBytes) })
