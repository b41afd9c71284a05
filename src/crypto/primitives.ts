// What the pure core asks of the machine's cryptography: an interface, no code. The host brings the one that
// is fast there, tests may bring another. PROTOCOL.md §6.1.
//
// None of these throws on a peer's bytes: what a peer can get wrong comes back as undefined.

export interface KeyPair {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

export interface Primitives {
  /** An X25519 pair whose private key is these 32 random bytes (copied; clamped only when used). */
  generateKeyPair(random: Uint8Array): KeyPair

  /** X25519. undefined when the result is all zero: the peer's key is a point of low order (§6.1-3). */
  dh(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined

  sha256(...parts: readonly Uint8Array[]): Uint8Array
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array

  /** ChaCha20-Poly1305 (RFC 8439) for handshake messages: ciphertext followed by its 16-byte tag. */
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array

  /** undefined when forged. */
  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

export const keyBytes = 32
export const hashBytes = 32
export const tagBytes = 16
