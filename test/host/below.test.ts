// The rules of a path below a directory, those of Windows too, which no twin here would meet.

import { describe, expect, test } from 'vitest'
import { isBelow } from '../../src/host/below.ts'
import { isWindowsName } from '../../src/host/windows_names.ts'
import { bytes, raw } from '../support/confined_world.ts'

describe('a name on Windows', () => {
  for (const good of [
    'a',
    'a.b',
    '.a',
    'a b',
    'con1',
    'console',
    'com',
    'xcon',
    'lpt',
    'ü…',
    'COM10',
    'a.con',
  ])
    test(`may be ${good}`, () => expect(isWindowsName(bytes(good))).toBe(true))
  const bad = [
    ...['a\\b', 'a/b', 'C:', 'C:x', 'file:stream', 'a*', 'a?', '<', '>', '"', '|', 'a\nb', '\x1f', '\0'],
    ...['a.', 'a ', '...', ' ', '. .'],
    ...[
      'con',
      'CON',
      'Aux',
      'nul',
      'prn',
      'com1',
      'LPT9',
      'com¹',
      'con.txt',
      'nul .txt',
      'CONIN$',
      'conout$',
    ],
  ]
  for (const name of bad)
    test(`may not be ${JSON.stringify(name)}`, () => expect(isWindowsName(bytes(name))).toBe(false))
  test('may not be what is no UTF-8', () => expect(isWindowsName(raw('a\xff'))).toBe(false))
})

describe('a path below', () => {
  test('is judged by the rules of Windows there alone', () => {
    for (const path of ['a\\b', 'deep/..\\..\\x', 'C:/x', 'deep/nul', 'a/b.', 'x/con.txt/y']) {
      expect([path, isBelow(bytes(path), false)]).toEqual([path, true])
      expect([path, isBelow(bytes(path), true)]).toEqual([path, false])
    }
    for (const isWindows of [false, true]) {
      expect(isBelow(bytes('deep/a.b/c'), isWindows)).toBe(true)
      for (const path of ['', '..', 'a/../b', '/a', 'a/', 'a//b'])
        expect(isBelow(bytes(path), isWindows)).toBe(false)
    }
  })
})
