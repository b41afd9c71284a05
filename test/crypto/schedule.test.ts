// Keys from secrets, by golden vectors (checked once against another HMAC). §6.2-1, §6.2-2

import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { nextSecret, packetKeys } from '../../src/crypto/schedule.ts'
import { chooseSuite, suiteAes256Gcm, suiteById, suiteChaChaPoly, suites } from '../../src/crypto/suites.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import vectors from '../vectors/keys.json' with { type: 'json' }
import { make } from '../vectors/make_keys.ts'

const primitives = await createPrimitives()

test('keys.json is what its maker makes', async () => {
  expect(JSON.parse(JSON.stringify(await make()))).toEqual(vectors)
})

for (const vector of vectors.schedule)
  test(`${vector.name}: two phases of keys from one secret`, () => {
    const suite = must(suiteById(vector.suite), 'a suite')
    const secret = must(fromHex(vector.secret), 'hex')
    const keys = packetKeys(primitives, suite, secret)
    expect([toHex(keys.key), toHex(keys.iv)]).toEqual([vector.key, vector.iv])
    const next = nextSecret(primitives, secret)
    expect(toHex(next)).toBe(vector.nextSecret)
    const nextKeys = packetKeys(primitives, suite, next)
    expect([toHex(nextKeys.key), toHex(nextKeys.iv)]).toEqual([vector.nextKey, vector.nextIv])
    expect(toHex(secret)).toBe(vector.secret)
  })

test('a suite number we do not know is no suite', () => {
  for (const suite of suites) expect(suiteById(suite.id)).toBe(suite)
  for (const id of [0x00, 0x04, 0xff]) expect(suiteById(id)).toBeUndefined()
})

test('the responder’s order decides among what was offered (§6.3-1)', () => {
  const both = [suiteAes256Gcm, suiteChaChaPoly]
  expect(chooseSuite([suiteChaChaPoly, suiteAes256Gcm], both)).toBe(suiteChaChaPoly)
  expect(chooseSuite(both, [0xff, suiteChaChaPoly])).toBe(suiteChaChaPoly)
  expect(chooseSuite(both, [0xff])).toBeUndefined()
  expect(chooseSuite(both, [])).toBeUndefined()
})
