// Names of a tree as people and machines read them: none is lost that is no text.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shownPath } from '../../../src/transfer/storage/tree/snapshot.ts'

const cases: readonly (readonly [string, readonly number[]])[] = [
  ['d/caf\\xe9', [...Buffer.from('d/caf'), 0xe9]],
  ['\\xe9é\\xff', [0xe9, ...Buffer.from('é'), 0xff]],
  ['\\xf0\\x9f\\x98x', [0xf0, 0x9f, 0x98, 0x78]],
  ['\\xed\\xa0\\x80', [0xed, 0xa0, 0x80]],
  ['日本 😀 \ufffd', [...Buffer.from('日本 😀 \ufffd')]],
]
for (const [shown, bytes] of cases) {
  test(`${Buffer.from(bytes).toString('hex')} is shown as ${shown}`, () =>
    expect(shownPath(Uint8Array.from(bytes))).toBe(shown))
}

test('text is shown as it is', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(fc.property(text, name => shownPath(Buffer.from(name)) === name))
})

test('two names are two', () => {
  const name = fc.uint8Array({ maxLength: 6 }).filter(bytes => !bytes.includes(0x5c))
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(shownPath(a) === shownPath(b)).toBe(Buffer.from(a).equals(Buffer.from(b)))
    }),
  )
})
