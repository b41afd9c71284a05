// Packet ciphers by node:crypto, that is by OpenSSL with the machine's AES instructions. The portable
// default. Knows keys and packets, not what they mean. PROTOCOL.md §6.3.
//
// Node can neither give a cipher a new nonce nor a place to write to, so a packet costs one cipher object and
// three small buffers: 3.8 µs to seal and 3.3 µs to open 1,450 bytes (Node 20), of which making the object is
// 1.1.

import { createCipheriv, createDecipheriv, getCiphers } from 'node:crypto'
import { assert, must } from '../base/assert.ts'
import type { AeadFactory, PacketOpener, PacketSealer } from '../crypto/aead.ts'
import { keyBytes, tagBytes } from '../crypto/primitives.ts'
import { suiteAes256Gcm, suiteChaChaPoly } from '../crypto/suites.ts'

// OpenSSL's names. The types of node:crypto have one overload for each and none for both, so one stands for
// all.
type Algorithm = 'aes-256-gcm'
const algorithms: readonly (readonly [suite: number, algorithm: string])[] = [
  [suiteAes256Gcm, 'aes-256-gcm'],
  [suiteChaChaPoly, 'chacha20-poly1305'],
]
const options = { authTagLength: tagBytes }

/** @param available what this node's OpenSSL has; some builds lack ChaCha20 */
export function createNodeAead(available: readonly string[] = getCiphers()): AeadFactory {
  const usable = new Map(algorithms.filter(([, algorithm]) => available.includes(algorithm)))
  const pick = (suite: number) => must(usable.get(suite), `node has no packet cipher ${suite}`) as Algorithm
  return {
    suites: [...usable.keys()],
    sealer: (suite, key) => sealer(pick(suite), copyOfKey(key)),
    opener: (suite, key) => opener(pick(suite), copyOfKey(key)),
  }
}

function sealer(algorithm: Algorithm, key: Uint8Array): PacketSealer {
  return {
    seal(packet, headerBytes, plainBytes, nonce) {
      const end = headerBytes + plainBytes
      assert(packet.length === end + tagBytes, 'a packet with room for its tag and no more')
      const cipher = createCipheriv(algorithm, key, nonce, options)
      cipher.setAAD(packet.subarray(0, headerBytes))
      packet.set(cipher.update(packet.subarray(headerBytes, end)), headerBytes)
      cipher.final()
      packet.set(cipher.getAuthTag(), end)
    },
  }
}

function opener(algorithm: Algorithm, key: Uint8Array): PacketOpener {
  return {
    open(packet, headerBytes, nonce) {
      const end = packet.length - tagBytes
      if (end < headerBytes) return undefined
      const decipher = createDecipheriv(algorithm, key, nonce, options)
      decipher.setAAD(packet.subarray(0, headerBytes))
      decipher.setAuthTag(packet.subarray(end))
      const plain = decipher.update(packet.subarray(headerBytes, end))
      // throws on a wrong tag, and the bytes it judged are not handed out
      try {
        decipher.final()
      } catch {
        return undefined
      }
      // the core must not meet a Buffer: its slice() is a view where Uint8Array's is a copy
      return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
    },
  }
}

function copyOfKey(key: Uint8Array): Uint8Array {
  assert(key.length === keyBytes, 'a packet key of 32 bytes')
  return new Uint8Array(key)
}
