// Packet ciphers by the addon: OpenSSL keyed once, and AEGIS-128L of our own. The twin of aead_node.ts for whoever works
// packet by packet; the native plane holds its ciphers itself. native/bind_aead.cc, PROTOCOL.md §6.3.

import { assert, must } from '../base/assert.ts'
import type { AeadFactory } from '../crypto/aead.ts'
import { suiteAegis128L, suiteAes256Gcm, suiteById, suiteChaChaPoly } from '../crypto/suites.ts'

type Handle = object

/** What bind_aead.cc puts on the addon. Works in place; what is forged is zeroed. */
export interface AeadAddon {
  hasSuite(suite: number): boolean
  /** For `pfs doctor`: openssl, vaes-512, vaes-256, aes-ni, armv8-aes or none. */
  aeadKernel(suite: number): string
  /** undefined where hasSuite is false; key and iv are copied. */
  createCipher(suite: number, key: Uint8Array, iv: Uint8Array): Handle | undefined
  /** Up to 64 packets, `stride` bytes apart; all of packetBytes but the last, header and tag included. */
  sealTrain(
    cipher: Handle,
    bytes: Uint8Array,
    stride: number,
    packetBytes: number,
    lastPacketBytes: number,
    count: number,
    path: number,
    firstNumber: number,
    headerBytes: number,
  ): void
  /** How many are authentic; opened[i] is 1 or 0. */
  openTrain(
    cipher: Handle,
    bytes: Uint8Array,
    stride: number,
    packetBytes: number,
    lastPacketBytes: number,
    count: number,
    path: number,
    firstNumber: number,
    headerBytes: number,
    opened: Uint8Array,
  ): number
  open(cipher: Handle, packet: Uint8Array, headerBytes: number, path: number, number: number): boolean
  sealPacket(cipher: Handle, packet: Uint8Array, headerBytes: number, nonce: Uint8Array): void
  openPacket(cipher: Handle, packet: Uint8Array, headerBytes: number, nonce: Uint8Array): boolean
  /** AEGIS-128L by itself, with a tag of 16 or 32 bytes: for tests against another library. */
  aegis128lSeal(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    text: Uint8Array,
    tag: Uint8Array,
  ): void
  aegis128lOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    text: Uint8Array,
    tag: Uint8Array,
  ): boolean
}

/** The part of an addon that seals, if it has one. */
export function aeadAddon(addon: unknown): AeadAddon | undefined {
  const isOne = typeof addon === 'object' && addon !== null && 'createCipher' in addon
  return isOne ? (addon as AeadAddon) : undefined
}

export function createNativeAead(addon: AeadAddon): AeadFactory {
  const usable = bestFirst(addon)
  const make = (id: number, key: Uint8Array): Handle => {
    const suite = suiteById(id)
    assert(suite !== undefined && usable.includes(id), `the addon has no packet cipher ${id}`)
    assert(key.length === suite.keyBytes, 'a packet key of its suite’s length')
    // whoever works packet by packet brings whole nonces: the cipher's own iv is never used
    return must(addon.createCipher(id, key, new Uint8Array(suite.nonceBytes)), 'a cipher the addon has')
  }
  return {
    suites: usable,
    sealer(suite, key) {
      const cipher = make(suite, key)
      return {
        seal(packet, headerBytes, plainBytes, nonce) {
          const { length } = packet
          assert(length === headerBytes + plainBytes + tagBytes, 'a packet with room for its tag and no more')
          addon.sealPacket(cipher, packet, headerBytes, nonce)
        },
      }
    },
    opener(suite, key) {
      const cipher = make(suite, key)
      return {
        open(packet, headerBytes, nonce) {
          if (!addon.openPacket(cipher, packet, headerBytes, nonce)) return undefined
          return packet.subarray(headerBytes, packet.length - tagBytes)
        },
      }
    },
  }
}

/**
 * AEGIS is there exactly where AES instructions are, and where they are not, AES is slow or leaks by its timing.
 * GB/s of 1,200-byte packets on one core of an AMD EPYC 9005: AEGIS 36, AES-GCM 3.0, ChaCha20 1.4.
 */
function bestFirst(addon: AeadAddon): readonly number[] {
  const order = addon.hasSuite(suiteAegis128L)
    ? [suiteAegis128L, suiteAes256Gcm, suiteChaChaPoly]
    : [suiteChaChaPoly, suiteAes256Gcm]
  return order.filter(suite => addon.hasSuite(suite))
}

const tagBytes = 16
