// node:crypto's packet ciphers. §6.3-4

import { expect, test } from 'vitest'
import { suiteAes256Gcm, suiteChaChaPoly } from '../../src/crypto/suites.ts'
import { createNodeAead } from '../../src/host/aead_node.ts'
import { aeadSuite } from '../suites/aead.ts'

aeadSuite('node', createNodeAead())

test('a node without ChaCha20 offers AES alone and has no other', () => {
  const poor = createNodeAead(['aes-256-gcm'])
  expect(poor.suites).toEqual([suiteAes256Gcm])
  expect(() => poor.sealer(suiteChaChaPoly, new Uint8Array(32))).toThrow('internal error')
})

test('a key of another length is our bug', () => {
  const { sealer, opener } = createNodeAead()
  for (const length of [31, 33]) {
    expect(() => sealer(suiteAes256Gcm, new Uint8Array(length))).toThrow('internal error')
    expect(() => opener(suiteAes256Gcm, new Uint8Array(length))).toThrow('internal error')
  }
})
