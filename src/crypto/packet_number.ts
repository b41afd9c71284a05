// Packet numbers are counted to 2^53 - 1 and travel as their low 32 bits; here the rest is put back. The idea
// is RFC 9000 §A.3: of all numbers with these low bits, the one nearest to the next expected. PROTOCOL.md
// §6.4.

import { assert } from '../base/assert.ts'

const span = 2 ** 32
const half = 2 ** 31

export const packetNumberMax = Number.MAX_SAFE_INTEGER

/**
 * The low 32 bits that travel. A number above the maximum is never used: the connection ends before (§6.4-4).
 */
export function truncatePacketNumber(packetNumber: number): number {
  assert(packetNumber >= 0 && packetNumber <= packetNumberMax, 'packet numbers are used up')
  return packetNumber % span
}

/**
 * @param largest the largest number opened so far in this direction of this path; -1 before the first. §6.4-3
 */
export function expandPacketNumber(truncated: number, largest: number): number {
  const expected = largest + 1
  const base = expected - (expected % span)
  const candidate = base + truncated
  const upper = base + span + truncated
  if (candidate <= expected - half && upper <= packetNumberMax) return upper
  if ((candidate > expected + half || candidate > packetNumberMax) && base >= span)
    return base - span + truncated
  return candidate
}
