// The built command as a process: what it prints where, and how it ends. What needs a peer is in the files beside.

import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { native } from '../../src/host/addon.ts'
import { loadedBy, type mains } from '../support/loaded.ts'
import { bin, type Finished, killAll, Pfs, pfs, scratch } from '../support/pfs.ts'

const root = join(import.meta.dirname, '../..')
let here = scratch()
beforeEach(() => {
  here = scratch()
})
afterEach(async () => {
  await killAll()
  here.remove()
})

/** The document on stdout; what was said instead, when there is none. */
function documentOf({ stdout, stderr, status, signal }: Finished) {
  expect({ status, signal, stderr: status === 0 ? '' : stderr }).toEqual({
    status: 0,
    signal: undefined,
    stderr: '',
  })
  return JSON.parse(stdout)
}

const run = (...words: string[]): Promise<Finished> =>
  pfs(words, { home: here.at('home'), directory: here.path, limitMillis: 20_000 })

describe('pfs version', () => {
  test('--version prints the bare number and nothing else', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(await run('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
  })
  test('makes a key on first use, readable by its owner alone, and keeps it', async () => {
    const first = documentOf(await run('version', '--json'))
    expect(first.peer_id).toMatch(/^[a-z2-7]{52}$/)
    expect(first.fingerprint.replaceAll('-', '')).toBe(first.peer_id.slice(0, 16))
    expect(first.native).toBe(native().addon !== undefined)
    expect(documentOf(await run('version', '--json'))).toEqual(first)
  })
  test('two processes that start at once agree on the key', async () => {
    const both = await Promise.all([run('version', '--json'), run('version', '--json')])
    expect(JSON.parse(both[0].stdout).peer_id).toBe(JSON.parse(both[1].stdout).peer_id)
  })
})

describe('a slip on the command line', () => {
  const slips: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a mistyped command', ['sned', 'a', 'b'], /Did you mean `pfs send`\?/],
    ['a file and a host without a verb', ['movie.mkv', 'laptop'], /pfs send movie\.mkv laptop/],
    ['a missing host', ['send', 'movie.mkv'], /pfs send --help/],
    ['a host that is none', ['send', 'movie.mkv', 'a/b'], /HOST or HOST:PORT/],
    ['a stall time-out of nothing', ['version', '--stall-timeout', '0'], /--stall-timeout/],
    ['opposites', ['recv', '--once', '--keep'], /opposite/],
    [
      'too short a fingerprint',
      ['recv', '--allow', 'abcd-efgh-abcd-efg'],
      /neither a peer id nor a fingerprint/,
    ],
  ]
  for (const [name, words, hint] of slips) {
    test(`${name} ends with 2, says nothing on stdout and what to do on stderr`, async () => {
      const { status, stdout, stderr } = await run(...words)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(hint)
      expect(stderr).toMatch(/^pfs: /)
    })
  }
  test('with --json it is one document on stderr', async () => {
    const { stdout, stderr } = await run('sned', '--json')
    expect(stdout).toBe('')
    expect(JSON.parse(stderr)).toEqual({
      code: 'PFS_USAGE',
      exit_code: 2,
      message: expect.any(String),
      hint: 'Did you mean `pfs send`?',
    })
  })
})

describe('help', () => {
  for (const words of [['--help'], ['pool', 'init', '-h']]) {
    test(`pfs ${words.join(' ')} begins with three examples and ends with 0`, async () => {
      const { status, stdout, stderr } = await run(...words)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(/^Examples:\n(?: {2}pfs .*\n){3}\n/)
    })
  }
  test('help loads nothing of the transport, the pool or a downloader', async () => {
    const help = await loaded('modules', 'send', '--help')
    expect(help.join()).toMatch(/src\/cli\/parser\.js/)
    expect(help.join()).not.toMatch(/lmdb|libsodium|src\/(net\/driver|pool\/pool|transfer\/send|download)/)
  })
  test('--version loads two small files, and so takes no longer than node itself (bench/cases/start)', async () => {
    const version = loaded('modules', '--version')
    expect(await version).toEqual(['src/cli/main.js', 'src/cli/version.js'])
    const made = await loaded('program', '--version')
    expect(made.map(path => path.replace(/-.*/, ''))).toEqual(['bin/pfs.js', 'bin/version'])
  })
  test('as one program it loads a third of the files at most, for help and for all three threads', async () => {
    const help = await loaded('program', 'send', '--help')
    expect(help.length).toBeLessThan(40)
    expect(help.join()).not.toMatch(/lmdb|libsodium|bin\/(choose|pool|storage|session_worker|sending)-/)
    const words = ['send', here.at('file'), '127.0.0.1:1', '--connect-timeout', '100ms']
    writeFileSync(here.at('file'), 'x')
    const [apart, together] = [await loaded('modules', ...words), await loaded('program', ...words)]
    expect(together.join()).toMatch(/bin\/storage-/)
    expect(together.length).toBeLessThan(apart.length / 3)
  })
})

const loaded = async (main: keyof typeof mains, ...words: readonly string[]): Promise<readonly string[]> =>
  (await loadedBy(main, words, { home: here.at('home'), directory: here.path })).paths

describe('pfs peers', () => {
  const id = 'xmcfrpxokut7cvbporuxszl7fsanoy662uwacly5wkn5nem4iaca'
  test('trusts, lists and forgets', async () => {
    expect((await run('peers', 'trust', id, '--name', 'laptop')).status).toBe(0)
    expect((await run('peers', 'ls')).stdout).toMatch(/laptop +xmcf-rpxo-kut7-cvbp +yes/)
    expect(documentOf(await run('peers', 'ls', '--json'))).toMatchObject([{ peer_id: id, may_send: true }])
    expect((await run('peers', 'rm', 'laptop')).status).toBe(0)
    expect(await run('peers', 'rm', 'laptop')).toMatchObject({ status: 4, stdout: '' })
  })
  test('an id that is none is a slip', async () => {
    expect((await run('peers', 'trust', 'laptop')).status).toBe(2)
  })
  test('a name with control characters does not reach the terminal as it is', async () => {
    await run('peers', 'trust', id, '--name', '\u001b]0;owned\u0007')
    expect((await run('peers', 'ls')).stdout).toMatch(/^\\u\{1b\}]0;owned\\u\{7\} /m)
  })
})

describe('pfs pool', () => {
  beforeEach(() => {
    mkdirSync(here.at('files'))
    writeFileSync(here.at('files/one'), 'x'.repeat(100_000))
  })
  test('what only looks does not make a pool', async () => {
    const { status, stderr } = await run('pool', 'stats')
    expect(status).toBe(11)
    expect(stderr).toMatch(/pfs pool init/)
  })
  test('the first import makes one and says so once; the second knows the file', async () => {
    const first = await run('pool', 'import', 'files/one')
    expect(first.status).toBe(0)
    expect(first.stdout).toMatch(/^[0-9a-f]{64} {2}files\/one\n$/)
    expect(first.stderr.match(/open seed/g)).toHaveLength(1)
    const second = await run('pool', 'import', 'files/one')
    expect(second.stdout).toBe(first.stdout)
    expect(second.stderr).not.toMatch(/open seed/)
    const listed = documentOf(await run('pool', 'ls', '--json'))
    expect(listed).toMatchObject([{ size_bytes: 100_000, pinned: false, complete: true }])
    expect((await run('pool', 'ls')).stdout.split('\n')).toHaveLength(3)
    expect(documentOf(await run('pool', 'stats', '--json'))).toMatchObject({
      blobs: 1,
      open_seed: true,
    })
  })
  test('seed add pins', async () => {
    expect((await run('pool', 'seed', 'add', 'files/one')).status).toBe(0)
    expect(documentOf(await run('pool', 'ls', '--json'))).toMatchObject([{ pinned: true }])
  })
  test('a file that is not there ends with 4 and costs nothing of those before it', async () => {
    expect((await run('pool', 'import', 'files/one', 'files/two')).status).toBe(4)
    expect(documentOf(await run('pool', 'ls', '--json'))).toHaveLength(1)
  })
  test('init takes a seed, a quota and a policy, and only once', async () => {
    expect((await run('pool', 'init', '--private', '--quota', '1GiB', '--learn', 'copy')).status).toBe(0)
    expect(documentOf(await run('pool', 'stats', '--json'))).toMatchObject({
      open_seed: false,
      quota_bytes: 2 ** 30,
      learn: 'copy',
    })
    expect((await run('pool', 'init')).status).toBe(10)
  })
  test('a seed file makes the same pool elsewhere', async () => {
    await run('pool', 'init', '--private')
    const seedFile = here.at('home/data/pool/seed')
    const elsewhere = { home: here.at('other'), directory: here.path }
    expect((await pfs(['pool', 'init', '--seed-file', seedFile], elsewhere)).status).toBe(0)
    const [id] = (await run('pool', 'import', 'files/one')).stdout.split(' ')
    expect((await pfs(['pool', 'import', 'files/one'], elsewhere)).stdout).toMatch(new RegExp(`^${id} `))
  })
  test('verify says clean; after damage it ends with 11, and repair makes it clean again', async () => {
    await run('pool', 'import', 'files/one')
    expect(await run('pool', 'verify', '--full')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/clean\n$/),
    })
    const segments = here.at('home/data/pool/segments')
    const path = join(segments, readdirSync(segments).filter(name => !name.endsWith('.lock'))[0] ?? '')
    const bytes = readFileSync(path)
    bytes.fill(0xa5, 2_000, 2_100)
    writeFileSync(path, bytes)
    const damaged = await run('pool', 'verify')
    expect(damaged.status).toBe(11)
    expect(damaged.stderr).toMatch(/pfs pool repair/)
    expect((await run('pool', 'repair')).status).toBe(0)
    expect((await run('pool', 'verify')).status).toBe(0)
  })
})

test('a closed stdout ends it without a word', async () => {
  const child = spawn('sh', ['-c', `"${process.execPath}" "${bin}" help exit-codes | true`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PFS_HOME: here.at('home') },
  })
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => {
    stderr += text
  })
  await new Promise(resolve => child.once('close', resolve))
  expect(stderr).toBe('')
})

test('a bug that strikes outside of any call ends with 1 and a sentence, and its stack only with -v', async () => {
  const bomb = `data:text/javascript,process.on('SIGUSR2', () => { throw new Error('ranges overlap') })`
  const environment = { NODE_OPTIONS: `--import "${bomb}"` }
  const port = String(await freePort())
  for (const flag of ['--color=never', '-v']) {
    const recv = Pfs.start(['recv', '-p', port, flag], { home: here.at('home'), environment })
    await recv.ready()
    recv.signal('SIGUSR2')
    const { status, stderr } = await recv.finished
    expect(status).toBe(1)
    expect(stderr).toMatch(/^pfs: a bug in pfs stopped it: ranges overlap$/m)
    expect(stderr.includes('data:text')).toBe(flag === '-v')
  }
})

test('what is started with a limit does not outlive it', async () => {
  const { signal } = await Pfs.start(['recv'], { home: here.at('home'), limitMillis: 1 }).finished
  expect(signal).toBe('SIGKILL')
})
