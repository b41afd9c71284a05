// HKDF over HMAC-SHA256 (RFC 5869) in the two shapes we need: Noise's HKDF, which has no info, and Expand
// alone with an ASCII label. Knows neither handshakes nor packets. PROTOCOL.md §6.1, §6.2.

import { assert } from '../base/assert.ts'
import { hashBytes, type Primitives } from './primitives.ts'

const counters = [0, 1, 2, 3].map(value => Uint8Array.of(value))
const outputBytesMax = (counters.length - 1) * hashBytes

/** RFC 5869 §2.2. */
export function hkdfExtract(primitives: Primitives, salt: Uint8Array, input: Uint8Array): Uint8Array {
  return primitives.hmacSha256(salt, input)
}

/** RFC 5869 §2.3, to at most 96 bytes: more is not asked for anywhere. */
export function hkdfExpand(
  primitives: Primitives,
  secret: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  assert(length <= outputBytesMax, 'HKDF output is at most three blocks')
  const output = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let at = 0, count = 1; at < length; at += hashBytes, count++) {
    const next = primitives.hmacSha256(secret, block, info, counters[count]!)
    output.set(next.subarray(0, Math.min(hashBytes, length - at)), at)
    block.fill(0)
    block = next
  }
  block.fill(0)
  return output
}

const noInfo = new Uint8Array(0)

/** Noise §4.3 HKDF(chaining key, input) with two or three outputs of 32 bytes, one after another. */
export function noiseHkdf(
  primitives: Primitives,
  chainKey: Uint8Array,
  input: Uint8Array,
  outputs: 2 | 3,
): Uint8Array {
  const secret = hkdfExtract(primitives, chainKey, input)
  const output = hkdfExpand(primitives, secret, noInfo, outputs * hashBytes)
  secret.fill(0)
  return output
}
