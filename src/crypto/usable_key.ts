// Whether a peer's public key may enter a handshake: a point of low order gives every DH a result the peer
// knows. PROTOCOL.md §6.1-3.

import type { KeyPair, Primitives } from './primitives.ts'

/** A clamped private key is a multiple of eight, so any of ours shows whether a point is of low order. */
export function isUsable(primitives: Primitives, ours: KeyPair, publicKey: Uint8Array): boolean {
  const shared = primitives.dh(ours.privateKey, publicKey)
  shared?.fill(0)
  return shared !== undefined
}
