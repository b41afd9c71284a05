// Handshake primitives for the simulator: the shape of X25519, SHA-256, HMAC and ChaCha20-Poly1305 without their cost
// or their strength. Two sides still agree on a secret only if they hold the right keys, and a changed message
// does not open; that is all a simulated handshake needs.

import { concat } from '../src/base/bytes.ts'
import { type KeyPair, keyBytes, type Primitives, tagBytes } from '../src/crypto/primitives.ts'
import { fold, lanes, mix } from './mix.ts'

export const simNoise: Primitives = {
  generateKeyPair(random: Uint8Array): KeyPair {
    return { privateKey: random.slice(), publicKey: digest(publicSeed, random) }
  },

  // Commutative: both sides know both public keys, and only they are asked. No secret, but the same on both sides.
  dh(privateKey, publicKey) {
    if (publicKey.every(byte => byte === 0)) return undefined
    const ours = digest(publicSeed, privateKey)
    return digest(
      sharedSeed,
      ours.map((byte, i) => byte + publicKey[i]!),
      ours.map((byte, i) => byte * publicKey[i]!),
    )
  },

  sha256: (...parts) => digest(hashSeed, ...parts),
  hmacSha256: (key, ...parts) => digest(macSeed, key, ...parts),

  seal: (key, nonce, associated, plain) => concat(plain, tag(key, nonce, associated, plain)),

  open(key, nonce, associated, sealed) {
    if (sealed.length < tagBytes) return undefined
    const plain = sealed.slice(0, sealed.length - tagBytes)
    const expected = tag(key, nonce, associated, plain)
    return expected.every((byte, i) => byte === sealed[plain.length + i]) ? plain : undefined
  },
}

const publicSeed = 1
const sharedSeed = 2
const hashSeed = 3
const macSeed = 4
const tagSeed = 5

function tag(...parts: readonly Uint8Array[]): Uint8Array {
  return digest(tagSeed, ...parts).slice(0, tagBytes)
}

// 32 bytes that depend on every bit of the parts and on where one ends and the next begins.
function digest(seed: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let state = fold(seed, lengths(parts))
  for (const part of parts) {
    mix(state, part, part.length)
    state = lanes.slice()
  }
  const output = new Uint8Array(keyBytes)
  const more = new Uint32Array(2 * state.length)
  more.set(state)
  mix(state, lengths(parts), 0)
  more.set(lanes, state.length)
  for (let i = 0; i < keyBytes; i++) output[i] = more[i >> 2]! >>> (8 * (i & 3))
  return output
}

function lengths(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [part.length & 255, part.length >> 8]))
}
