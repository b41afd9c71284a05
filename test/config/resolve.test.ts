// Layers over each other: each is seen, each stronger one wins over each weaker one, and every value says where it
// comes from.

import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Environment } from '../../src/config/environment.ts'
import { originText } from '../../src/config/origin.ts'
import { type Configuration, chosenFiles, type Flags, resolve } from '../../src/config/resolve.ts'
import { keys } from '../../src/config/table.ts'
import { scratch } from '../support/pfs.ts'

let world = scratch()
beforeEach(() => {
  world = scratch()
  for (const name of ['here', 'user', 'system']) mkdirSync(world.at(name))
})
afterEach(() => world.remove())

const fileOf = { project: 'here/pfs.yaml', user: 'user/config.yaml', system: 'system/config.yaml' } as const
type FileName = keyof typeof fileOf

const write = (file: FileName, text: string): void =>
  writeFileSync(world.at(fileOf[file]), `version: 1\n${text}`)

const around = (environment: Environment = {}) => ({
  environment,
  here: world.at('here'),
  folder: world.at('user'),
  system: world.at('system'),
})

const configured = (flags: Flags = {}, environment: Environment = {}): Promise<Configuration> =>
  resolve(flags, around(environment))

/** From the strongest to the weakest. Two that have the same value are of different kinds. */
interface Layer {
  readonly name: string
  readonly value: string
  readonly flag?: string
  readonly variable?: string
  readonly file?: FileName
  readonly inProfile?: boolean
}

const layers: readonly Layer[] = [
  { name: 'flag', value: 'none', flag: 'none' },
  { name: 'environment', value: 'bar', variable: 'bar' },
  { name: 'profile of the project', value: 'lines', file: 'project', inProfile: true },
  { name: 'profile of the user', value: 'none', file: 'user', inProfile: true },
  { name: 'profile of the system', value: 'bar', file: 'system', inProfile: true },
  { name: 'project', value: 'auto', file: 'project' },
  { name: 'user', value: 'lines', file: 'user' },
  { name: 'system', value: 'none', file: 'system' },
]

/** With only these layers. */
function withLayers(chosen: readonly Layer[]): Promise<Configuration> {
  for (const file of Object.keys(fileOf) as FileName[]) {
    const plain = chosen.find(layer => layer.file === file && !layer.inProfile)
    const profile = chosen.find(layer => layer.file === file && layer.inProfile)
    if (!plain && !profile) continue
    const own = plain ? `output: {progress: ${plain.value}}\n` : ''
    const named = profile ? `profiles: {p: {output: {progress: ${profile.value}}}}\n` : ''
    write(file, own + named)
  }
  const flag = chosen.find(layer => layer.flag)?.flag
  const variable = chosen.find(layer => layer.variable)?.variable
  const hasProfile = chosen.some(layer => layer.inProfile)
  return configured(
    { ...(flag ? { progress: flag } : {}), ...(hasProfile ? { profile: 'p' } : {}) },
    { PFS_PROJECT: '1', ...(variable ? { PFS_PROGRESS: variable } : {}) },
  )
}

describe('of two layers the stronger wins', () => {
  for (const [at, strong] of layers.entries()) {
    for (const weak of layers.slice(at + 1)) {
      test(`${strong.name} over ${weak.name}`, async () => {
        const { values, origins } = await withLayers([strong, weak])
        expect(values['output.progress']).toBe(strong.value)
        expect(origins['output.progress'].kind).toBe(strong.name.split(' ')[0])
      })
    }
    test(`${strong.name} over the default`, async () => {
      const { values, origins } = await withLayers([strong])
      expect(values['output.progress']).toBe(strong.value)
      expect(origins['output.progress'].kind).toBe(strong.name.split(' ')[0])
      expect(origins['output.color']).toEqual({ kind: 'default' })
    })
  }
  test('and a layer decides only about what it names', async () => {
    write('user', 'transfer: {links: skip, learn: false}\nprofiles: {p: {transfer: {links: follow}}}')
    const { values } = await configured({ profile: 'p' })
    expect(values).toEqual({ 'transfer.links': 'follow', 'transfer.learn': false })
  })
})

describe('where a value comes from', () => {
  test('is told to people with the place', async () => {
    write('user', 'transfer:\n  links: skip\nprofiles:\n  p:\n    transfer: {learn: false}\n')
    const { origins, files, profile } = await configured(
      { profile: 'p', 'log-level': 'debug' },
      { PFS_BWLIMIT: '1M' },
    )
    const user = world.at(fileOf.user)
    expect([files, profile]).toEqual([[user], 'p'])
    expect(originText(origins['transfer.links'])).toBe(`user ${user}:3:10`)
    expect(originText(origins['transfer.learn'])).toBe(`profile p ${user}:6:23`)
    expect(originText(origins['log.level'])).toBe('flag --log-level')
    expect(originText(origins['transfer.bwlimit'])).toBe('environment PFS_BWLIMIT')
    expect(originText(origins['pool.dir'])).toBe('default')
  })
  test('is the default for everything where there is nothing', async () => {
    const { values, origins, files } = await configured()
    expect([values, files]).toEqual([{}, []])
    expect(keys.map(key => origins[key].kind)).toEqual(keys.map(() => 'default'))
  })
})

describe('files', () => {
  test('of a project are not read unasked: what was checked out must not redirect anything', async () => {
    write('project', 'receive: {out: /elsewhere}')
    expect((await configured()).files).toEqual([])
    expect((await configured({}, { PFS_PROJECT: '0' })).files).toEqual([])
    expect((await configured({ project: true })).values['receive.out']).toBe('/elsewhere')
    expect((await configured({}, { PFS_PROJECT: 'yes' })).values['receive.out']).toBe('/elsewhere')
  })
  test('of a project must be there for --project, and need not for PFS_PROJECT', async () => {
    await expect(configured({ project: true })).rejects.toMatchObject({ code: 'PFS_BAD_CONFIG' })
    expect((await configured({}, { PFS_PROJECT: '1' })).files).toEqual([])
  })
  test('named by --config or PFS_CONFIG stand for the user’s own; the flag wins', async () => {
    write('user', 'receive: {port: 1}')
    write('system', 'receive: {port: 2, keep: true}')
    for (const [name, port] of [
      ['a', 3],
      ['b', 4],
    ] as const)
      writeFileSync(world.at(name), `version: 1\nreceive: {port: ${port}}`)
    const named = await configured({}, { PFS_CONFIG: world.at('a') })
    expect(named.values).toEqual({ 'receive.port': 3, 'receive.keep': true })
    expect(
      (await configured({ config: world.at('b') }, { PFS_CONFIG: world.at('a') })).values['receive.port'],
    ).toBe(4)
    await expect(configured({ config: world.at('none') })).rejects.toMatchObject({ code: 'PFS_BAD_CONFIG' })
    await expect(configured({}, { PFS_CONFIG: world.at('none') })).rejects.toMatchObject({
      code: 'PFS_BAD_CONFIG',
    })
  })
  test('are none with --no-config, whatever the environment says; flags and variables stay', async () => {
    write('user', 'this: is broken')
    const environment = { PFS_CONFIG: 'none', PFS_PROFILE: 'none', PFS_PROJECT: '1', PFS_OUT: 'in' }
    const { values, files } = await configured({ 'no-config': true, color: 'never' }, environment)
    expect([values, files]).toEqual([{ 'output.color': 'never', 'receive.out': 'in' }, []])
  })
  for (const flags of [{ config: 'x' }, { profile: 'x' }, { project: true }]) {
    test(`--no-config and --${Object.keys(flags)[0]} say opposite things`, () => {
      expect(() => chosenFiles({ ...flags, 'no-config': true }, around())).toThrow(/opposite/)
    })
  }
  test('that are wrong are told with the first mistake, its place and how many more', async () => {
    write('user', 'recieve: {}\nx: 1\n')
    await expect(configured()).rejects.toMatchObject({
      code: 'PFS_BAD_CONFIG',
      exitStatus: 2,
      hint: 'Did you mean receive?',
      message: expect.stringContaining(`${world.at(fileOf.user)}:2:1: there is no recieve (and 1 more:`),
    })
  })
  test('have paths that count from their own folder, or from the home directory', async () => {
    write('user', 'receive: {out: in}\npool: {dir: ~/pool}\nlog: {file: /var/log/pfs}')
    expect((await configured()).values).toEqual({
      'receive.out': world.at('user/in'),
      'pool.dir': join(homedir(), 'pool'),
      'log.file': '/var/log/pfs',
    })
    expect((await configured({}, { PFS_OUT: 'in' })).values['receive.out']).toBe('in')
  })
})

describe('a profile', () => {
  beforeEach(() => {
    write('user', 'profiles: {metered: {transfer: {bwlimit: 1M}}, home: {}}')
    write('system', 'profiles: {metered: {transfer: {bwlimit: 2M, links: skip}}}')
  })
  test('is chosen by flag over variable, and by neither is none', async () => {
    const rate = async (flags: Flags, name?: string) =>
      (await configured(flags, name === undefined ? {} : { PFS_PROFILE: name })).values['transfer.bwlimit']
    expect(await rate({})).toBeUndefined()
    expect(await rate({}, '')).toBeUndefined()
    expect(await rate({}, 'metered')).toBe('1M')
    expect(await rate({ profile: 'home' }, 'metered')).toBeUndefined()
  })
  test('in two files is the sum of both, the stronger first', async () => {
    expect((await configured({ profile: 'metered' })).values).toEqual({
      'transfer.bwlimit': '1M',
      'transfer.links': 'skip',
    })
  })
  const unknown: readonly (readonly [string, string])[] = [
    ['metred', 'Did you mean metered?'],
    ['elsewhere', 'There is: metered, home.'],
  ]
  for (const [name, hint] of unknown) {
    test(`${name} is none: ${hint}`, async () => {
      await expect(configured({ profile: name })).rejects.toMatchObject({ code: 'PFS_USAGE', hint })
    })
  }
  test('where there are none at all says where they would be', async () => {
    write('user', '')
    write('system', '')
    await expect(configured({ profile: 'x' })).rejects.toMatchObject({
      hint: expect.stringMatching(/pfs config path/),
    })
  })
})

describe('variables', () => {
  const cases: readonly (readonly [string, string, string, string, unknown])[] = [
    ['PFS_BWLIMIT', '10M', 'fast', 'transfer.bwlimit', '10M'],
    ['PFS_CONGESTION', 'fixed:10M', 'reno', 'transfer.congestion', 'fixed:10M'],
    ['PFS_QLOG', 'log', 'a\0b', 'transfer.qlog', 'log'],
    ['PFS_OUT', 'in', 'a\0b', 'receive.out', 'in'],
    ['PFS_POOL_DIR', '/pool', 'a\0b', 'pool.dir', '/pool'],
    ['PFS_LOG_LEVEL', 'debug', 'loud', 'log.level', 'debug'],
    ['PFS_LOG_FORMAT', 'json', 'xml', 'log.format', 'json'],
    ['PFS_LOG_FILE', 'log', 'a\0b', 'log.file', 'log'],
    ['PFS_PROGRESS', 'bar', 'BAR', 'output.progress', 'bar'],
  ]
  for (const [name, good, bad, key, value] of cases) {
    test(`${name} sets ${key}; empty it sets nothing, and a bad value names it`, async () => {
      expect((await configured({}, { [name]: good })).values).toEqual({ [key]: value })
      expect((await configured({}, { [name]: '' })).values).toEqual({})
      await expect(configured({}, { [name]: bad })).rejects.toMatchObject({
        code: 'PFS_USAGE',
        message: expect.stringContaining(name),
      })
    })
  }
  test('PFS_PROJECT is a switch', async () => {
    await expect(configured({}, { PFS_PROJECT: 'maybe' })).rejects.toMatchObject({
      code: 'PFS_USAGE',
      message: expect.stringMatching(/PFS_PROJECT must be true or false/),
    })
  })
})
