// The addon's packet ciphers: the suite for all, the other libraries beside them, and whole trains. §6.3-2, §6.3-4

import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat, toHex } from '../../src/base/bytes.ts'
import { writeNonce } from '../../src/crypto/nonce.ts'
import { suiteAegis128L, suiteAes256Gcm, suiteById, suiteChaChaPoly } from '../../src/crypto/suites.ts'
import { native } from '../../src/host/addon.ts'
import { type AeadAddon, aeadAddon, createNativeAead } from '../../src/host/aead_native.ts'
import { createNodeAead } from '../../src/host/aead_node.ts'
import { aeadSuite } from '../suites/aead.ts'
import { aegisSeal, createSoftAegis } from '../support/aegis128l.ts'

const found = aeadAddon(native().addon)
await sodium.ready

aeadSuite('the reference that the addon is held to', createSoftAegis())

describe.skipIf(!found)('the addon', () => {
  if (found === undefined) return
  const addon = found
  const factory = createNativeAead(addon)
  const hasAegis = factory.suites.includes(suiteAegis128L)
  aeadSuite('native', factory)

  test('its order is AEGIS, AES, ChaCha20 where AES instructions are, and ChaCha20 first where not', () => {
    const only = (...has: readonly number[]): AeadAddon => ({
      ...addon,
      hasSuite: suite => has.includes(suite),
    })
    expect(createNativeAead(only(1, 2, 3)).suites).toEqual([suiteAegis128L, suiteAes256Gcm, suiteChaChaPoly])
    expect(createNativeAead(only(1, 2)).suites).toEqual([suiteChaChaPoly, suiteAes256Gcm])
    expect(createNativeAead(only(3)).suites).toEqual([suiteAegis128L])
    expect(() => createNativeAead(only(2)).sealer(suiteAes256Gcm, new Uint8Array(32))).toThrow(
      'internal error',
    )
  })

  test('it names what does the work', () => {
    for (const suite of factory.suites) {
      expect(addon.aeadKernel(suite)).toMatch(suite === suiteAegis128L ? /aes/ : /^openssl$/)
    }
  })

  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const upTo = (maxLength: number) => fc.uint8Array({ maxLength })

  test('it seals the bytes that node seals', () => {
    const node = createNodeAead()
    for (const suite of factory.suites.filter(suite => node.suites.includes(suite)))
      fc.assert(
        fc.property(bytes(32), bytes(12), upTo(64), upTo(9000), (key, nonce, header, plain) => {
          const ours = concat(header, plain, new Uint8Array(16))
          const theirs = ours.slice()
          factory.sealer(suite, key).seal(ours, header.length, plain.length, nonce)
          node.sealer(suite, key).seal(theirs, header.length, plain.length, nonce)
          expect(toHex(ours)).toBe(toHex(theirs))
        }),
      )
  })

  test.skipIf(!hasAegis)('its AEGIS with the long tag is libsodium’s, and opens what libsodium seals', () => {
    fc.assert(
      fc.property(bytes(16), bytes(16), upTo(64), upTo(9000), (key, nonce, header, plain) => {
        const text = plain.slice()
        const tag = new Uint8Array(32)
        addon.aegis128lSeal(key, nonce, header, text, tag)
        const theirs = sodium.crypto_aead_aegis128l_encrypt(plain, header, null, nonce, key)
        expect(toHex(concat(text, tag))).toBe(toHex(theirs))
        expect(addon.aegis128lOpen(key, nonce, header, text, tag)).toBe(true)
        expect(text).toEqual(plain)
        tag[tag.length - 1]! ^= 1
        expect(addon.aegis128lOpen(key, nonce, header, theirs.slice(0, -32), tag)).toBe(false)
      }),
    )
  })

  test.skipIf(!hasAegis)('its AEGIS with either tag is the reference’s', () => {
    fc.assert(
      fc.property(
        bytes(16),
        bytes(16),
        upTo(64),
        upTo(300),
        fc.constantFrom<16 | 32>(16, 32),
        (key, nonce, header, plain, tagBytes) => {
          const text = plain.slice()
          const tag = new Uint8Array(tagBytes)
          addon.aegis128lSeal(key, nonce, header, text, tag)
          const soft = aegisSeal(key, nonce, header, plain, tagBytes)
          expect([toHex(text), toHex(tag)]).toEqual([toHex(soft.text), toHex(soft.tag)])
        },
      ),
    )
  })

  for (const suite of factory.suites) expectTrains(addon, suite)

  test('wrong arguments are our bug, and nothing is touched', () => {
    const cipher = must(addon.createCipher(suiteAes256Gcm, new Uint8Array(32), new Uint8Array(12)), 'AES')
    const memory = new Uint8Array(3000)
    const seal = (...rest: [number, number, number, number, number, number, number]) =>
      addon.sealTrain(cipher, memory, ...rest)
    expect(() => addon.createCipher(4, memory, memory)).toThrow('suite')
    expect(() => addon.createCipher(suiteAes256Gcm, new Uint8Array(16), new Uint8Array(12))).toThrow('key')
    expect(() => addon.createCipher(suiteAes256Gcm, new Uint8Array(32), new Uint8Array(16))).toThrow('iv')
    expect(() => seal(1000, 1000, 1000, 4, 0, 0, 14)).toThrow('long enough')
    expect(() => seal(999, 1000, 1000, 3, 0, 0, 14)).toThrow('packet')
    expect(() => seal(1000, 29, 29, 3, 0, 0, 14)).toThrow('header and tag')
    expect(() => seal(1000, 1000, 1001, 2, 0, 0, 14)).toThrow('header and tag')
    expect(() => seal(30, 30, 30, 65, 0, 0, 14)).toThrow('from 1 to 64')
    expect(() => seal(30, 30, 30, 0, 0, 0, 14)).toThrow('from 1 to 64')
    expect(() => seal(30, 30, 30, 1, -1, 0, 14)).toThrow('whole number')
    expect(() => addon.open({}, memory, 14, 0, 0)).toThrow('handle')
    expect(() => addon.sealPacket(cipher, memory, 14, new Uint8Array(16))).toThrow('nonce')
    expect(memory.every(byte => byte === 0)).toBe(true)
  })
})

/** A train by one call is its packets one by one, with the nonces that PROTOCOL.md gives them. */
function expectTrains(addon: AeadAddon, id: number): void {
  const suite = must(suiteById(id), 'a suite')
  const headerBytes = 14
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const shape = fc.record({
    key: bytes(suite.keyBytes),
    iv: bytes(suite.nonceBytes),
    count: fc.integer({ min: 1, max: 64 }),
    packetBytes: fc.integer({ min: 30, max: 1500 }),
    short: fc.nat({ max: 1470 }),
    gap: fc.nat({ max: 40 }),
    path: fc.nat({ max: 2 ** 32 - 1 }),
    first: fc.nat({ max: Number.MAX_SAFE_INTEGER - 64 }),
    forged: fc.nat(),
  })

  test(`suite ${id}: a train is its packets one by one, and a forged one is told from the rest §6.3-2`, () => {
    fc.assert(
      fc.property(shape, ({ key, iv, count, packetBytes, short, gap, path, first, forged }) => {
        const lastBytes = Math.max(30, packetBytes - short)
        const stride = packetBytes + gap
        const train = Uint8Array.from({ length: stride * count }, (_, i) => i % 251)
        const before = train.slice()
        const cipher = must(addon.createCipher(id, key, iv), 'a cipher')
        addon.sealTrain(cipher, train, stride, packetBytes, lastBytes, count, path, first, headerBytes)
        const sealer = createNativeAead(addon).sealer(id, key)
        const nonce = new Uint8Array(suite.nonceBytes)
        const expected = before.slice()
        for (let i = 0; i < count; i++) {
          const length = i === count - 1 ? lastBytes : packetBytes
          const packet = expected.subarray(i * stride, i * stride + length)
          writeNonce(nonce, iv, path, first + i)
          sealer.seal(packet, headerBytes, length - headerBytes - 16, nonce)
        }
        expect(toHex(train)).toBe(toHex(expected))

        const victim = forged % count
        train[victim * stride + (forged % 30)]! ^= 0x40
        const alone = train.slice(0, count === 1 ? lastBytes : packetBytes)
        const opened = new Uint8Array(64)
        const authentic = addon.openTrain(
          ...([
            cipher,
            train,
            stride,
            packetBytes,
            lastBytes,
            count,
            path,
            first,
            headerBytes,
            opened,
          ] as const),
        )
        expect(authentic).toBe(count - 1)
        expect([...opened.subarray(0, count)]).toEqual(
          Array.from({ length: count }, (_, i) => (i === victim ? 0 : 1)),
        )
        for (let i = 0; i < count; i++) {
          const from = i * stride + headerBytes
          const to = i * stride + (i === count - 1 ? lastBytes : packetBytes) - 16
          const plain = i === victim ? new Uint8Array(to - from) : before.subarray(from, to)
          expect(toHex(train.subarray(from, to))).toBe(toHex(plain))
        }
        expect(addon.open(cipher, alone, headerBytes, path, first)).toBe(victim !== 0)
      }),
    )
  })
}
