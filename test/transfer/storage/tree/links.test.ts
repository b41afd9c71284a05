// A link stays inside the top it is sent with, or it leads out: by its text alone.

import { expect, test } from 'vitest'
import { leadsOut } from '../../../../src/transfer/storage/tree/links.ts'

const leads = (path: string, text: string): boolean => leadsOut(path.split('/').length - 1, Buffer.from(text))

test.each([
  ['s/l', 'a'],
  ['s/l', './a/../b'],
  ['s/d/l', '..'],
  ['s/d/l', '../x'],
  ['s/d/l', '.././/x'],
  ['s/d/e/l', '../../x'],
  ['s/l', '.'],
  ['s/l', 'a/..'],
  ['s/l', '...'],
  ['s/l', '..a'],
])('%s -> %s stays inside', (path, text) => expect(leads(path, text)).toBe(false))

test.each([
  ['l', 'a'],
  ['l', '.'],
  ['s/l', '/etc'],
  ['s/l', '..'],
  ['s/l', '../s/a'],
  ['s/l', 'a/../..'],
  ['s/d/l', '../..'],
  ['s/d/l', 'x/../../../s/d'],
  ['s/d/l', '//s'],
])('%s -> %s leads out', (path, text) => expect(leads(path, text)).toBe(true))

test('bytes that are no text are names like others', () => {
  expect(leadsOut(1, Uint8Array.of(0xff, 0x2f, 0xfe))).toBe(false)
  expect(leadsOut(1, Uint8Array.of(0xff, 0x2f, 0x2e, 0x2e, 0x2f, 0x2e, 0x2e))).toBe(true)
})
