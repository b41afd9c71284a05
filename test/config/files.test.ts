// The text of a configuration file: what is read, what is none, and every way in which it cannot be read.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { candidates, configBytesMax, readCandidate, textOf } from '../../src/config/files.ts'
import { makePipe } from '../support/confined_world.ts'
import { scratch } from '../support/pfs.ts'

let here = scratch()
beforeEach(() => {
  here = scratch()
})
afterEach(() => here.remove())

const fault = (what: RegExp) =>
  expect.objectContaining({ code: 'PFS_CONFIG', exitStatus: 2, message: expect.stringMatching(what) })

describe('a file', () => {
  test('is read as it is, without a byte order mark', () => {
    writeFileSync(here.at('f'), '\ufeffversion: 1')
    expect(textOf(here.at('f'))).toBe('version: 1')
  })
  test('may be as long as the limit and no longer', () => {
    writeFileSync(here.at('f'), '#'.repeat(configBytesMax))
    expect(textOf(here.at('f'))).toHaveLength(configBytesMax)
    writeFileSync(here.at('f'), '#'.repeat(configBytesMax + 1))
    expect(() => textOf(here.at('f'))).toThrow(fault(/has more than 64 KiB/))
  })
  test('that is not there, or below a file, is none', () => {
    writeFileSync(here.at('f'), '')
    expect([textOf(here.at('none')), textOf(here.at('f/none'))]).toEqual([undefined, undefined])
  })
  test('that is a directory is a fault', () => {
    mkdirSync(here.at('f'))
    expect(() => textOf(here.at('f'))).toThrow(fault(/is not a file/))
  })
  test('that is a pipe nobody writes to is a fault, and no hang', () => {
    expect(makePipe(here.at('f'))).toBe(true)
    expect(() => textOf(here.at('f'))).toThrow(fault(/is not a file/))
  })
  test('that cannot be reached is a fault with its cause', () => {
    symlinkSync('f', here.at('f'))
    expect(() => textOf(here.at('f'))).toThrow(fault(/could not be read: ELOOP/))
  })
  test('that is not UTF-8 is a fault', () => {
    writeFileSync(here.at('f'), Uint8Array.of(0x61, 0xff))
    expect(() => textOf(here.at('f'))).toThrow(fault(/is not text in UTF-8/))
  })
})

describe('the files that are read', () => {
  const choice = { file: undefined, project: 'no' as const, here: 'h', folder: 'u', system: 's' }
  const paths = (more: Partial<Parameters<typeof candidates>[0]>) =>
    candidates({ ...choice, ...more }).map(({ layer, path }) => `${layer} ${path}`)
  test('are the user’s own and the system’s; a project’s only if it is asked for or welcome', () => {
    expect(paths({})).toEqual(['user u/config.yaml', 'system s/config.yaml'])
    const all = ['project h/pfs.yaml', 'user u/config.yaml', 'system s/config.yaml']
    expect(paths({ project: 'asked' })).toEqual(all)
    expect(paths({ project: 'welcome' })).toEqual(all)
  })
  test('have the named one in place of the user’s own', () => {
    expect(paths({ file: 'x' })).toEqual(['user x', 'system s/config.yaml'])
  })
  const own = () => ({
    layer: 'user' as const,
    path: here.at('config.yaml'),
    other: here.at('config.json'),
    isNamed: false,
  })
  test('may be YAML or JSON', () => {
    expect(readCandidate(own())).toBeUndefined()
    writeFileSync(own().other, '{}')
    expect(readCandidate(own())).toEqual({ path: own().other, text: '{}' })
  })
  test('and not both', () => {
    writeFileSync(own().path, '')
    writeFileSync(own().other, '')
    expect(() => readCandidate(own())).toThrow(fault(/are both there/))
  })
  test('must be there when they were named', () => {
    expect(() => readCandidate({ ...own(), isNamed: true })).toThrow(fault(/there is no/))
  })
})
