// The log of real transfers across loopback: that both sides tell the whole of it, that a ticket is nowhere in it, that
// a crash does not lose its last lines; and --no-input on a real terminal.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { shellLine } from '../../src/cli/interrupt.ts'
import { expectSame, Machines } from '../support/faults.ts'
import { killAll, Pfs } from '../support/pfs.ts'

let machines: Machines
let port = 0
beforeEach(async () => {
  machines = new Machines()
  port = await freePort()
})
afterEach(async () => {
  await killAll()
  await machines.remove()
})

interface Line {
  readonly level: string
  readonly event: string
  readonly [field: string]: unknown
}

const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

describe('of a transfer', () => {
  test('both sides log all of it, with the figures of the summary', async () => {
    const file = machines.file('f', 2 * MiB)
    const [here, there] = [machines.at('here.log'), machines.at('there.log')]
    const receiver = await machines.recv(port, ['--yes', '--log-file', there, '--log-level', 'trace'])
    const sent = await machines.send(file, port, ['--json', '--log-file', here]).finished
    expect(sent.status, sent.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    expectSame(join(machines.out, 'f'), file)

    const ours = linesOf(here)
    // the level of a file is info: neither phases nor progress
    const kept = ours.map(({ event }) => event).filter(event => event !== 'notice')
    expect(kept).toEqual(['begin', 'pinned', 'start', 'done', 'end'])
    const summary = JSON.parse(sent.stdout)
    expect(ours.find(({ event }) => event === 'done')).toMatchObject({ ...summary, direction: 'send' })
    expect(ours.find(({ event }) => event === 'start')).toMatchObject({
      name: 'f',
      size_bytes: 2 * MiB,
      files: 1,
    })

    const theirs = linesOf(there)
    for (const event of [
      'configuration',
      'setting',
      'listening',
      'phase',
      'start',
      'progress',
      'done',
      'end',
    ])
      expect(theirs.map(line => line.event)).toContain(event)
    const setting = theirs.find(line => line.setting === 'log.level')
    expect(setting).toMatchObject({ level: 'debug', value: 'trace', origin: 'flag --log-level' })
  })

  test('by a ticket, nothing of the ticket is in a log, though it is told on the screen', async () => {
    const file = machines.file('f', 1000)
    const [here, there] = [machines.at('here.log'), machines.at('there.log')]
    const log = (path: string) => ['--log-level', 'trace', '--log-file', path]
    const receiver = await machines.recv(port, ['--code', ...log(there)])
    const [, secret = ''] = await receiver.said(/pfs:\/\/\S+\.([0-9a-f]{32})/)
    const [, id = ''] = await receiver.said(/pfs:\/\/[^/]+\/([a-z2-7]{52})/)
    const ticket = `pfs://127.0.0.1:${port}/${id}.${secret}`
    // once mistyped, once right
    const mistyped = await machines.start(['send', file, ticket.slice(0, -1), ...log(here)], 'here').finished
    expect(mistyped.status).toBe(2)
    const sent = await machines.start(['send', file, ticket, ...log(here)], 'here').finished
    expect(sent.status, sent.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    for (const path of [here, there]) {
      expect(linesOf(path).some(({ event }) => event === 'done')).toBe(true)
      expect(readFileSync(path, 'utf8')).not.toMatch(new RegExp(`pfs://|${secret.slice(0, -1)}`))
    }
    expect(linesOf(here).filter(({ event }) => event === 'fault')).toMatchObject([{ code: 'PFS_USAGE' }])
  })

  test('that fails the fault is the last line, with its code and status', async () => {
    const log = machines.at('log')
    const file = machines.file('f', 1000)
    const words = ['--connect-timeout', '300ms', '--log-file', log]
    const sent = await machines.send(file, port, words).finished
    expect(sent.status).toBe(6)
    expect(linesOf(log).at(-1)).toMatchObject({
      level: 'error',
      event: 'fault',
      code: 'PFS_UNREACHABLE',
      exit_status: 6,
    })
  })

  test('lines for people stand on stderr beside the talk, at debug with -vv', async () => {
    const file = machines.file('f', 1000)
    const receiver = await machines.recv(port, ['--yes', '-vv'])
    const sent = await machines.send(file, port, ['--log-level', 'info', '--quiet']).finished
    expect(sent.stderr).toMatch(
      /^\S+Z info {2}start sending f \(1\.00 kB\) to 127\.0\.0\.1:\d+ {2}direction=send name=f /m,
    )
    expect(sent.stderr).not.toMatch(/ debug /)
    expect((await receiver.finished).stderr).toMatch(/^\S+Z debug phase transferring/m)
  })
})

test('a bug that ends the process is the last line of its log', async () => {
  const log = machines.at('log')
  const bomb = `data:text/javascript,process.on('SIGUSR2', () => { throw new Error('ranges overlap') })`
  const environment = { NODE_OPTIONS: `--import "${bomb}"` }
  const receiver = Pfs.start(
    ['recv', '-p', String(port), '--log-file', log],
    machines.options('there', { environment }),
  )
  await receiver.ready()
  receiver.signal('SIGUSR2')
  expect((await receiver.finished).status).toBe(1)
  const last = linesOf(log).at(-1)
  expect(last).toMatchObject({ level: 'fatal', event: 'fault', exit_status: 1 })
  expect(String(last?.stack)).toMatch(/ranges overlap/)
})

test('an interrupt is told in the log', async () => {
  const log = machines.at('log')
  const receiver = await machines.recv(port, ['--log-file', log])
  receiver.signal('SIGINT')
  expect((await receiver.finished).status).toBe(130)
  expect(linesOf(log).at(-1)).toMatchObject({ level: 'warn', code: 'PFS_INTERRUPTED', exit_status: 130 })
})

test('a log file that cannot be had ends the command before anything begins', async () => {
  const log = machines.at('none/log')
  await machines.fails(
    ['send', machines.file('f', 10), '127.0.0.1', '--log-file', log],
    'PFS_WRITE',
    /none\/log/,
    /--log-file/,
  )
})

// util-linux: gives a command a terminal of its own
const hasScript = spawnSync('script', ['--version']).status === 0

describe.skipIf(!hasScript)('on a terminal', () => {
  const recv = (...words: string[]): Pfs =>
    Pfs.start(['recv', '-p', String(port), '-o', machines.out, ...words], {
      ...machines.options('there'),
      through: (command, args, env) => {
        const line = shellLine([command, ...args]).replace(/^pfs /, '')
        // all that a terminal shows comes on one stream; here on the one that `said` reads
        const all = [
          '-c',
          'exec script "$@" >&2',
          'sh',
          '--quiet',
          '--return',
          '--command',
          line,
          '/dev/null',
        ]
        return spawn('sh', all, { env })
      },
    })

  test('a stranger is asked about, and with --no-input refused with what to do', async () => {
    const file = machines.file('f', 1000)
    const asking = recv()
    await asking.said(/Ready\./)
    const waiting = machines.send(file, port)
    await asking.said(/Accept\?/)
    await Promise.all([asking.kill(), waiting.kill()])

    const silent = recv('--no-input')
    await silent.said(/Ready\./)
    const refused = await machines.send(file, port).finished
    expect(refused.status).toBe(5)
    await silent.said(/nobody is here to ask/)
    expect(existsSync(join(machines.out, 'f'))).toBe(false)
    await silent.kill()
  })
})
