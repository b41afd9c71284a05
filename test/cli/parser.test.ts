// From words to a verb: that every command has its help with examples, that flags mean what they say, that slips are
// told with what was meant.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from '../../src/cli/parser.ts'
import { type Settings, settingsOf as settingsFrom } from '../../src/cli/settings.ts'
import { commandNames } from '../../src/cli/verbs.ts'
import { resolveWithoutFiles } from '../../src/config/resolve.ts'

const textOf = async (...words: string[]): Promise<string> => {
  const parsed = await parse(words, 100)
  return parsed.kind === 'text' ? parsed.text : `ran ${words.join(' ')}`
}
const argsOf = async (...words: string[]): Promise<Readonly<Record<string, unknown>>> => {
  const parsed = await parse(words, 100)
  if (parsed.kind !== 'run') throw new Error(parsed.text)
  return parsed.args
}
const slipOf = async (...words: string[]): Promise<unknown> => {
  try {
    return await parse(words, 100)
  } catch (error) {
    return error
  }
}

/** Of the flags alone. */
const settingsOf = (args: Readonly<Record<string, unknown>>): Settings =>
  settingsFrom(args, resolveWithoutFiles(args, {}).values)

describe('help', () => {
  test('the table has every command, as it is documented', () => {
    expect(commandNames()).toEqual([
      'send',
      'recv',
      'pool init',
      'pool import',
      'pool ls',
      'pool stats',
      'pool verify',
      'pool repair',
      'pool sync',
      'pool seed add',
      'peers ls',
      'peers trust',
      'peers rm',
      'config init',
      'config show',
      'config path',
      'config validate',
      'config schema',
      'doctor',
      'version',
      'help',
      'completion',
      'man',
    ])
  })
  test('every file in commands/ is one of them', () => {
    const folder = join(import.meta.dirname, '../../src/cli/commands')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.ts'),
    )
    expect(files.filter(name => name !== 'transfer_options.ts')).toHaveLength(commandNames().length)
  })
  test('the first page has the commands and the way to the exit codes', async () => {
    const text = await textOf('--help')
    for (const name of ['send', 'recv', 'pool', 'peers', 'config', 'doctor', 'version', 'help'])
      expect(text).toContain(`pfs ${name}`)
    expect(text).toContain('pfs help exit-codes')
  })
  // `pfs help` is the first page
  for (const name of [
    '',
    'pool',
    'peers',
    'config',
    'pool seed',
    ...commandNames().filter(name => name !== 'help'),
  ]) {
    test(`pfs ${name} --help begins with three examples of itself`, async () => {
      const text = await textOf(...name.split(' ').filter(word => word !== ''), '--help')
      const examples = /^Examples:\n((?: {2}pfs .*\n){3})\n/.exec(text)?.[1] ?? ''
      expect(examples).toContain(name === '' ? 'pfs send' : `pfs ${name}`)
    })
  }
  test('-h is --help', async () => {
    expect(await textOf('send', '-h')).toBe(await textOf('send', '--help'))
  })
})

describe('flags', () => {
  test('are the same before and after the verb', async () => {
    for (const words of [
      ['-q', 'send', 'a', 'b'],
      ['send', 'a', 'b', '-q'],
      ['send', '-q', 'a', 'b'],
    ]) {
      expect(settingsOf(await argsOf(...words))).toMatchObject({ isQuiet: true })
    }
  })
  test('become settings', async () => {
    const flags = [
      '--no-learn',
      '--stall-timeout',
      '2.5',
      '--connect-timeout=1',
      '--suite',
      'aegis-128l',
      '--json',
      '-v',
      '--progress',
      'lines',
    ]
    expect(settingsOf(await argsOf('send', 'a', 'b', ...flags))).toEqual({
      isQuiet: false,
      isVerbose: true,
      mayAsk: true,
      isJson: true,
      progress: 'lines',
      color: 'auto',
      learn: false,
      suite: 'AEGIS-128L',
      stallMicros: 2_500_000,
      connectMicros: 1_000_000,
      log: { level: 'silent', format: 'human', file: undefined },
      configured: {},
    })
  })
  test('--no-learn and --learn of a pool do not know each other', async () => {
    const args = await argsOf('pool', 'init', '--learn', 'copy')
    expect(args.learn).toBe('copy')
    expect(settingsOf(args).learn).toBe(true)
  })
  test('that are given twice count as given last; --allow gathers', async () => {
    const args = await argsOf(
      'recv',
      '-p',
      '1',
      '-p',
      '2',
      '--allow',
      'a',
      '--allow',
      'b',
      '-o',
      'x',
      '-o',
      'y',
    )
    expect(args).toMatchObject({ port: '2', allow: ['a', 'b'], out: 'y' })
  })
  test('--allow takes one word and not all that follow', async () => {
    expect(await slipOf('recv', '--allow', 'a', 'b')).toMatchObject({ code: 'PFS_USAGE' })
  })
  test('what is called help, behind a command, is a name; before one it is a wish', async () => {
    expect((await argsOf('pool', 'import', 'help')).file).toEqual(['help'])
    expect((await argsOf('send', 'help', 'help')).word).toEqual(['help', 'help'])
    expect((await argsOf('man', 'help')).command).toEqual(['help'])
    expect(await textOf('pool', 'help')).toBe(await textOf('pool', '--help'))
  })
  test('several files are several, and a file may be called 007', async () => {
    expect((await argsOf('pool', 'import', '007', 'b', 'c')).file).toEqual(['007', 'b', 'c'])
    expect((await argsOf('send', '007', '1')).word).toEqual(['007', '1'])
  })
  const bounds: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['--stall-timeout', ['1', '600'], ['0.9', '601', '0', '-1', 'soon']],
    ['--connect-timeout', ['0.1', '86400'], ['0.09', '86401', '0', '-1', 'soon']],
  ]
  for (const [flag, good, bad] of bounds) {
    for (const seconds of good) {
      test(`${flag} ${seconds} just passes`, async () => {
        const { stallMicros, connectMicros } = settingsOf(
          await argsOf('send', 'a', 'b', `${flag}=${seconds}`),
        )
        expect(stallMicros ?? connectMicros).toBe(Number(seconds) * 1e6)
      })
    }
    for (const seconds of bad) {
      test(`${flag} ${seconds} is a slip`, async () => {
        const args = await argsOf('send', 'a', 'b', `${flag}=${seconds}`)
        expect(() => settingsOf(args)).toThrow(expect.objectContaining({ code: 'PFS_USAGE' }))
      })
    }
  }
})

describe('slips', () => {
  const slips: readonly (readonly [readonly string[], string])[] = [
    [['sned', 'a', 'b'], 'Did you mean `pfs send`?'],
    [['pool', 'stast'], 'Did you mean `pfs pool stats`?'],
    [['recv', '--kep'], 'Did you mean --keep?'],
    [['recv', '--zzz'], 'See: pfs recv --help'],
    [['movie.mkv', 'laptop'], 'To send a file: pfs send movie.mkv laptop'],
    [['./movie'], 'To send a file: pfs send ./movie HOST'],
    [['pool'], 'See: pfs pool --help'],
    [['send', 'a'], 'See: pfs send --help'],
    [['recv', '--on-conflict', 'merge'], 'See: pfs recv --help'],
    [['recv', '--port'], 'See: pfs recv --help'],
    [['pool', 'init', '--private', '--seed-file', 'x'], 'See: pfs pool init --help'],
  ]
  for (const [words, hint] of slips) {
    test(`pfs ${words.join(' ')}: ${hint}`, async () => {
      expect(await slipOf(...words)).toMatchObject({ code: 'PFS_USAGE', exitStatus: 2, hint })
    })
  }
})
