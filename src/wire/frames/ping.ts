// PING: asks for an ACK and nothing else. PROTOCOL.md §7.2
//
//   PING { Type (8) = 0x01 }

import type { Reader, Writer } from '../../base/bytes.ts'

export const type = 0x01

export interface Ping {
  readonly type: typeof type
}

export const ping: Ping = { type }

export const size = (_: Ping): number => 1

export function encode(w: Writer, _: Ping): void {
  w.u8(type)
}

export const decode = (_: Reader): Ping => ping
