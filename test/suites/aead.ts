// What every packet cipher must do, whichever library is behind it. An implementation's test calls this with
// its factory; vectors are the published ones and our own packets. PROTOCOL.md §6.3.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import type { AeadFactory } from '../../src/crypto/aead.ts'
import { suiteById } from '../../src/crypto/suites.ts'
import keys from '../vectors/keys.json' with { type: 'json' }
import published from '../vectors/primitives.json' with { type: 'json' }

interface AeadVector {
  readonly name: string
  readonly suite: number
  readonly key: string
  readonly nonce: string
  readonly header: string
  readonly plain?: string
  readonly sealed: string
  readonly expect: string
}

const vectors: readonly AeadVector[] = [...published.aead, ...keys.packets]
const hex = (text: string) => must(fromHex(text), 'hex in a vector')
const tagBytes = 16

export function aeadSuite(name: string, factory: AeadFactory): void {
  describe(name, () => {
    const able = vectors.filter(vector => factory.suites.includes(vector.suite))
    test('each suite it offers has vectors that open and vectors that must not', () => {
      for (const suite of factory.suites)
        for (const expectation of ['ok', 'forged'])
          expect(able.some(v => v.suite === suite && v.expect === expectation)).toBe(true)
    })
    for (const vector of able) expectVector(factory, vector)
    for (const suite of factory.suites) expectProperties(factory, suite)
  })
}

function expectVector(factory: AeadFactory, vector: AeadVector): void {
  const key = hex(vector.key)
  const nonce = hex(vector.nonce)
  const header = hex(vector.header)
  const packet = concat(header, hex(vector.sealed))

  test(`${vector.name}: §6.3-4`, () => {
    const opened = factory.opener(vector.suite, key).open(packet.slice(), header.length, nonce)
    if (vector.expect === 'forged') {
      expect(opened).toBeUndefined()
      return
    }
    expect(toHex(must(opened, 'opens'))).toBe(vector.plain)
    const plain = hex(vector.plain ?? '')
    const room = concat(header, plain, new Uint8Array(tagBytes))
    factory.sealer(vector.suite, key).seal(room, header.length, plain.length, nonce)
    expect(toHex(room)).toBe(toHex(packet))
  })
}

function expectProperties(factory: AeadFactory, suite: number): void {
  const { keyBytes, nonceBytes } = must(suiteById(suite), 'a suite')
  const packetShape = {
    key: fc.uint8Array({ minLength: keyBytes, maxLength: keyBytes }),
    nonce: fc.uint8Array({ minLength: nonceBytes, maxLength: nonceBytes }),
    header: fc.uint8Array({ maxLength: 40 }),
    plain: fc.uint8Array({ maxLength: 1500 }),
  }

  test(`suite ${suite}: what is sealed opens, in place and with its header untouched`, () => {
    fc.assert(
      fc.property(fc.record(packetShape), ({ key, nonce, header, plain }) => {
        const packet = concat(header, plain, new Uint8Array(tagBytes))
        factory.sealer(suite, key).seal(packet, header.length, plain.length, nonce)
        expect(packet.subarray(0, header.length)).toEqual(header)
        const opened = factory.opener(suite, key).open(packet, header.length, nonce)
        expect(toHex(must(opened, 'opens'))).toBe(toHex(plain))
      }),
    )
  })

  test(`suite ${suite}: one flipped bit anywhere, or one byte less, and it does not open §6.3-4`, () => {
    fc.assert(
      fc.property(fc.record(packetShape), fc.nat(), ({ key, nonce, header, plain }, where) => {
        const packet = concat(header, plain, new Uint8Array(tagBytes))
        factory.sealer(suite, key).seal(packet, header.length, plain.length, nonce)
        const opener = factory.opener(suite, key)
        const bit = where % (8 * packet.length)
        const flipped = packet.slice()
        flipped[bit >> 3] = must(flipped[bit >> 3], 'a byte') ^ (1 << (bit & 7))
        expect(opener.open(flipped, header.length, nonce)).toBeUndefined()
        expect(opener.open(packet.slice(0, -1), header.length, nonce)).toBeUndefined()
      }),
    )
  })

  test(`suite ${suite}: a packet too short for a tag does not open, an empty payload does`, () => {
    const key = new Uint8Array(keyBytes)
    const nonce = new Uint8Array(nonceBytes)
    const packet = new Uint8Array(5 + tagBytes)
    factory.sealer(suite, key).seal(packet, 5, 0, nonce)
    const opener = factory.opener(suite, key)
    for (let length = 0; length < packet.length; length++)
      expect(opener.open(packet.slice(0, length), 5, nonce)).toBeUndefined()
    expect(opener.open(packet, 5, nonce)).toHaveLength(0)
  })

  test(`suite ${suite}: keys are copied, so that the caller can wipe its own`, () => {
    const key = new Uint8Array(keyBytes).fill(7)
    const sealer = factory.sealer(suite, key)
    const opener = factory.opener(suite, key)
    key.fill(0)
    const packet = new Uint8Array(3 + 4 + tagBytes)
    sealer.seal(packet, 3, 4, new Uint8Array(nonceBytes))
    expect(opener.open(packet.slice(), 3, new Uint8Array(nonceBytes))).toHaveLength(4)
    expect(factory.opener(suite, key).open(packet, 3, new Uint8Array(nonceBytes))).toBeUndefined()
  })

  test(`suite ${suite}: a plaintext's slice is a copy, as the core expects`, () => {
    const packet = new Uint8Array(8 + tagBytes)
    factory.sealer(suite, new Uint8Array(keyBytes)).seal(packet, 4, 4, new Uint8Array(nonceBytes))
    const plain = must(
      factory.opener(suite, new Uint8Array(keyBytes)).open(packet, 4, new Uint8Array(nonceBytes)),
      'opens',
    )
    plain.slice().fill(9)
    expect([...plain]).toEqual([0, 0, 0, 0])
  })

  test(`suite ${suite}: a packet without exactly the room for its tag is our bug`, () => {
    const sealer = factory.sealer(suite, new Uint8Array(keyBytes))
    for (const room of [tagBytes - 1, tagBytes + 1])
      expect(() => sealer.seal(new Uint8Array(8 + room), 4, 4, new Uint8Array(nonceBytes))).toThrow(
        'internal error',
      )
  })
}
