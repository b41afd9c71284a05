// Cheap stand-ins for the machine's cryptography and memory, for unit tests of the core: a tag that depends on key,
// nonce, length and the first bytes, handshake primitives that agree when they should, payloads painted by offset.

import { assert } from '../../src/base/assert.ts'
import { concat, readU32, writeU32 } from '../../src/base/bytes.ts'
import type { AeadFactory } from '../../src/crypto/aead.ts'
import type { KeyPair, Primitives } from '../../src/crypto/primitives.ts'
import type { Payloads } from '../../src/proto/plane/plane.ts'

const tagBytes = 16

// FNV-1a over some bytes: no security, but a changed byte shows.
function fold(seed: number, bytes: Uint8Array, start = 0, end = bytes.length, step = 1): number {
  let sum = seed | 0
  for (let i = start; i < end; i += step) sum = Math.imul(sum ^ bytes[i]!, 0x01000193)
  return (sum ^ (sum >>> 15)) >>> 0
}

// The header, the nonce and some of the payload are tagged: enough for tests, cheap enough to measure beside.
function tagOf(key: number, packet: Uint8Array, headerBytes: number, nonce: Uint8Array): number {
  const end = packet.length - tagBytes
  let tag = fold(key, packet, 0, Math.min(end, headerBytes + 8))
  tag = fold(tag, nonce)
  return fold(tag, packet, headerBytes, end, 61)
}

export const fakeAead: AeadFactory = {
  suites: [1, 2],
  sealer(suite, key) {
    const seed = fold(suite, key)
    return {
      seal(packet, headerBytes, plainBytes, nonce) {
        assert(packet.length === headerBytes + plainBytes + tagBytes, 'room for the tag')
        writeU32(packet, packet.length - tagBytes, tagOf(seed, packet, headerBytes, nonce))
      },
    }
  },
  opener(suite, key) {
    const seed = fold(suite, key)
    return {
      open(packet, headerBytes, nonce) {
        const end = packet.length - tagBytes
        if (end < headerBytes || readU32(packet, end) !== tagOf(seed, packet, headerBytes, nonce))
          return undefined
        return packet.subarray(headerBytes, end)
      },
    }
  },
}

function digest(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = concat(...parts)
  const out = new Uint8Array(32)
  for (let i = 0; i < 8; i++) writeU32(out, 4 * i, fold(0x811c9dc5 + i * 7919, whole))
  return out
}

const publicSeed = Uint8Array.of(7)
const publicOf = (privateKey: Uint8Array): Uint8Array => digest(publicSeed, privateKey)

// A commutative "DH" of what both sides hold: the public keys. No secret, but the same on both sides.
export const fakePrimitives: Primitives = {
  generateKeyPair(random): KeyPair {
    return { privateKey: random.slice(), publicKey: publicOf(random) }
  },
  dh(privateKey, publicKey) {
    if (publicKey.every(byte => byte === 0)) return undefined
    const mine = publicOf(privateKey)
    const sum = new Uint8Array(32)
    for (let i = 0; i < 32; i++) sum[i] = mine[i]! ^ publicKey[i]!
    return digest(sum)
  },
  sha256: (...parts) => digest(...parts),
  hmacSha256: (key, ...parts) => digest(key, ...parts, key),
  seal(key, nonce, associated, plain) {
    return concat(plain, digest(key, nonce, associated, plain).subarray(0, tagBytes))
  },
  open(key, nonce, associated, sealed) {
    if (sealed.length < tagBytes) return undefined
    const plain = sealed.slice(0, sealed.length - tagBytes)
    const tag = digest(key, nonce, associated, plain)
    for (let i = 0; i < tagBytes; i++) if (tag[i] !== sealed[plain.length + i]) return undefined
    return plain
  },
}

/** What byte `offset` of any stream is: 251 is prime, so that swapped or shifted pieces show. */
export const paintedByte = (stream: number, offset: number): number => (offset + stream * 13) % 251

const rows = Array.from({ length: 251 }, (_, first) => {
  const row = new Uint8Array(16 * 1024)
  for (let i = 0; i < row.length; i++) row[i] = (first + i) % 251
  return row
})

/** Reads paint; checks what is written against it, and notes which bytes came. */
export class PaintedPayloads implements Payloads {
  written = 0
  wrong = 0

  read(stream: number, offset: number, target: Uint8Array): void {
    target.set(rows[(offset + stream * 13) % 251]!.subarray(0, target.length))
  }

  write(stream: number, offset: number, bytes: Uint8Array): void {
    this.written += bytes.length
    const row = rows[(offset + stream * 13) % 251]!
    for (let i = 0; i < bytes.length; i += 97) if (bytes[i] !== row[i]) this.wrong++
    if (bytes[bytes.length - 1] !== row[bytes.length - 1]) this.wrong++
  }
}
