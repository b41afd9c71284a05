// Cookies: for one address, for a minute or two, and of nobody else's making. §5-18

import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { minute, second } from '../../src/base/units.ts'
import { Cookies } from '../../src/crypto/cookie.ts'
import { sipHash128 } from '../../src/crypto/siphash.ts'

const address = Uint8Array.of(1, 2, 3)

function cookies(seed = 1): { cookies: Cookies; drawn: () => number } {
  const prng = new Prng(seed)
  let drawn = 0
  const random = (bytes: number) => {
    drawn++
    return prng.fill(new Uint8Array(bytes))
  }
  return { cookies: new Cookies(random), drawn: () => drawn }
}

test('a cookie is good for its address and for no other, and no bit of it may change', () => {
  const { cookies: ours } = cookies()
  const cookie = ours.make(0, address)
  expect(cookie.length).toBe(16)
  expect(ours.isGood(0, address, cookie)).toBe(true)
  expect(ours.isGood(0, Uint8Array.of(1, 2, 4), cookie)).toBe(false)
  expect(ours.isGood(0, Uint8Array.of(1, 2, 3, 0), cookie)).toBe(false)
  expect(ours.isGood(0, address, cookie.subarray(0, 15))).toBe(false)
  for (let bit = 0; bit < 128; bit++) {
    const changed = cookie.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(ours.isGood(0, address, changed)).toBe(false)
  }
})

test('another responder’s cookie is worth nothing', () => {
  expect(cookies(2).cookies.isGood(0, address, cookies(3).cookies.make(0, address))).toBe(false)
})

for (const [name, made, least, most] of [
  ['at the beginning of a key', 0, 2 * minute - 1, 2 * minute],
  ['at the end of a key', minute - 1, 2 * minute - 1, 2 * minute],
] as const)
  test(`a cookie made ${name} lives as long as the next key does`, () => {
    for (const asksBetween of [true, false]) {
      const { cookies: ours } = cookies()
      ours.make(0, address)
      const cookie = ours.make(made, address)
      if (asksBetween) for (let at = made; at < least; at += second) ours.make(at, address)
      expect(ours.isGood(least, address, cookie)).toBe(true)
      expect(ours.isGood(most, address, cookie)).toBe(false)
    }
  })

test('whoever judges in its place has the key that makes them first, and the one before while that is good', () => {
  const { cookies: ours } = cookies()
  const made = [0, minute, 3 * minute].map(now => {
    const cookie = ours.make(now, address)
    const keys = ours.keys(now)
    expect(sipHash128(keys.subarray(0, 16), address)).toEqual(cookie)
    return keys
  })
  expect(made.map(keys => keys.length)).toEqual([16, 32, 16])
  expect(made[1]?.subarray(16)).toEqual(made[0])
})

test('one key serves a minute, however many ask, and silence does not make it older', () => {
  const { cookies: ours, drawn } = cookies()
  const first = toHex(ours.make(0, address))
  for (let at = 0; at < minute; at += second) expect(toHex(ours.make(at, address))).toBe(first)
  expect(drawn()).toBe(1)
  expect(toHex(ours.make(minute, address))).not.toBe(first)
  expect(drawn()).toBe(2)
  ours.make(10 * minute, address)
  expect(drawn()).toBe(3)
})
