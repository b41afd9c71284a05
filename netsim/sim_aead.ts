// A packet cipher for the simulator: the payload stays in clear, the tag depends on key, nonce, header and every byte
// of payload. Cheap, but honest where it matters: damage never opens, and sealing one nonce twice under one key ends
// the run (PROTOCOL.md §6.3-3). One factory serves a whole run, so that it sees every key of both sides.

import { assert } from '../src/base/assert.ts'
import { toHex } from '../src/base/bytes.ts'
import type { AeadFactory, PacketOpener, PacketSealer } from '../src/crypto/aead.ts'
import { tagBytes } from '../src/crypto/primitives.ts'
import { suiteAes256Gcm, suiteChaChaPoly } from '../src/crypto/suites.ts'
import { fold, lanes, mix } from './mix.ts'

export interface SimAead extends AeadFactory {
  /** Seals done so far. */
  readonly sealed: number
}

export function createSimAead(): SimAead {
  // key -> the nonces sealed under it
  const used = new Map<string, NonceSet>()
  const counts = { sealed: 0 }
  return {
    suites: [suiteAes256Gcm, suiteChaChaPoly],
    get sealed() {
      return counts.sealed
    },
    sealer(suite, key) {
      const name = `${suite} ${toHex(key)}`
      const nonces = used.get(name) ?? new NonceSet()
      used.set(name, nonces)
      return new SimSealer(fold(suite, key), nonces, counts)
    },
    opener: (suite, key) => new SimOpener(fold(suite, key)),
  }
}

/** Nonces noted together, one bit each. */
const blockNonces = 4096

// A packet number XORed with a fixed IV: neighbours share all but their low bits, so that nearly every nonce falls
// into the block that was used last.
class NonceSet {
  readonly #blocks = new Map<string, Uint32Array>()
  #middle = -1
  #high = -1
  #path = -1
  #block: Uint32Array = new Uint32Array(0)

  /** false when it was there. */
  add(nonce: Uint8Array): boolean {
    const path = word(nonce, 0)
    const high = word(nonce, 4)
    const low = word(nonce, 8)
    const middle = Math.floor(low / blockNonces)
    if (middle !== this.#middle || high !== this.#high || path !== this.#path) this.#enter(path, high, middle)
    const slot = (low % blockNonces) >> 5
    const bit = 1 << (low & 31)
    if ((this.#block[slot]! & bit) !== 0) return false
    this.#block[slot]! |= bit
    return true
  }

  #enter(path: number, high: number, middle: number): void {
    const name = `${path} ${high} ${middle}`
    const block = this.#blocks.get(name) ?? new Uint32Array(blockNonces / 32)
    this.#blocks.set(name, block)
    this.#block = block
    this.#path = path
    this.#high = high
    this.#middle = middle
  }
}

class SimSealer implements PacketSealer {
  readonly #key: Uint32Array
  readonly #nonces: NonceSet
  readonly #counts: { sealed: number }

  constructor(key: Uint32Array, nonces: NonceSet, counts: { sealed: number }) {
    this.#key = key
    this.#nonces = nonces
    this.#counts = counts
  }

  seal(packet: Uint8Array, headerBytes: number, plainBytes: number, nonce: Uint8Array): void {
    assert(packet.length === headerBytes + plainBytes + tagBytes, 'a packet is header, plaintext and tag')
    assert(this.#nonces.add(nonce), `nonce ${toHex(nonce)} sealed twice under one key`)
    this.#counts.sealed++
    writeTag(this.#key, packet, headerBytes, nonce)
    const at = headerBytes + plainBytes
    for (let i = 0; i < tagBytes; i++) packet[at + i] = lanes[i >> 2]! >>> (8 * (i & 3))
  }
}

class SimOpener implements PacketOpener {
  readonly #key: Uint32Array

  constructor(key: Uint32Array) {
    this.#key = key
  }

  open(packet: Uint8Array, headerBytes: number, nonce: Uint8Array): Uint8Array | undefined {
    const at = packet.length - tagBytes
    if (at < headerBytes) return undefined
    writeTag(this.#key, packet, headerBytes, nonce)
    let difference = 0
    for (let i = 0; i < tagBytes; i++)
      difference |= packet[at + i]! ^ ((lanes[i >> 2]! >>> (8 * (i & 3))) & 0xff)
    return difference === 0 ? packet.subarray(headerBytes, at) : undefined
  }
}

const start = new Uint32Array(4)

// Leaves the tag in `lanes`. Where the header ends is mixed in too, as a real cipher would.
function writeTag(key: Uint32Array, packet: Uint8Array, headerBytes: number, nonce: Uint8Array): void {
  start[0] = key[0]! ^ word(nonce, 0)
  start[1] = key[1]! ^ word(nonce, 4)
  start[2] = key[2]! ^ word(nonce, 8)
  start[3] = key[3]! ^ headerBytes
  mix(start, packet, packet.length - tagBytes)
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
