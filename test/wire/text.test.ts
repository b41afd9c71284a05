// Text for people: cut to its limit on the way out, made harmless on the way in.

import { expect, test } from 'vitest'
import { printable, reasonOf, refusalText, safeJson, shownText } from '../../src/wire/text.ts'

test('§7.10-1: a reason is cut to 256 bytes, between two characters', () => {
  expect(reasonOf('x'.repeat(256)).length).toBe(256)
  expect(reasonOf('x'.repeat(257)).length).toBe(256)
  expect(reasonOf(`x${'é'.repeat(200)}`).length).toBe(255)
  expect(shownText(reasonOf('grüße'))).toBe('grüße')
})

test('the text of a REFUSE is cut in the same way', () => {
  expect(refusalText('x'.repeat(300))).toBe('x'.repeat(256))
  expect(refusalText(`x${'é'.repeat(200)}`)).toBe(`x${'é'.repeat(127)}`)
})

test('§15.1-6: a text from the peer cannot steer a terminal', () => {
  const steering = '\u001b[2J\n\u202e\u009b'
  expect(shownText(reasonOf(steering))).toBe('\\u{1b}[2J\\u{a}\\u{202e}\\u{9b}')
  expect(shownText(Uint8Array.of(0x61, 0xff))).toBe('a\ufffd')
})

test('text for people shows controls, line breaks and direction marks instead of obeying them', () => {
  expect(printable('plain text, ünïcode, 漢字')).toBe('plain text, ünïcode, 漢字')
  expect(printable('a\u0000b\u202ec\u2028d')).toBe('a\\u{0}b\\u{202e}c\\u{2028}d')
})

test('a JSON document cannot steer a terminal either, and says the same', () => {
  const value = { name: 'a\u009b31m\u007f\u202eb\u2028\u{e0001}', plain: 'ü日本' }
  const text = safeJson(value)
  expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u)
  expect(text).toContain('ü日本')
  expect(JSON.parse(text)).toEqual(value)
})
