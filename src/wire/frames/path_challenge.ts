// PATH_CHALLENGE: asks whoever is at an address to prove it. PROTOCOL.md §7.12
//
//   PATH_CHALLENGE {
//     Type (8) = 0x0b,
//     Data (64),           random: §7.12-1
//   }

import type { Reader, Writer } from '../../base/bytes.ts'
import { pathDataBytes } from '../limits.ts'

export const type = 0x0b

export interface PathChallenge {
  readonly type: typeof type
  readonly data: Uint8Array
}

export const size = (f: PathChallenge): number => 1 + f.data.length

export function encode(w: Writer, f: PathChallenge): void {
  w.u8(type)
  w.bytes(f.data)
}

export const decode = (r: Reader): PathChallenge => ({ type, data: r.bytes(pathDataBytes) })
