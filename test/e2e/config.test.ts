// Configuration through the built command: the verbs of `pfs config`, what a broken file does to which command, and
// what is loaded where there is no file.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadedBy, type mains } from '../support/loaded.ts'
import { type Finished, killAll, pfs, scratch } from '../support/pfs.ts'

let here = scratch()
beforeEach(() => {
  here = scratch()
})
afterEach(async () => {
  await killAll()
  here.remove()
})

type Environment = Readonly<Record<string, string>>

const runWith = (environment: Environment, ...words: string[]): Promise<Finished> =>
  pfs(words, { home: here.at('home'), directory: here.path, environment, limitMillis: 20_000 })
const run = (...words: string[]): Promise<Finished> => runWith({}, ...words)

function write(text: string, path = here.at('home/config/config.yaml')): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

async function documentOf(ended: Promise<Finished>) {
  const { status, stdout, stderr } = await ended
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

const own = (): string => here.at('home/config/config.yaml')

describe('pfs config init', () => {
  test('writes an example for its owner alone, which is good and sets nothing, and only once', async () => {
    expect(await run('config', 'init')).toMatchObject({ status: 0, stdout: `${own()}\n` })
    expect(statSync(own()).mode & 0o777).toBe(0o600)
    expect(await run('config', 'validate')).toMatchObject({ status: 0, stdout: `${own()}: good\n` })
    const before = readFileSync(own(), 'utf8')
    const again = await run('config', 'init', '--json')
    expect(JSON.parse(again.stderr)).toMatchObject({ code: 'PFS_EXISTS', exit_code: 10 })
    expect(readFileSync(own(), 'utf8')).toBe(before)
  })
  test('writes where --config or --project say', async () => {
    expect(await documentOf(run('config', 'init', '--config', 'team.yaml', '--json'))).toEqual({
      path: 'team.yaml',
    })
    expect(await documentOf(run('config', 'init', '--project', '--json'))).toEqual({ path: 'pfs.yaml' })
    expect([existsSync(here.at('team.yaml')), existsSync(here.at('pfs.yaml')), existsSync(own())]).toEqual([
      true,
      true,
      false,
    ])
  })
  test('in a directory that is not there is a fault', async () => {
    expect((await run('config', 'init', '--config', 'none/team.yaml')).status).toBe(9)
  })
})

describe('pfs config show', () => {
  test('says each value, and with --origin where it comes from', async () => {
    write('version: 1\ntransfer:\n  links: skip\nreceive:\n  port: 9500\n')
    const { status, stdout } = await runWith(
      { PFS_PROGRESS: 'lines' },
      'config',
      'show',
      '--origin',
      '--color',
      'never',
    )
    expect(status).toBe(0)
    const lines = stdout.split('\n').map(line => line.split(/ {2,}/))
    expect(lines).toContainEqual(['transfer.links', 'skip', `user ${own()}:3:10`])
    expect(lines).toContainEqual(['receive.port', '9500', `user ${own()}:5:9`])
    expect(lines).toContainEqual(['output.progress', 'lines', 'environment PFS_PROGRESS'])
    expect(lines).toContainEqual(['output.color', 'never', 'flag --color'])
    expect(lines).toContainEqual(['transfer.stall_timeout', '30s', 'default'])
    expect(lines).toContainEqual(['pool.dir', here.at('home/data/pool'), 'default'])
  })
  test('without it leaves that out', async () => {
    const { stdout } = await run('config', 'show')
    expect(stdout).toMatch(/^SETTING +VALUE\n/)
    expect(stdout).not.toContain('default\n')
  })
  test('with --json is a document', async () => {
    write('version: 1\nprofiles: {metered: {transfer: {bwlimit: 1M}}}\n')
    const document = await documentOf(run('config', 'show', '--profile', 'metered', '--json'))
    expect(document).toMatchObject({ files: [own()], profile: 'metered' })
    expect(document.settings).toContainEqual({
      name: 'transfer.bwlimit',
      value: '1M',
      origin: 'profile',
      from: `profile metered ${own()}:2:42`,
    })
  })
  test('reads a project’s file only when it may', async () => {
    write('version: 1\nreceive: {port: 1}', here.at('pfs.yaml'))
    const portOf = async (environment: Environment, ...words: string[]) =>
      (await documentOf(runWith(environment, 'config', 'show', '--json', ...words))).settings.find(
        ({ name }: { name: string }) => name === 'receive.port',
      ).value
    expect(await portOf({})).toBe(9419)
    expect(await portOf({}, '--project')).toBe(1)
    expect(await portOf({ PFS_PROJECT: '1' })).toBe(1)
    expect(await portOf({ PFS_PROJECT: '1' }, '--no-config')).toBe(9419)
  })
})

describe('pfs config path', () => {
  test('is one line for $EDITOR, there or not', async () => {
    expect(await run('config', 'path')).toMatchObject({ status: 0, stdout: `${own()}\n`, stderr: '' })
    expect((await run('config', 'path', '--config', 'x')).stdout).toBe('x\n')
    write('{}', here.at('home/config/config.json'))
    expect((await run('config', 'path')).stdout).toBe(`${here.at('home/config/config.json')}\n`)
  })
  test('with --json has all that would be read', async () => {
    const { files } = await documentOf(run('config', 'path', '--project', '--json'))
    expect(files).toEqual([
      { layer: 'project', path: 'pfs.yaml', exists: false },
      { layer: 'user', path: own(), exists: false },
      expect.objectContaining({ layer: 'system' }),
    ])
  })
})

describe('pfs config validate', () => {
  test('names every mistake with its place, and ends with 2', async () => {
    const path = write('version: 1\ntransfer:\n  link: keep\nreceive: {port: 0}\n')
    const { status, stdout, stderr } = await run('config', 'validate')
    expect(status).toBe(2)
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      `${path}:3:3: there is no transfer.link (Did you mean links?)`,
      expect.stringMatching(/:4:17: receive.port must be a port/),
    ])
    expect(stderr).toMatch(/2 mistakes/)
    const json = await run('config', 'validate', '--json')
    expect(JSON.parse(json.stdout).files[0]).toMatchObject({
      path,
      mistakes: [{ line: 3, column: 3 }, { line: 4 }],
    })
    expect(JSON.parse(json.stderr)).toMatchObject({ code: 'PFS_BAD_CONFIG', exit_code: 2 })
  })
  test('checks a file that is named, and only that', async () => {
    write('broken')
    write('version: 1', here.at('other.yaml'))
    expect(await run('config', 'validate', 'other.yaml')).toMatchObject({
      status: 0,
      stdout: 'other.yaml: good\n',
    })
    expect((await run('config', 'validate', 'none.yaml')).status).toBe(2)
  })
  test('says so where there is nothing to check', async () => {
    const { status, stderr } = await run('config', 'validate')
    expect(status).toBe(0)
    expect(stderr).toMatch(/There is no configuration file/)
  })
})

test('pfs config schema is a JSON Schema, with and without --json', async () => {
  const plain = await documentOf(run('config', 'schema'))
  expect(plain).toMatchObject({ required: ['version'], additionalProperties: false })
  expect(await documentOf(run('config', 'schema', '--json'))).toEqual(plain)
})

describe('a broken file', () => {
  test('ends a command with 2, its place and what was meant', async () => {
    const path = write('version: 1\noutptu: {}\n')
    const { status, stdout, stderr } = await run('version')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toBe(
      `pfs: the configuration is not understood: ${path}:2:1: there is no outptu\n  Did you mean output?\n`,
    )
    const json = await run('version', '--json')
    expect(JSON.parse(json.stderr)).toMatchObject({
      code: 'PFS_BAD_CONFIG',
      exit_code: 2,
      hint: 'Did you mean output?',
    })
  })
  test('does not keep anybody from help, from mending it, or from doing without it', async () => {
    write('broken')
    for (const words of [
      ['help', 'exit-codes'],
      ['send', '--help'],
      ['config', 'path'],
      ['config', 'schema'],
      ['version', '--no-config'],
    ])
      expect((await run(...words)).status, words.join(' ')).toBe(0)
  })
})

describe('a bad value', () => {
  test('in a variable names it', async () => {
    const { status, stderr } = await runWith({ PFS_LOG_LEVEL: 'loud' }, 'version')
    expect(status).toBe(2)
    expect(stderr).toMatch(/PFS_LOG_LEVEL must be one of trace, debug, info, warn, error, silent/)
  })
  for (const [flag, value] of [
    ['--log-level', 'loud'],
    ['--log-format', 'xml'],
    ['--config', 'none.yaml'],
    ['--profile', 'none'],
    ['--stall-timeout', '1h'],
  ] as const) {
    test(`of ${flag} ends with 2`, async () => {
      expect(await run('version', flag, value)).toMatchObject({ status: 2, stdout: '' })
    })
  }
})

test('the pool lies where the file says, and where PFS_POOL_DIR says in spite of it', async () => {
  write('version: 1\npool: {dir: pool-of-file}')
  writeFileSync(here.at('f'), 'content')
  expect((await run('pool', 'import', 'f')).status).toBe(0)
  expect(existsSync(here.at('home/config/pool-of-file/pool.json'))).toBe(true)
  expect((await runWith({ PFS_POOL_DIR: 'pool-of-variable' }, 'pool', 'import', 'f')).status).toBe(0)
  expect(existsSync(here.at('pool-of-variable/pool.json'))).toBe(true)
  expect(existsSync(here.at('home/data/pool'))).toBe(false)
})

describe('what a run loads', () => {
  const told = async (main: keyof typeof mains, ...words: string[]): Promise<string> => {
    const { ended, paths } = await loadedBy(main, words, { home: here.at('home'), directory: here.path })
    expect(ended.status, ended.stderr).toBe(0)
    return paths.join('\n')
  }
  const heavy = /node_modules\/(zod|yaml|pino)\//
  test('is neither yaml nor zod nor pino where there is no file and no log', async () => {
    const loaded = await told('modules', 'peers', 'ls')
    expect(loaded).toMatch(/src\/config\/resolve\.js/)
    expect(loaded).not.toMatch(heavy)
    const made = await told('program', 'peers', 'ls')
    expect(made).toMatch(/bin\/settings-/)
    expect(made).not.toMatch(/bin\/(document|schema|logger)-|node_modules/)
  })
  test('is yaml and zod for a file, and pino for a log', async () => {
    write('version: 1')
    expect(await told('modules', 'peers', 'ls')).toMatch(/node_modules\/zod\//)
    const logged = await told('modules', 'peers', 'ls', '--no-config', '--log-file', here.at('log'))
    expect(logged).toMatch(/node_modules\/pino\//)
    expect(logged).not.toMatch(/node_modules\/zod\//)
  })
})
