// What `pfs send` reads out of its words: paths and hosts, tickets, rates, lists of paths, lengths of time.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readPathList } from '../../src/cli/path_list.ts'
import { parseRates } from '../../src/cli/rate_spec.ts'
import { splitWords } from '../../src/cli/send_words.ts'
import { parseDuration } from '../../src/cli/sizes.ts'
import { formatPeerId } from '../../src/crypto/identity.ts'
import { formatTicket, parseTicket } from '../../src/transfer/ticket.ts'

const usage = expect.objectContaining({ code: 'PFS_USAGE' })
const publicKey = Uint8Array.from({ length: 32 }, (_, i) => i)
const secret = new Uint8Array(16).fill(0x5a)
const ticket = formatTicket({ host: '10.0.0.9', port: 9500, publicKey, secret })

describe('the words of pfs send', () => {
  const here = (path: string): boolean => ['a', 'b', 'laptop'].includes(path)
  const split = (...words: string[]): readonly [readonly string[], string[]] => {
    const { paths, receivers } = splitWords(words, here)
    return [paths, receivers.map(({ label }) => label)]
  }
  test('the last is a host, whatever lies here', () => {
    expect(split('a', 'laptop')).toEqual([['a'], ['laptop']])
    expect(split('a', 'b', 'laptop:9500')).toEqual([['a', 'b'], ['laptop:9500']])
  })
  test('what is right before it and names nothing here is one more', () => {
    expect(split('a', 'x', 'y:9500', '[fd00::2]:9501')).toEqual([['a'], ['x', 'y:9500', '[fd00::2]:9501']])
    expect(split('a', 'x', 'b', 'y')).toEqual([['a', 'x', 'b'], ['y']])
    expect(split('a', 'some/where', 'y')).toEqual([['a', 'some/where'], ['y']])
    expect(split('-', 'y')).toEqual([['-'], ['y']])
    expect(split('a', '-', 'y')).toEqual([['a', '-'], ['y']])
  })
  test('the first is a path, there or not', () => {
    expect(split('mistyped', 'laptop')).toEqual([['mistyped'], ['laptop']])
  })
  test('a ticket is a host wherever it stands behind the first', () => {
    expect(split('a', ticket, 'y')).toEqual([['a'], ['10.0.0.9:9500', 'y']])
    expect(splitWords(['a', ticket], here).receivers[0]?.ticket).toEqual(parseTicket(ticket))
  })
  const slips: readonly (readonly [string, readonly string[]])[] = [
    ['half a ticket', ['a', ticket.slice(0, -1)]],
    ['a ticket with more behind it', ['a', `${ticket}0`]],
    ['a host that is none', ['a', 'b/c']],
    ['one host twice', ['a', 'x', 'x:9419']],
    ['too many hosts', ['a', ...Array.from({ length: 17 }, (_, i) => `h${i}`)]],
  ]
  for (const [what, words] of slips)
    test(`${what} is a slip`, () => expect(() => splitWords(words, here)).toThrow(usage))
})

describe('a ticket', () => {
  test('is read as it was written, for any place', () => {
    for (const host of ['laptop', '10.0.0.2', 'fd00::2'])
      expect(parseTicket(formatTicket({ host, port: 1, publicKey, secret }))).toEqual({
        host,
        port: 1,
        publicKey,
        secret,
      })
    expect(ticket).toContain(formatPeerId(publicKey))
  })
  const spoilt: readonly (readonly [string, string])[] = [
    ['another scheme', ticket.replace('pfs', 'http')],
    ['no port', ticket.replace(':9500', '')],
    ['port 0', ticket.replace('9500', '0')],
    ['port 65536', ticket.replace('9500', '65536')],
    ['a letter of the key changed', ticket.replace(/\/./, found => (found === '/a' ? '/b' : '/a'))],
    ['a short secret', ticket.slice(0, -2)],
    ['nothing', ''],
  ]
  for (const [what, text] of spoilt) test(`${what} is none`, () => expect(parseTicket(text)).toBeUndefined())
})

describe('--bwlimit', () => {
  test('is one rate, or one by the time of day', () => {
    expect(parseRates('10M')).toEqual([{ fromMinute: 0, bytesPerSecond: 10 * 2 ** 20 }])
    expect(parseRates('1.5MB/s')).toEqual([{ fromMinute: 0, bytesPerSecond: 1.5e6 }])
    expect(parseRates('512k')).toEqual([{ fromMinute: 0, bytesPerSecond: 512 * 1024 }])
    expect(parseRates('18:00,off 08:00,1M')).toEqual([
      { fromMinute: 480, bytesPerSecond: 2 ** 20 },
      { fromMinute: 1080, bytesPerSecond: undefined },
    ])
  })
  test('off is none', () => {
    expect(parseRates('off')).toBeUndefined()
    expect(parseRates('08:00,off')).toBeUndefined()
  })
  for (const text of [
    '',
    'fast',
    '-1',
    '0',
    '100',
    '24:00,1M',
    '8:60,1M',
    '08:00',
    '08:00,1M 8:00,2M',
    '1M 2M',
  ])
    test(`${JSON.stringify(text)} is a slip`, () => expect(() => parseRates(text)).toThrow(usage))
})

describe('a list of paths', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pfs-list-'))
  const read = async (content: string | Uint8Array, hasZeros = false): Promise<string[]> => {
    const path = join(directory, 'list')
    writeFileSync(path, content)
    return (await readPathList(path, hasZeros)).map(found => Buffer.from(found).toString('latin1'))
  }
  test('has a path to a line, and no empty ones or remarks', async () => {
    expect(await read('a\r\n\n# remark\n./b/c/\nd//e')).toEqual(['a', 'b/c', 'd/e'])
  })
  test('with zero bytes, every other byte is of a path', async () => {
    expect(await read('a\nb\0#c\0', true)).toEqual(['a\nb', '#c'])
    expect(await read(Uint8Array.of(0xff, 0, 0x61), true)).toEqual(['\xff', 'a'])
  })
  for (const path of ['/etc/passwd', '../x', 'a/../../x'])
    test(`${path} is a slip`, () => expect(read(path)).rejects.toThrow(usage))
  test('that cannot be read is told so', async () => {
    await expect(readPathList(join(directory, 'none'), false)).rejects.toMatchObject({
      code: 'PFS_NOT_FOUND',
    })
    rmSync(directory, { recursive: true })
  })
})

describe('a length of time', () => {
  test('has a unit', () => {
    expect([parseDuration('90s'), parseDuration('1.5h'), parseDuration('2 d')]).toEqual([
      90e3, 5.4e6, 172.8e6,
    ])
  })
  for (const text of ['', '5', '0s', '-1h', '1y', 'soon'])
    test(`${JSON.stringify(text)} is none`, () => expect(() => parseDuration(text)).toThrow(usage))
})
