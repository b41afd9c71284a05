// One table: every command and every option that is declared is in the help, in the manual and in every completion; and
// the manual is what its readers take without a word.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { failures } from '../../src/base/errors.ts'
import { loadPages, placeholder } from '../../src/cli/command_pages.ts'
import { man } from '../../src/cli/commands/man.ts'
import { variables } from '../../src/cli/environment.ts'
import { topics } from '../../src/cli/help_topics.ts'
import { noLog } from '../../src/cli/log.ts'
import { manFile } from '../../src/cli/man_page.ts'
import { parse } from '../../src/cli/parser.ts'
import { shells } from '../../src/cli/shells/shells.ts'
import { commandNames } from '../../src/cli/verbs.ts'
import { resolveWithoutFiles } from '../../src/config/resolve.ts'
import { scratch } from '../support/pfs.ts'
import { Screen } from './screen.ts'

const root = join(import.meta.dirname, '../..')
const pages = await loadPages()
const here = scratch()
afterAll(() => here.remove())

const unset = { configuration: resolveWithoutFiles({}, {}), log: noLog }

async function run(words: readonly string[]): Promise<Screen> {
  const screen = new Screen()
  const parsed = await parse(['man', ...words], 100)
  if (parsed.kind !== 'run') throw new Error(parsed.text)
  const directories = { config: '', pool: '', jobs: '' }
  const { settings, terminal } = screen
  await man.run(parsed.args, {
    ...unset,
    settings,
    terminal,
    directories,
    interruptible: () => AbortSignal.abort(),
  })
  return screen
}

/** As a reader sees it: no escapes. */
const seen = (roff: string): string => roff.replaceAll('\\-', '-').replace(/\\f[BIR]/g, '')

describe('the pages', () => {
  test('are those of the table, groups with their commands', () => {
    const names = pages.commands.filter(({ commands }) => commands.length === 0).map(({ name }) => name)
    expect(names).toEqual(commandNames())
    const groups = pages.commands.filter(({ commands }) => commands.length > 0).map(({ name }) => name)
    expect(groups).toEqual(['pool', 'pool seed', 'peers', 'config'])
    expect(pages.commands.find(({ name }) => name === 'pool')?.commands).toContain('pool seed')
  })
  test('know what kind of word is expected', () => {
    const optionOf = (command: string, name: string) =>
      pages.commands.find(page => page.name === command)?.options.find(option => option.name === name)
    expect(optionOf('recv', 'out')).toMatchObject({
      letters: ['o'],
      value: { kind: 'directory' },
    })
    expect(optionOf('recv', 'keep')).toMatchObject({ value: undefined })
    expect(optionOf('recv', 'allow')).toMatchObject({ isRepeatable: true, value: { kind: 'any' } })
    expect(optionOf('pool init', 'seed-file')).toMatchObject({ value: { kind: 'file' } })
    expect(optionOf('recv', 'on-conflict')?.value).toMatchObject({ kind: 'words' })
    expect(placeholder({ name: 'events-fd', value: { kind: 'any' } })).toBe('FD')
  })
})

for (const page of pages.commands) {
  describe(`pfs ${page.name}`, () => {
    const words = page.name.split(' ')
    const options = [...page.options, ...pages.globals]
    // `pfs help` is the first page
    test.skipIf(page.name === 'help')(
      'its help has every option, place and command, and what they are for',
      async () => {
        const parsed = await parse([...words, '--help'], 100)
        const text = parsed.kind === 'text' ? parsed.text.replace(/\s+/g, ' ') : ''
        for (const { name, letters } of options) {
          expect(text).toContain(`--${name}`)
          for (const letter of letters) expect(text).toContain(`-${letter}, --${name}`)
        }
        for (const { name, says } of [...page.options, ...page.positionals]) {
          expect(text).toContain(name)
          expect(text).toContain(says)
        }
        for (const command of page.commands) expect(text).toContain(`pfs ${command}`)
        for (const example of page.examples) expect(text).toContain(example.replace(/\s+/g, ' '))
      },
    )
    test('its manual page has them too', async () => {
      const text = seen((await run(words)).stdout)
      expect(text).toContain(`${manFile(page.name).replace(/\.1$/, '')} - `)
      for (const { name, letters, says } of page.options) {
        expect(text).toMatch(
          new RegExp(`^${[...letters.map(letter => `-${letter}, `), `--${name}`].join('')}( |$)`, 'm'),
        )
        expect(says.length).toBeGreaterThan(3)
      }
      for (const { name } of page.positionals) expect(text).toContain(`.I ${name.toUpperCase()}`)
      for (const command of page.commands)
        expect(text).toContain(`.BR ${manFile(command).replace(/\.1$/, '')} (1)`)
    })
    for (const [shell, write] of Object.entries(shells)) {
      test(`the completion for ${shell} has them`, () => {
        const script = write(pages)
        for (const { name } of page.options) expect(script).toMatch(new RegExp(`(--|-l )${name}\\b`))
        expect(script).toContain(words.at(-1))
      })
    }
  })
}

describe('the page of pfs', () => {
  test('has every command, what all take, every exit status and every variable', async () => {
    const text = seen((await run([])).stdout)
    for (const name of commandNames()) expect(text).toContain(`.BR ${manFile(name).replace(/\.1$/, '')} (1)`)
    for (const { name } of pages.globals) expect(text).toContain(`--${name}`)
    for (const [code, { exit }] of Object.entries(failures)) {
      expect(text).toContain(`.B ${exit}\n`)
      expect(text).toContain(code)
    }
    for (const { name } of variables) expect(text).toContain(`.B ${name}\n`)
  })
})

describe('the manual as files', () => {
  const folder = here.at('man')
  test('is a file for each page, and their names are the result', async () => {
    const { stdout } = await run(['--out', folder])
    const names = ['', ...pages.commands.map(({ name }) => name)].map(manFile)
    expect(readdirSync(folder).sort()).toEqual(names.toSorted())
    expect(stdout.split('\n').slice(0, -1)).toEqual(names.map(name => join(folder, name)))
  })
  test('is what the package names', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      man: string[]
      files: string[]
    }
    const names = ['', ...pages.commands.map(({ name }) => name)].map(name => `./man/${manFile(name)}`)
    expect(manifest.man.toSorted()).toEqual(names.toSorted())
    expect(manifest.files).toContain('man')
  })
  test('a folder that cannot be made is a fault of the disk, a command that is none a slip', async () => {
    await expect(run(['--out', '/dev/null/man'])).rejects.toMatchObject({ code: 'PFS_WRITE' })
    await expect(run(['pool', 'ini'])).rejects.toMatchObject({ hint: 'Did you mean `pfs man pool init`?' })
  })
  const readers = {
    mandoc: ['-T', 'lint', '-W', 'warning'],
    groff: ['-ww', '-man', '-Tascii', '-z'],
  }
  for (const [reader, words] of Object.entries(readers)) {
    const isThere = spawnSync(reader, ['--version'], { stdio: 'ignore' }).error === undefined
    test.runIf(isThere)(
      `${reader}${isThere ? '' : ', which is not installed here,'} finds nothing to warn of`,
      () => {
        for (const name of readdirSync(folder)) {
          const { stdout, stderr, status } = spawnSync(reader, [...words, join(folder, name)], {
            encoding: 'utf8',
          })
          expect({ name, stdout, stderr, status }).toEqual({ name, stdout: '', stderr: '', status: 0 })
        }
      },
    )
  }
})

test('every flag of every command is used by a test', () => {
  const folder = join(root, 'test')
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.test.ts'))
    .map(path => readFileSync(join(folder, path), 'utf8'))
  const isUsed = ({ name, letters }: { name: string; letters: readonly string[] }): boolean =>
    [`--${name}`, `'${name}'`, ...letters.map(letter => `'-${letter}'`)].some(word =>
      texts.some(text => text.includes(word)),
    )
  const options = [...pages.globals, ...pages.commands.flatMap(command => command.options)]
  expect(options.filter(option => !isUsed(option)).map(({ name }) => name)).toEqual([])
})

describe('help on a topic', () => {
  test('each has a page that is not empty', () => {
    expect(Object.keys(topics)).toEqual(['exit-codes', 'events', 'env'])
    for (const topic of Object.values(topics)) expect(topic.lines().length).toBeGreaterThan(5)
  })
  test('env names every variable that the sources read, and no other', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts') && !path.endsWith('cli/environment.ts'))
      .map(path => readFileSync(join(root, 'src', path), 'utf8'))
    const own = sources.flatMap(text => text.match(/\bPFS_[A-Z0-9_]+\b/g) ?? [])
    const read = sources.flatMap(text =>
      [...text.matchAll(/\benv(?:ironment)?\.([A-Z][A-Z0-9_]+)/g)].map(found => found[1]),
    )
    const asked = sources.flatMap(text => [...text.matchAll(/\bbase\('([A-Z_]+)'/g)].map(found => found[1]))
    // styleText obeys these by itself
    const ofNode = ['NO_COLOR', 'FORCE_COLOR']
    // a variable may be called as a code is
    const asVariable = sources.flatMap(text =>
      [...text.matchAll(/\bvariable\([\w.]*environment, '(\w+)'/g)].map(found => found[1]),
    )
    const isCode = (name: string | undefined): boolean => Object.hasOwn(failures, name ?? '')
    const all = [...own, ...read, ...asked, ...ofNode].filter(name => !isCode(name))
    const named = new Set([...all, ...asVariable])
    expect(variables.map(({ name }) => name).toSorted()).toEqual([...named].sort())
  })
})
