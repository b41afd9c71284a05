// The symmetric half of a Noise handshake (Noise §5.1, §5.2): a chaining key, a running hash of the
// transcript, and a cipher key that appears with the first DH. Knows nothing of tokens, roles or X25519.
// PROTOCOL.md §6.1.

import { assert } from '../base/assert.ts'
import { noiseHkdf } from './hkdf.ts'
import { hashBytes, keyBytes, type Primitives } from './primitives.ts'

export class SymmetricState {
  readonly #primitives: Primitives
  readonly #chainKey = new Uint8Array(hashBytes)
  readonly #hash = new Uint8Array(hashBytes)
  readonly #key = new Uint8Array(keyBytes)
  #hasKey = false
  #counter = 0

  constructor(primitives: Primitives) {
    this.#primitives = primitives
  }

  /** The state every handshake of this protocol name starts from (Noise §5.2 InitializeSymmetric). */
  static start(primitives: Primitives, protocolName: string): SymmetricState {
    const state = new SymmetricState(primitives)
    const name = new TextEncoder().encode(protocolName)
    state.#hash.set(name.length <= hashBytes ? name : primitives.sha256(name))
    state.#chainKey.set(state.#hash)
    return state
  }

  /** A copy to try a message on, so that a forged one changes nothing (§6.1-4). */
  copy(): SymmetricState {
    const other = new SymmetricState(this.#primitives)
    other.#chainKey.set(this.#chainKey)
    other.#hash.set(this.#hash)
    other.#key.set(this.#key)
    other.#hasKey = this.#hasKey
    other.#counter = this.#counter
    return other
  }

  get hash(): Uint8Array {
    return this.#hash.slice()
  }

  get hasKey(): boolean {
    return this.#hasKey
  }

  mixHash(bytes: Uint8Array): void {
    this.#hash.set(this.#primitives.sha256(this.#hash, bytes))
  }

  mixKey(input: Uint8Array): void {
    const output = noiseHkdf(this.#primitives, this.#chainKey, input, 2)
    this.#chainKey.set(output.subarray(0, hashBytes))
    this.#setKey(output.subarray(hashBytes))
    output.fill(0)
  }

  mixKeyAndHash(input: Uint8Array): void {
    const output = noiseHkdf(this.#primitives, this.#chainKey, input, 3)
    this.#chainKey.set(output.subarray(0, hashBytes))
    this.mixHash(output.subarray(hashBytes, 2 * hashBytes))
    this.#setKey(output.subarray(2 * hashBytes))
    output.fill(0)
  }

  /**
   * Sealed when there is a key yet, as it is before; either way the transcript takes what goes on the wire.
   */
  encryptAndHash(plain: Uint8Array): Uint8Array {
    const sealed = this.#hasKey
      ? this.#primitives.seal(this.#key, this.#nextNonce(), this.#hash, plain)
      : plain
    this.mixHash(sealed)
    return sealed
  }

  /** undefined when it does not open; the state is then spent, which is why a copy is tried. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plain = this.#hasKey
      ? this.#primitives.open(this.#key, this.#nextNonce(), this.#hash, sealed)
      : sealed
    if (plain) this.mixHash(sealed)
    return plain
  }

  /** The two directions' secrets (Noise §5.2 Split); the pattern says whose is the first. */
  split(): readonly [Uint8Array, Uint8Array] {
    assert(this.#hasKey, 'split before any DH')
    const output = noiseHkdf(this.#primitives, this.#chainKey, new Uint8Array(0), 2)
    const secrets = [output.slice(0, keyBytes), output.slice(keyBytes)] as const
    output.fill(0)
    return secrets
  }

  wipe(): void {
    this.#chainKey.fill(0)
    this.#key.fill(0)
    this.#hasKey = false
  }

  #setKey(key: Uint8Array): void {
    this.#key.set(key)
    this.#hasKey = true
    this.#counter = 0
  }

  // 32 zero bits, then the counter as 64 bits little-endian (Noise §12.3); a handshake never seals 256 times
  // a key.
  #nextNonce(): Uint8Array {
    const nonce = new Uint8Array(12)
    nonce[4] = this.#counter++
    assert(this.#counter < 256, 'handshake nonce')
    return nonce
  }
}
