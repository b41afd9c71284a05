// From a handshake's secret to packet keys, and from one key phase to the next. One secret per direction;
// when to update is the connection's decision, not ours. PROTOCOL.md §6.2, §6.5.

import { hkdfExpand } from './hkdf.ts'
import { hashBytes, type Primitives } from './primitives.ts'
import type { Suite } from './suites.ts'

export interface PacketKeys {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** What seals or opens the packets of one direction in one key phase. §6.2-1 */
export function packetKeys(primitives: Primitives, suite: Suite, secret: Uint8Array): PacketKeys {
  return {
    key: hkdfExpand(primitives, secret, keyLabel, suite.keyBytes),
    iv: hkdfExpand(primitives, secret, ivLabel, suite.nonceBytes),
  }
}

/**
 * The same direction's secret in the next phase. The caller wipes the old one when it is done with it. §6.2-2
 */
export function nextSecret(primitives: Primitives, secret: Uint8Array): Uint8Array {
  return hkdfExpand(primitives, secret, updateLabel, hashBytes)
}

const label = (text: string): Uint8Array => new TextEncoder().encode(text)
const keyLabel = label('pfs key')
const ivLabel = label('pfs iv')
const updateLabel = label('pfs update')
