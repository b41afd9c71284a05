// libsodium's packet cipher, and the two libraries against each other. §6.3-4

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { suiteAes256Gcm, suiteChaChaPoly } from '../../src/crypto/suites.ts'
import { createNodeAead } from '../../src/host/aead_node.ts'
import { createSodiumAead } from '../../src/host/aead_sodium.ts'
import { aeadSuite } from '../suites/aead.ts'

const sodium = await createSodiumAead()
const node = createNodeAead()

aeadSuite('sodium', sodium)

test('it has no AES', () => {
  expect(() => sodium.sealer(suiteAes256Gcm, new Uint8Array(32))).toThrow('internal error')
})

test('node and sodium seal the same bytes and open each other’s', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const upTo = (maxLength: number) => fc.uint8Array({ maxLength })
  fc.assert(
    fc.property(bytes(32), bytes(12), upTo(40), upTo(9000), (key, nonce, header, plain) => {
      const ours = concat(header, plain, new Uint8Array(16))
      const theirs = ours.slice()
      node.sealer(suiteChaChaPoly, key).seal(ours, header.length, plain.length, nonce)
      sodium.sealer(suiteChaChaPoly, key).seal(theirs, header.length, plain.length, nonce)
      expect(toHex(ours)).toBe(toHex(theirs))
      const [a, b] = [node, sodium].map(lib =>
        lib.opener(suiteChaChaPoly, key).open(ours.slice(), header.length, nonce),
      )
      expect(a).toEqual(plain)
      expect(b).toEqual(plain)
    }),
  )
})
