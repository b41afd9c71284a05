// The responder's half of Noise Pipes: from an IK message that does not open to an XXfallback handshake. The
// initiator's half is Handshake.fallback, which needs the handshake's own ephemeral key. PROTOCOL.md §6.1-7.

import { createHandshake, type Handshake, type HandshakeOptions } from './noise.ts'
import { keyBytes } from './primitives.ts'
import { isUsable } from './usable_key.ts'

export type FallbackOptions = Pick<
  HandshakeOptions,
  'prologue' | 'staticKeys' | 'ephemeralRandom' | 'primitives'
>

/**
 * XXfallback on the ephemeral key of the initiator's first message, and on nothing else of it (§6.1-7).
 * undefined when that holds no usable key: then there is nothing to answer.
 */
export function fallbackForResponder(
  options: FallbackOptions,
  firstMessage: Uint8Array,
): Handshake | undefined {
  if (firstMessage.length < keyBytes) return undefined
  const preEphemeral = firstMessage.subarray(0, keyBytes)
  if (!isUsable(options.primitives, options.staticKeys, preEphemeral)) return undefined
  const { prologue, staticKeys, ephemeralRandom, primitives } = options
  return createHandshake({
    pattern: 'XXfallback',
    role: 'responder',
    prologue,
    staticKeys,
    ephemeralRandom,
    primitives,
    preEphemeral,
  })
}
