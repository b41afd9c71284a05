// One document: what it sets and where, and for each way to be wrong the place, the sentence and what was meant.

import { describe, expect, test } from 'vitest'
import { second } from '../../src/base/units.ts'
import { type Reading, readDocument } from '../../src/config/document.ts'
import type { Mistake } from '../../src/config/mistakes.ts'

function good(text: string): Extract<Reading, { kind: 'good' }> {
  const reading = readDocument(text)
  if (reading.kind === 'bad') throw new Error(JSON.stringify(reading.mistakes))
  return reading
}

function mistakes(text: string): readonly Mistake[] {
  const reading = readDocument(text)
  return reading.kind === 'bad' ? reading.mistakes : []
}

const whole = `version: 1
transfer:
  bwlimit: 10M
  stall_timeout: 2m
  connect_timeout: 2.5
  on_conflict: rename
  preserve: [mode, owner]
  links: skip
  learn: false
  suite: aes-256-gcm
  max_transfer: 200GiB
receive:
  out: /srv/in
  port: 9500
  allow: [abcd-efgh]
  keep: true
pool: {dir: /srv/pool}
log: {level: debug, format: json, file: /var/log/pfs.log}
output: {progress: lines, color: never}
`

describe('a good document', () => {
  test('sets what it says, and each value knows its place', () => {
    const { settings, profiles } = good(whole)
    expect(Object.fromEntries([...settings].map(([key, { value }]) => [key, value]))).toEqual({
      'transfer.bwlimit': '10M',
      'transfer.stall_timeout': 120 * second,
      'transfer.connect_timeout': 2.5 * second,
      'transfer.on_conflict': 'rename',
      'transfer.preserve': ['mode', 'owner'],
      'transfer.links': 'skip',
      'transfer.learn': false,
      'transfer.suite': 'aes-256-gcm',
      'transfer.max_transfer': 200 * 2 ** 30,
      'receive.out': '/srv/in',
      'receive.port': 9500,
      'receive.allow': ['abcd-efgh'],
      'receive.keep': true,
      'pool.dir': '/srv/pool',
      'log.level': 'debug',
      'log.format': 'json',
      'log.file': '/var/log/pfs.log',
      'output.progress': 'lines',
      'output.color': 'never',
    })
    expect(settings.get('transfer.bwlimit')).toMatchObject({ line: 3, column: 12 })
    expect(settings.get('output.color')).toMatchObject({ line: 19, column: 34 })
    expect(profiles.size).toBe(0)
  })
  test('may be JSON, indented by tabs, with a line for editors', () => {
    const { settings } = good('{\n\t"$schema": "x",\n\t"version": 1,\n\t"receive": {"port": 1}\n}\n')
    expect(settings.get('receive.port')).toEqual({ value: 1, line: 4, column: 22 })
  })
  test('has profiles of the same sections, which may share by an alias', () => {
    const { profiles } = good(
      'version: 1\nprofiles:\n  slow: &slow\n    transfer: {bwlimit: 1M}\n  home: *slow\n  bare:\n',
    )
    expect([...profiles.keys()]).toEqual(['slow', 'home', 'bare'])
    const found = { value: '1M', line: 4, column: 25 }
    expect([...(profiles.get('slow') ?? [])]).toEqual([['transfer.bwlimit', found]])
    // the place is where the value is written
    expect([...(profiles.get('home') ?? [])]).toEqual([['transfer.bwlimit', found]])
    expect(profiles.get('bare')?.size).toBe(0)
  })
  for (const text of ['', '# nothing yet\n', 'version: 1', 'version: 1\ntransfer:\nprofiles:\n']) {
    test(`${JSON.stringify(text)} sets nothing`, () => expect(good(text).settings.size).toBe(0))
  }
  test('`off` is a word, and a number alone is bytes', () => {
    const rateOf = (text: string) =>
      good(`version: 1\ntransfer: {bwlimit: ${text}}`).settings.get('transfer.bwlimit')
    expect(rateOf('off')?.value).toBe('off')
    expect(rateOf('2048')?.value).toBe('2048')
  })
  test('expands no variable', () => {
    const written = ['$', '{HOME}/in'].join('')
    const { settings } = good(`version: 1\nreceive: {out: "${written}"}`)
    expect(settings.get('receive.out')?.value).toBe(written)
  })
})

describe('a mistake', () => {
  const cases: readonly (readonly [string, string, number, number, RegExp, string?])[] = [
    ['an unknown section', 'version: 1\nrecieve: {}', 2, 1, /there is no recieve/, 'Did you mean receive?'],
    [
      'an unknown key',
      'version: 1\ntransfer:\n  link: keep',
      3,
      3,
      /there is no transfer.link/,
      'Did you mean links?',
    ],
    [
      'a key of another section',
      'version: 1\nreceive:\n  bwlimit: 1M',
      3,
      3,
      /there is no receive.bwlimit/,
      'Did you mean transfer.bwlimit?',
    ],
    [
      'a key without its section',
      'version: 1\nport: 1',
      2,
      1,
      /there is no port/,
      'Did you mean receive.port?',
    ],
    [
      'an unknown key in a profile',
      'version: 1\nprofiles:\n  a:\n    transfer: {lernt: true}',
      4,
      16,
      /there is no profiles.a.transfer.lernt/,
    ],
    [
      'a word that is none of them',
      'version: 1\ntransfer:\n  links: kep',
      3,
      10,
      /transfer.links must be one of keep, follow, skip/,
    ],
    ['a number for a word', 'version: 1\noutput: {color: 3}', 2, 17, /output.color must be one of/],
    [
      'a word for a switch',
      'version: 1\ntransfer: {learn: "yes"}',
      2,
      19,
      /transfer.learn must be true or false/,
    ],
    ['nothing', 'version: 1\ntransfer: {learn: }', 2, 19, /transfer.learn must be true or false/],
    ['a port that is none', 'version: 1\nreceive: {port: 65536}', 2, 17, /receive.port must be a port/],
    ['a port of zero', 'version: 1\nreceive: {port: 0}', 2, 17, /receive.port must be a port/],
    [
      'too long a time',
      'version: 1\ntransfer: {stall_timeout: 601s}',
      2,
      27,
      /must be a duration of 1s to 10m/,
    ],
    [
      'too short a time',
      'version: 1\ntransfer: {stall_timeout: 0.9}',
      2,
      27,
      /must be a duration of 1s to 10m/,
    ],
    ['a size that is none', 'version: 1\ntransfer: {max_transfer: much}', 2, 26, /must be a size/],
    ['a size without end', 'version: 1\ntransfer: {max_transfer: .inf}', 2, 26, /must be a size/],
    ['a rate that is none', 'version: 1\ntransfer: {bwlimit: "25:00,1M"}', 2, 21, /must be a rate/],
    ['a text for a list', 'version: 1\nreceive: {allow: me}', 2, 18, /receive.allow must be a list/],
    ['a number in a list', 'version: 1\nreceive: {allow: [a, 1]}', 2, 22, /receive.allow\[1\] must be/],
    ['a list for a section', 'version: 1\ntransfer: []', 2, 11, /transfer must be a map of settings/],
    ['a list for all', '- version: 1', 1, 1, /the document must be a map/],
    ['a text for all', 'hello', 1, 1, /the document must be a map/],
    ['no version', 'transfer: {}', 1, 1, /does not say which version/, 'Begin it with `version: 1`.'],
    ['another version', 'version: 2', 1, 10, /version must be 1/],
    ['a profile with a space', 'version: 1\nprofiles: {a b: {}}', 2, 12, /profiles.a b must be a name/],
    ['a list that does not end', 'version: 1\nreceive: {allow: [a', 2, 20, /flow/],
    ['a key twice', 'version: 1\nversion: 1', 2, 1, /unique/],
    ['an alias to nowhere', 'version: 1\nreceive: {out: *it}', 1, 1, /unresolved alias/],
    ['a tag', 'version: !!js/function x', 1, 10, /unresolved tag/],
    ['two documents', 'version: 1\n---\nversion: 1', 2, 1, /more than one document/],
    ['a merge key, which YAML 1.2 does not have', 'version: 1\n<<: {}', 2, 1, /there is no <</],
  ]
  for (const [name, text, line, column, what, hint] of cases) {
    test(`${name}: ${line}:${column}`, () => {
      const [first] = mistakes(text)
      expect(first).toEqual({ line, column, what: expect.stringMatching(what), hint })
    })
  }
  test('that is one of several is told with the others, in the order of the text', () => {
    const text = 'version: 1\nreceive: {port: 0, prot: 1}\ntransfer: {links: x}\nnone: 1\n'
    expect(mistakes(text).map(({ line, column }) => [line, column])).toEqual([
      [2, 17],
      [2, 20],
      [3, 19],
      [4, 1],
    ])
  })
})

describe('a hostile document', () => {
  test('of aliases that multiply is refused', () => {
    const line = (name: string, of: string): string => `${name}: &${name} [${Array(9).fill(of).join(',')}]\n`
    const bomb = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].reduce(
      (text, name, at) => text + line(name, `*${'abcdefghi'[at]}`),
      line('a', 'x'),
    )
    expect(mistakes(`version: 1\n${bomb}`)[0]?.what).toMatch(/excessive alias count/)
  })
  test('of an alias that holds itself has an end', () => {
    expect(mistakes('version: 1\ntransfer: &t\n  links: *t')[0]?.what).toMatch(/transfer.links must be/)
  })
  test('that is nested without end is refused', () => {
    expect(mistakes('['.repeat(60_000))).toEqual([
      { line: 1, column: 1, what: 'it is nested too deeply', hint: undefined },
    ])
  })
  test('of thousands of mistakes tells twenty', () => {
    const text = Array.from({ length: 2000 }, (_, at) => `k${at}: 1\n`).join('')
    expect(mistakes(text)).toHaveLength(20)
  })
  for (const name of ['__proto__', 'constructor', 'toString']) {
    test(`sets nothing by the key ${name}`, () => {
      expect(mistakes(`version: 1\n${name}: {transfer: {links: skip}}`)[0]?.what).toBe(`there is no ${name}`)
      expect(mistakes(`version: 1\ntransfer: {${name}: 1}`)[0]?.what).toBe(`there is no transfer.${name}`)
    })
  }
})
