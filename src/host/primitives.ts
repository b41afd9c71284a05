// The handshake's primitives: X25519 and ChaCha20-Poly1305 by libsodium, SHA-256 and HMAC by node:crypto.
// Some hundred calls a connection, so clarity before speed. Knows no Noise. PROTOCOL.md §6.1.

import { createHash, createHmac } from 'node:crypto'
import sodium from 'libsodium-wrappers'
import type { Primitives } from '../crypto/primitives.ts'

/** Waits once for libsodium's WebAssembly; everything after is synchronous. */
export async function createPrimitives(): Promise<Primitives> {
  await sodium.ready
  return {
    generateKeyPair(random) {
      const privateKey = new Uint8Array(random)
      return { privateKey, publicKey: sodium.crypto_scalarmult_base(privateKey) }
    },
    dh(privateKey, publicKey) {
      // libsodium refuses points of low order by throwing: a peer's doing, so it ends here
      try {
        return sodium.crypto_scalarmult(privateKey, publicKey)
      } catch {
        return undefined
      }
    },
    sha256(...parts) {
      const hash = createHash('sha256')
      for (const part of parts) hash.update(part)
      return plain(hash.digest())
    },
    hmacSha256(key, ...parts) {
      const hmac = createHmac('sha256', key)
      for (const part of parts) hmac.update(part)
      return plain(hmac.digest())
    },
    seal: (key, nonce, associated, plaintext) =>
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, associated, null, nonce, key),
    open(key, nonce, associated, sealed) {
      // throws when forged or too short for a tag
      try {
        return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, associated, nonce, key)
      } catch {
        return undefined
      }
    },
  }
}

// The core must not meet a Buffer: its slice() is a view where Uint8Array's is a copy.
const plain = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
