// A Noise handshake as a sans-IO machine: messages in, messages out, two secrets at the end. It interprets a
// row of noise_patterns.ts (§6.1-1). Knows no packets, no retransmission, no trust: whether `remoteStatic` is
// who we wanted is the caller's question. PROTOCOL.md §6.1.
//
// After every message it is either our turn to write, our turn to read, or done. A peer's bytes never throw,
// and a message that does not open leaves the state as it was: a forged answer cannot end a handshake
// (§6.1-4).

import { assert, must } from '../base/assert.ts'
import { concat } from '../base/bytes.ts'
import { handshakeMessageBytesMax } from './limits.ts'
import { type Pattern, type PatternName, patterns, type Role, type Token } from './noise_patterns.ts'
import { type KeyPair, keyBytes, type Primitives, tagBytes } from './primitives.ts'
import { SymmetricState } from './symmetric.ts'
import { isUsable } from './usable_key.ts'

export interface HandshakeOptions {
  readonly pattern: PatternName
  readonly role: Role
  /** Both sides must hold the same bytes: what was said in the clear before (§6.1-2). */
  readonly prologue: Uint8Array
  readonly staticKeys: KeyPair
  /** 32 fresh random bytes: the ephemeral private key (§6.1-6). Copied; the caller may wipe its own. */
  readonly ephemeralRandom: Uint8Array
  readonly primitives: Primitives
  /**
   * The responder's static key: for an initiator of IK and IKpsk2, and for nobody else. One that a person
   * typed must have passed usable_key.ts.
   */
  readonly remoteStatic?: Uint8Array
  /** 32 bytes, for the psk patterns and only for them. */
  readonly psk?: Uint8Array
  /** The initiator's ephemeral key: for a responder of XXfallback, and for nobody else. */
  readonly preEphemeral?: Uint8Array
}

/** All but the chance, which is not kept. */
type Settings = Omit<HandshakeOptions, 'ephemeralRandom'>

export interface Secrets {
  readonly send: Uint8Array
  readonly receive: Uint8Array
  /** Names this handshake, the same on both sides; not secret. */
  readonly hash: Uint8Array
}

export function createHandshake(options: HandshakeOptions): Handshake {
  const { ephemeralRandom, ...rest } = options
  assert(ephemeralRandom.length === keyBytes, 'ephemeral of 32 bytes')
  return new Handshake(rest, options.primitives.generateKeyPair(ephemeralRandom))
}

/** One side's half of one handshake. */
export class Handshake {
  readonly role: Role
  readonly patternName: PatternName
  readonly #options: Settings
  readonly #pattern: Pattern
  readonly #ephemeral: KeyPair
  #symmetric: SymmetricState
  #remoteEphemeral: Uint8Array | undefined
  #remoteStatic: Uint8Array | undefined
  #messageIndex = 0
  #isWiped = false

  /** Use createHandshake; only a fallback brings a pair that was used before. */
  constructor(options: Settings, ephemeral: KeyPair) {
    const pattern = patterns[options.pattern]
    const knows = (role: Role, key: 'e' | 's') =>
      pattern.known?.key === key && pattern.known.from === role && options.role !== role
    assert((options.psk !== undefined) === pattern.usesPsk, 'a psk exactly where the pattern has one')
    assert(options.psk === undefined || options.psk.length === keyBytes, 'psk of 32 bytes')
    assert(
      (options.remoteStatic !== undefined) === knows('responder', 's'),
      'remote static as the pattern says',
    )
    assert(
      (options.preEphemeral !== undefined) === knows('initiator', 'e'),
      'pre-ephemeral as the pattern says',
    )

    this.role = options.role
    this.patternName = options.pattern
    this.#options = options
    this.#pattern = pattern
    this.#ephemeral = ephemeral
    this.#remoteStatic = options.remoteStatic && copyOf(options.remoteStatic)
    this.#remoteEphemeral = options.preEphemeral && copyOf(options.preEphemeral)
    this.#symmetric = SymmetricState.start(
      options.primitives,
      `Noise_${options.pattern}_25519_ChaChaPoly_SHA256`,
    )
    this.#symmetric.mixHash(options.prologue)
    if (pattern.known) this.#symmetric.mixHash(this.#knownKey(pattern.known.from, pattern.known.key))
  }

  get isDone(): boolean {
    return this.#messageIndex === this.#pattern.messages.length
  }

  get isOurTurn(): boolean {
    return this.#pattern.messages[this.#messageIndex]?.from === this.role
  }

  /** The peer's static key, from the start (IK initiator) or once a message has brought and proved it. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic
  }

  writeMessage(payload: Uint8Array): Uint8Array {
    assert(this.isOurTurn && !this.#isWiped, 'not our turn in the handshake')
    const symmetric = this.#symmetric
    const parts: Uint8Array[] = []
    for (const token of this.#takeTokens()) {
      if (token === 'e') {
        this.#mixEphemeral(symmetric, this.#ephemeral.publicKey)
        parts.push(this.#ephemeral.publicKey)
      } else if (token === 's') {
        parts.push(symmetric.encryptAndHash(this.#options.staticKeys.publicKey))
      } else {
        const mixed = this.#mixSecret(symmetric, token, this.#remoteEphemeral, this.#remoteStatic)
        assert(mixed, 'keys of low order are refused when they are read')
      }
    }
    parts.push(symmetric.encryptAndHash(payload))
    const message = concat(...parts)
    assert(message.length <= handshakeMessageBytesMax, 'handshake message too long')
    return message
  }

  /** The payload, or undefined when the message does not open; the state is then as it was. */
  readMessage(message: Uint8Array): Uint8Array | undefined {
    assert(!this.isDone && !this.isOurTurn && !this.#isWiped, 'not the peer’s turn in the handshake')
    if (message.length > handshakeMessageBytesMax) return undefined
    const trial = this.#symmetric.copy()
    const read = this.#readInto(trial, message)
    const spent = read ? this.#symmetric : trial
    spent.wipe()
    if (!read) return undefined
    this.#symmetric = trial
    this.#remoteEphemeral = read.remoteEphemeral
    this.#remoteStatic = read.remoteStatic
    this.#messageIndex++
    return read.payload
  }

  #readInto(trial: SymmetricState, message: Uint8Array) {
    const { tokens } = must(this.#pattern.messages[this.#messageIndex], 'a message to read')
    let remoteEphemeral = this.#remoteEphemeral
    let remoteStatic = this.#remoteStatic
    let at = 0
    for (const token of tokens) {
      if (token === 'e') {
        if (message.length - at < keyBytes) return undefined
        remoteEphemeral = copyOf(message.subarray(at, at + keyBytes))
        at += keyBytes
        this.#mixEphemeral(trial, remoteEphemeral)
        // Where no DH follows in this message (XX), the key is tried here, so that writeMessage cannot fail.
        if (
          tokens.length === 1 &&
          !isUsable(this.#options.primitives, this.#options.staticKeys, remoteEphemeral)
        )
          return undefined
      } else if (token === 's') {
        const length = keyBytes + (trial.hasKey ? tagBytes : 0)
        if (message.length - at < length) return undefined
        const opened = trial.decryptAndHash(message.subarray(at, at + length))
        if (!opened) return undefined
        remoteStatic = copyOf(opened)
        at += length
      } else if (!this.#mixSecret(trial, token, remoteEphemeral, remoteStatic)) {
        return undefined
      }
    }
    const payload = trial.decryptAndHash(message.subarray(at))
    return payload && { payload: copyOf(payload), remoteEphemeral, remoteStatic }
  }

  /** After the last message, once. The handshake's own secrets are wiped with it (§6.1-8). */
  split(): Secrets {
    assert(this.isDone && !this.#isWiped, 'split before the end of the handshake, or twice')
    const [forward, backward] = this.#symmetric.split()
    const hash = this.#symmetric.hash
    this.wipe()
    return this.role === this.#pattern.splitsFirst
      ? { send: forward, receive: backward, hash }
      : { send: backward, receive: forward, hash }
  }

  /**
   * The initiator's side of the way out: a second handshake on the ephemeral key our IK message carried. This
   * one stays usable, because anyone who saw our message can forge a fallback, and the true answer may still
   * come.
   */
  fallback(): Handshake {
    assert(this.patternName === 'IK' && this.role === 'initiator', 'only an IK initiator falls back')
    assert(this.#messageIndex === 1 && !this.#isWiped, 'fall back after our message, before the answer')
    const { prologue, staticKeys, primitives } = this.#options
    const { privateKey, publicKey } = this.#ephemeral
    return new Handshake(
      { pattern: 'XXfallback', role: 'initiator', prologue, staticKeys, primitives },
      { privateKey: copyOf(privateKey), publicKey },
    )
  }

  /**
   * Overwrites the ephemeral private key and the chaining key. What JavaScript cannot promise: copies the
   * engine or the primitives made on the way (moved buffers, WebAssembly memory, OpenSSL objects) go when
   * they are collected.
   */
  wipe(): void {
    this.#isWiped = true
    this.#ephemeral.privateKey.fill(0)
    this.#symmetric.wipe()
  }

  #takeTokens(): readonly Token[] {
    return must(this.#pattern.messages[this.#messageIndex++], 'a message to write').tokens
  }

  #knownKey(from: Role, key: 'e' | 's'): Uint8Array {
    if (from === this.role) return (key === 'e' ? this.#ephemeral : this.#options.staticKeys).publicKey
    return must(key === 'e' ? this.#remoteEphemeral : this.#remoteStatic, 'the pre-message key')
  }

  // In psk patterns an ephemeral key also enters the chaining key, so that psk use is never without chance
  // (§9.2).
  #mixEphemeral(symmetric: SymmetricState, publicKey: Uint8Array): void {
    symmetric.mixHash(publicKey)
    if (this.#pattern.usesPsk) symmetric.mixKey(publicKey)
  }

  /** false when the DH is all zero: the peer's key is of low order (§6.1-3). */
  #mixSecret(
    symmetric: SymmetricState,
    token: Exclude<Token, 'e' | 's'>,
    remoteEphemeral: Uint8Array | undefined,
    remoteStatic: Uint8Array | undefined,
  ): boolean {
    if (token === 'psk') {
      symmetric.mixKeyAndHash(must(this.#options.psk, 'a psk'))
      return true
    }
    const [ours, theirs] = this.role === 'initiator' ? [token[0], token[1]] : [token[1], token[0]]
    const mine = ours === 'e' ? this.#ephemeral : this.#options.staticKeys
    const other = must(theirs === 'e' ? remoteEphemeral : remoteStatic, 'a key for the DH')
    const shared = this.#options.primitives.dh(mine.privateKey, other)
    if (!shared) return false
    symmetric.mixKey(shared)
    shared.fill(0)
    return true
  }
}

// Not slice(): a Buffer's slice is a view, and what we keep must not change with the socket's buffer.
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
