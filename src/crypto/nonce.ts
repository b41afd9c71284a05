// The nonce of a packet: the direction's IV with the path id and the full packet number laid over its end. Two
// packets of one key share a nonce only if they share path and number, which is why a number is never sealed
// twice (§6.3-3). Runs once a packet: writes into the caller's scratch and allocates nothing. PROTOCOL.md
// §6.3.

import { writeU32 } from '../base/bytes.ts'

/** The part that differs from packet to packet; a longer iv leads on with the rest of itself. */
export const packetNonceBytes = 12

/**
 * nonce = iv XOR (path id as 32 bits, packet number as 64 bits), big-endian, in the last 12 bytes. nonce and iv have
 * the length of the suite's nonce. §6.3-2
 */
export function writeNonce(nonce: Uint8Array, iv: Uint8Array, pathId: number, packetNumber: number): void {
  const at = iv.length - packetNonceBytes
  nonce.fill(0, 0, at)
  writeU32(nonce, at, pathId)
  writeU32(nonce, at + 4, Math.floor(packetNumber / 2 ** 32))
  writeU32(nonce, at + 8, packetNumber % 2 ** 32)
  for (let i = 0; i < iv.length; i++) nonce[i] = nonce[i]! ^ iv[i]!
}
