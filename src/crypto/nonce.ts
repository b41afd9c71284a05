// The nonce of a packet: the direction's IV with the path id and the full packet number laid over it. Two
// packets of one key share a nonce only if they share path and number, which is why a number is never sealed
// twice (§6.3-3). Runs once a packet: writes into the caller's scratch and allocates nothing. PROTOCOL.md
// §6.3.

import { writeU32 } from '../base/bytes.ts'

export const nonceBytes = 12

/** nonce = iv XOR (path id as 32 bits, packet number as 64 bits), big-endian. §6.3-2 */
export function writeNonce(nonce: Uint8Array, iv: Uint8Array, pathId: number, packetNumber: number): void {
  writeU32(nonce, 0, pathId)
  writeU32(nonce, 4, Math.floor(packetNumber / 2 ** 32))
  writeU32(nonce, 8, packetNumber % 2 ** 32)
  for (let i = 0; i < nonceBytes; i++) nonce[i] = nonce[i]! ^ iv[i]!
}
