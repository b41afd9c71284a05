// What users type: hosts, ports, sizes; and the line we give them back.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { shellLine } from '../../src/cli/interrupt.ts'
import { formatPlace, parsePlace, portDefault } from '../../src/cli/place.ts'
import { placesOf, reachableHosts, readyLines } from '../../src/cli/ready.ts'
import { parseReceiver } from '../../src/cli/send_words.ts'
import { parsePort, parseSize } from '../../src/cli/sizes.ts'
import { nearest } from '../../src/config/suggest.ts'
import { formatPeerId } from '../../src/crypto/identity.ts'

const slip = expect.objectContaining({ code: 'PFS_USAGE', exitStatus: 2 })
const faultOf = (action: () => unknown): unknown => {
  try {
    return action()
  } catch (error) {
    return error
  }
}

describe('a place', () => {
  const good: readonly (readonly [string, string, number])[] = [
    ['laptop', 'laptop', portDefault],
    ['laptop:9500', 'laptop', 9500],
    ['192.168.1.7', '192.168.1.7', portDefault],
    ['192.168.1.7:1', '192.168.1.7', 1],
    ['laptop.example.com:65535', 'laptop.example.com', 65535],
    ['::1', '::1', portDefault],
    ['fd00::2', 'fd00::2', portDefault],
    ['[fd00::2]', 'fd00::2', portDefault],
    ['[fd00::2]:9500', 'fd00::2', 9500],
    ['fe80::1%eth0', 'fe80::1%eth0', portDefault],
    ['[fe80::1%eth0]:9500', 'fe80::1%eth0', 9500],
    ['büro', 'büro', portDefault],
  ]
  for (const [text, host, port] of good) {
    test(`${text} is ${host} at ${port}`, () => expect(parsePlace(text)).toEqual({ host, port }))
  }
  const bad = [
    '',
    ':9500',
    'laptop:',
    'laptop:0',
    'laptop:65536',
    'laptop:9500:1',
    'a b',
    'a/b',
    '-o',
    '[laptop]',
  ]
  for (const text of [
    ...bad,
    '[fd00::2]:',
    '[fd00::2]9500',
    '[]:9500',
    'user@host',
    'laptop:9e3',
    '[fd00::2',
    'fd00::zz',
  ]) {
    test(`"${text}" is no place`, () => expect(faultOf(() => parsePlace(text))).toEqual(slip))
  }
  test('what we print is what we read', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().filter(text => !text.includes('.')),
    )
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
        expect(parsePlace(formatPlace({ host, port }))).toEqual({ host, port })
      }),
    )
  })
  test('the usual port is left out', () => {
    expect(formatPlace({ host: 'fd00::2', port: portDefault })).toBe('fd00::2')
    expect(formatPlace({ host: 'fd00::2', port: 9500 })).toBe('[fd00::2]:9500')
  })
})

describe('sizes', () => {
  const good: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['4096', 4096],
    ['1B', 1],
    ['20GiB', 20 * 2 ** 30],
    ['20 gib', 20 * 2 ** 30],
    ['1.5MiB', 1.5 * 2 ** 20],
    ['64KiB', 65_536],
    ['500MB', 500e6],
    ['1kB', 1000],
    ['2TB', 2e12],
    ['10M', 10 * 2 ** 20],
    ['3g', 3 * 2 ** 30],
    ['8191TiB', 8191 * 2 ** 40],
  ]
  for (const [text, bytes] of good) test(`${text} is ${bytes}`, () => expect(parseSize(text)).toBe(bytes))
  for (const text of [
    '',
    '20X',
    '20 Gi',
    'GiB',
    '-1GiB',
    '1e3',
    '1,5GiB',
    '5 apples',
    '8192TiB',
    'constructor',
  ]) {
    test(`"${text}" is no size`, () => expect(faultOf(() => parseSize(text))).toEqual(slip))
  }
  for (const port of ['1', '65535'])
    test(`${port} is a port`, () => expect(parsePort(port)).toBe(Number(port)))
  for (const port of ['0', '65536', '1.5', '', ' 1', '+1', 'http']) {
    test(`"${port}" is no port`, () => expect(faultOf(() => parsePort(port))).toEqual(slip))
  }
  test('a fault says what to write instead', () => {
    const fault = faultOf(() => parseSize('20X'))
    expect(fault instanceof PfsError && fault.hint).toMatch(/20GiB/)
  })
})

test('a slip of the finger is recognised, another word is not', () => {
  const verbs = ['send', 'recv', 'pool', 'version']
  expect(['sned', 'sen', 'revc', 'vresion', 'movie.mkv', 'x', ''].map(word => nearest(word, verbs))).toEqual([
    undefined, // two letters of four changed: nothing to go by
    'send',
    undefined,
    'version',
    undefined,
    undefined,
    undefined,
  ])
})

test('the line to run again survives the shell', () => {
  expect(shellLine(['send', "it's here.iso", '[fd00::2]:9500', '-v', '$HOME'])).toBe(
    "pfs send 'it'\\''s here.iso' '[fd00::2]:9500' -v '$HOME'",
  )
})

describe('Ready', () => {
  const address = (address: string, isInternal = false) => {
    const family = address.includes(':') ? ('IPv6' as const) : ('IPv4' as const)
    const rest = { netmask: '', mac: '', internal: isInternal, cidr: null }
    return family === 'IPv6' ? { address, family, scopeid: 0, ...rest } : { address, family, ...rest }
  }
  const interfaces = {
    lo: [address('127.0.0.1', true), address('::1', true)],
    eth0: [address('fd00::2'), address('192.168.1.7'), address('fe80::1')],
    eth1: [address('169.254.3.4')],
  }
  test('names every address another machine can use, IPv4 first', () => {
    for (const bound of [[], ['0.0.0.0'], ['::']]) {
      expect(reachableHosts(bound, interfaces)).toEqual(['192.168.1.7', 'fd00::2'])
    }
  })
  test('names only what it is bound to, if it is bound to something', () => {
    expect(reachableHosts(['10.0.0.1', '10.0.0.1'], interfaces)).toEqual(['10.0.0.1'])
  })
  test('a machine without a network can still be sent to by itself', () => {
    expect(reachableHosts([], { lo: interfaces.lo })).toEqual(['127.0.0.1'])
  })
  test('prints the exact line, with the port only where it is not the usual one', () => {
    const peerId = formatPeerId(new Uint8Array(32).fill(7))
    const of = (host: string, port: number, secret?: Uint8Array): string[] =>
      placesOf({ hosts: [host], port, peerId, secret })
    expect(readyLines(of('192.168.1.7', 9419), 'abcd-efgh-ijkl-mnop')).toEqual([
      'Ready. On the other machine run:',
      '  pfs send FILE 192.168.1.7',
      'Our fingerprint is abcd-efgh-ijkl-mnop: the sender shows the same.',
    ])
    expect(readyLines(of('fd00::2', 9500), 'x')[1]).toBe('  pfs send FILE [fd00::2]:9500')
    const [ticket = ''] = of('fd00::2', 9419, new Uint8Array(16).fill(0xab))
    expect(ticket).toBe(`pfs://[fd00::2]:9419/${peerId}.${'ab'.repeat(16)}`)
    expect(parseReceiver(ticket)).toMatchObject({ host: 'fd00::2', port: 9419, label: 'fd00::2' })
  })
})
