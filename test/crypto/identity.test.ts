// A peer's name. §6.6-1

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { fingerprint, formatPeerId, parsePeerId, peerIdLength } from '../../src/crypto/identity.ts'
import vectors from '../vectors/keys.json' with { type: 'json' }

for (const vector of vectors.peers)
  test(`${vector.name}: ${vector.why}`, () => {
    const parsed = parsePeerId(vector.id)
    if (vector.expect === 'malformed') {
      expect(parsed).toBeUndefined()
      return
    }
    expect(toHex(must(parsed, 'a peer id'))).toBe(vector.publicKey)
    const publicKey = must(fromHex(vector.publicKey ?? ''), 'hex')
    expect(formatPeerId(publicKey)).toBe(vector.id)
    expect(fingerprint(publicKey)).toBe(vector.fingerprint)
  })

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('every key has one spelling of 52 letters, and reads back from it in any case', () => {
  fc.assert(
    fc.property(key, publicKey => {
      const id = formatPeerId(publicKey)
      expect(id).toMatch(/^[a-z2-7]{52}$/)
      expect(id).toHaveLength(peerIdLength)
      expect(parsePeerId(id)).toEqual(publicKey)
      expect(parsePeerId(id.toUpperCase())).toEqual(publicKey)
    }),
  )
})

test('any text that parses is some key’s spelling', () => {
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567')
  fc.assert(
    fc.property(fc.array(letter, { minLength: 52, maxLength: 52 }), letters => {
      const text = letters.join('')
      const parsed = parsePeerId(text)
      expect(parsed !== undefined).toBe(/[aq]$/.test(text))
      if (parsed) expect(formatPeerId(parsed)).toBe(text)
    }),
  )
})

test('letters whose small form is another letter are refused', () => {
  // the Kelvin sign lower-cases to k
  expect(parsePeerId(`${'\u212a'.repeat(51)}a`)).toBeUndefined()
})
