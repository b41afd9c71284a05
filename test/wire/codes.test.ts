// The table of codes is the table of PROTOCOL.md §17, word for word.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isViolation, type WireCodeName, wireCodeName, wireCodes } from '../../src/wire/codes.ts'

const names = Object.keys(wireCodes) as WireCodeName[]

test('the rows are those of §17', () => {
  const protocol = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
  const table = protocol.slice(protocol.indexOf('## 17.'), protocol.indexOf('[17-1]'))
  const rows = [...table.matchAll(/^\| 0x([0-9a-f]{2}) \| ([A-Z_]+) \| (.*) \|$/gm)]
  expect(rows.map(row => row[2])).toEqual(names)
  for (const [, number, name, sentence] of rows) {
    const { code, sentence: ours } = wireCodes[name as WireCodeName]
    expect(code).toBe(Number.parseInt(number ?? '', 16))
    expect(ours.replaceAll('’', "'")).toBe(sentence?.replaceAll('’', "'"))
  }
})

test('§17-1: a code goes back to its name, and one we do not know is INTERNAL', () => {
  for (const name of names) expect(wireCodeName(wireCodes[name].code)).toBe(name)
  for (const code of [0x0b, 0x1f, 0x2d, 2 ** 53 - 1]) expect(wireCodeName(code)).toBe('INTERNAL')
})

test('a violation is told from a value, even from one that carries a code', () => {
  expect(isViolation({ code: 'FRAME_ERROR', frameType: 0, reason: '' })).toBe(true)
  expect(isViolation({ type: 3, transfer: new Uint8Array(16), code: 5, text: '' })).toBe(false)
})
