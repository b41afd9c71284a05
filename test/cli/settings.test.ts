// From all layers to the one object that the verbs read.

import { afterEach, describe, expect, test } from 'vitest'
import { asker } from '../../src/cli/ask.ts'
import { parse } from '../../src/cli/parser.ts'
import { Render } from '../../src/cli/render.ts'
import { type Settings, settingsOf } from '../../src/cli/settings.ts'
import { resolveWithoutFiles } from '../../src/config/resolve.ts'
import { Screen } from './screen.ts'

type Environment = Readonly<Record<string, string>>

async function settings(words: readonly string[], environment: Environment = {}): Promise<Settings> {
  const parsed = await parse(['version', ...words], 100)
  if (parsed.kind !== 'run') throw new Error(parsed.text)
  return settingsOf(parsed.args, resolveWithoutFiles(parsed.args, environment).values, environment)
}

describe('the log', () => {
  const silent = { level: 'silent', format: 'human', file: undefined }
  const cases: readonly (readonly [readonly string[], Environment, object])[] = [
    [[], {}, silent],
    [['-v'], {}, silent],
    [['--log-level', 'warn'], {}, { ...silent, level: 'warn' }],
    [['--log-file', 'x'], {}, { level: 'info', format: 'json', file: 'x' }],
    [['--log-file', 'x', '--log-format', 'human'], {}, { level: 'info', format: 'human', file: 'x' }],
    [['--log-file', 'x', '--log-level', 'silent'], {}, { level: 'silent', format: 'json', file: 'x' }],
    [[], { PFS_LOG_FILE: 'x', PFS_LOG_LEVEL: 'error' }, { level: 'error', format: 'json', file: 'x' }],
    [['--log-level', 'warn'], { PFS_LOG_LEVEL: 'error' }, { ...silent, level: 'warn' }],
    [['-vv'], {}, { ...silent, level: 'debug' }],
    [['-v', '-v'], { PFS_LOG_LEVEL: 'error' }, { ...silent, level: 'debug' }],
    [['-vv', '--log-level', 'info'], {}, { ...silent, level: 'info' }],
  ]
  for (const [words, environment, log] of cases) {
    const shown = [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), ...words].join(
      ' ',
    )
    test(`of "${shown}" is ${JSON.stringify(log)}`, async () => {
      expect((await settings(words, environment)).log).toEqual(log)
    })
  }
})

test('what is configured is there for the verbs under its name, and what is not is absent', () => {
  const values = {
    'transfer.bwlimit': '1M',
    'transfer.max_transfer': 5,
    'transfer.congestion': 'background',
    'transfer.qlog': '/log',
    'transfer.links': 'skip',
    'transfer.preserve': ['owner'],
    'transfer.on_conflict': 'rename',
    'receive.out': '/in',
    'receive.port': 1,
    'receive.allow': ['x'],
    'receive.keep': true,
  } as const
  expect(settingsOf({}, values).configured).toEqual({
    bwlimit: '1M',
    maxTransferBytes: 5,
    congestion: 'background',
    qlog: '/log',
    links: 'skip',
    preserve: ['owner'],
    onConflict: 'rename',
    out: '/in',
    port: 1,
    allow: ['x'],
    keep: true,
  })
  expect(settingsOf({}, { 'receive.keep': false }).configured).toEqual({ keep: false })
})

test('a duration flag is seconds, or what a document may say', async () => {
  const { stallMicros, connectMicros } = await settings([
    '--stall-timeout',
    '2m',
    '--connect-timeout',
    '500ms',
  ])
  expect([stallMicros, connectMicros]).toEqual([120e6, 0.5e6])
})

describe('how a peer is met', () => {
  test('is what a flag says, or else a variable', async () => {
    expect((await settings(['--transport', 'tcp'])).transport).toBe('tcp')
    expect((await settings([], { PFS_TRANSPORT: 'udp' })).transport).toBe('udp')
    expect((await settings([])).transport).toBeUndefined()
    await expect(settings(['--transport', 'sctp'])).rejects.toMatchObject({ code: 'PFS_USAGE' })
  })
  test('by one family, or from one address', async () => {
    expect((await settings(['-4'])).family).toBe(4)
    expect((await settings(['--ipv6'])).family).toBe(6)
    expect(await settings(['--bind', 'fe80::1%eth0'])).toMatchObject({ family: 6, bind: 'fe80::1%eth0' })
    expect(await settings(['-4', '--bind', '10.0.0.2'])).toMatchObject({ family: 4, bind: '10.0.0.2' })
  })
  for (const words of [
    ['-4', '-6'],
    ['-6', '--bind', '10.0.0.2'],
    ['--bind', 'laptop'],
  ])
    test(`not by ${words.join(' ')}`, async () => {
      await expect(settings(words)).rejects.toMatchObject({ code: 'PFS_USAGE' })
    })
})

describe('nobody is asked', () => {
  const input = process.stdin as { isTTY?: boolean | undefined }
  const before = input.isTTY
  afterEach(() => {
    input.isTTY = before
  })
  async function canAsk(
    words: readonly string[],
    environment: Environment = {},
    isTerminal = true,
  ): Promise<boolean> {
    input.isTTY = isTerminal
    const { mayAsk } = await settings(words, environment)
    const { terminal } = new Screen({ mayAsk }, isTerminal)
    return asker(terminal, new Render(terminal, 'none', () => 0), new AbortController().signal) !== undefined
  }
  test('with --no-input or PFS_NO_INPUT, though there is a terminal', async () => {
    expect(await canAsk([])).toBe(true)
    expect(await canAsk([], { PFS_NO_INPUT: '0' })).toBe(true)
    expect(await canAsk([], { PFS_NO_INPUT: '' })).toBe(true)
    expect(await canAsk(['--no-input'])).toBe(false)
    expect(await canAsk([], { PFS_NO_INPUT: '1' })).toBe(false)
  })
  test('where there is no terminal', async () => {
    expect(await canAsk([], {}, false)).toBe(false)
  })
  test('and a PFS_NO_INPUT that is neither yes nor no is a slip', async () => {
    await expect(settings([], { PFS_NO_INPUT: 'maybe' })).rejects.toMatchObject({
      code: 'PFS_USAGE',
      message: expect.stringMatching(/PFS_NO_INPUT/),
    })
  })
})
