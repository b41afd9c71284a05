// A peer's name is its static public key: 32 bytes, written as 52 letters of lower-case base32 (RFC 4648 §6,
// no padding), which survive being read aloud, double-clicked and put in a URL. PROTOCOL.md §6.6.

import { assert } from '../base/assert.ts'
import { keyBytes } from './primitives.ts'

export const peerIdLength = 52

export function formatPeerId(publicKey: Uint8Array): string {
  assert(publicKey.length === keyBytes, 'a public key of 32 bytes')
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of publicKey) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += letters[(held >>> (bits - 5)) & 31]!
    held &= 0xff
  }
  return text + letters[(held << (5 - bits)) & 31]!
}

/** undefined unless it is exactly how some key is written; capitals are forgiven, nothing else (§6.6-1). */
export function parsePeerId(text: string): Uint8Array | undefined {
  if (!spelling.test(text)) return undefined
  const publicKey = new Uint8Array(keyBytes)
  let bits = 0
  let held = 0
  let at = 0
  for (const letter of text.toLowerCase()) {
    held = ((held << 5) | letters.indexOf(letter)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    publicKey[at++] = held >>> bits
  }
  // 52 letters carry four bits more than a key: they are zero, so that a key has one spelling
  return at === keyBytes && (held & 0xf) === 0 ? publicKey : undefined
}

/** The first 16 letters in groups of four: enough to compare by eye, 80 bits. Never enough to trust by. */
export function fingerprint(publicKey: Uint8Array): string {
  const id = formatPeerId(publicKey)
  return [id.slice(0, 4), id.slice(4, 8), id.slice(8, 12), id.slice(12, 16)].join('-')
}

// Before toLowerCase, which would turn a Kelvin sign into a k.
const spelling = /^[A-Za-z2-7]{52}$/
const letters = 'abcdefghijklmnopqrstuvwxyz234567'
