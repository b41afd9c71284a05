// The log: what each event becomes, what never gets into it, how a line reads, and that no fault of the log is one of
// the transfer.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { openLog } from '../../src/cli/log.ts'
import { beginEntry, type Entry, entryOf, faultEntry, loggable } from '../../src/cli/log_entries.ts'
import { humanLine } from '../../src/cli/log_line.ts'
import type { LogSettings } from '../../src/cli/settings.ts'
import { formatPeerId } from '../../src/crypto/identity.ts'
import type { TransferEvent } from '../../src/transfer/events.ts'
import { formatTicket } from '../../src/transfer/ticket.ts'
import { makePipe } from '../support/confined_world.ts'
import { scratch } from '../support/pfs.ts'
import { Screen } from './screen.ts'

const peerId = formatPeerId(new Uint8Array(32).fill(5))
const ticket = formatTicket({
  host: '10.0.0.2',
  port: 9419,
  publicKey: new Uint8Array(32).fill(5),
  secret: new Uint8Array(16).fill(0xab),
})
const secret = 'ab'.repeat(16)

const stderr: LogSettings = { level: 'trace', format: 'json', file: undefined }

/** What a log of these settings says on stderr, a line each. */
async function said(
  settings: Partial<LogSettings>,
  write: (log: Awaited<ReturnType<typeof openLog>>) => void,
) {
  const screen = new Screen()
  const log = await openLog({ ...stderr, ...settings }, screen.terminal)
  write(log)
  log.close()
  return screen.talk
}

describe('an event', () => {
  const start = {
    kind: 'start',
    direction: 'send',
    name: 'f',
    sizeBytes: 1000,
    fileCount: 1,
    peerId,
    host: 'h',
  } as const
  const failure = { path: 'a/b', code: 'PFS_READ', message: 'it is gone' } as const
  const progress = {
    kind: 'progress',
    doneBytes: 1,
    totalBytes: 2,
    wireBytes: 3,
    reusedBytes: 4,
    checkedBytes: 5,
    doneFiles: 6,
    totalFiles: 7,
  } as const
  const counts = { done_bytes: 1, total_bytes: 2, wire_bytes: 3 }
  const cases: readonly (readonly [TransferEvent, Entry['level'], Readonly<Record<string, unknown>>])[] = [
    [{ kind: 'listening', hosts: ['::'], port: 9419, peerId }, 'info', { port: 9419, peer_id: peerId }],
    [{ kind: 'phase', phase: 'scanning' }, 'debug', { phase: 'scanning' }],
    [{ kind: 'pinned', host: 'h', peerId }, 'info', { host: 'h', peer_id: peerId }],
    [start, 'info', { direction: 'send', name: 'f', size_bytes: 1000, host: 'h', peer_id: peerId }],
    [{ kind: 'file', state: 'failed', failure }, 'warn', { path: 'a/b', code: 'PFS_READ' }],
    [progress, 'trace', { ...counts, reused_bytes: 4, checked_bytes: 5, done_files: 6, total_files: 7 }],
    [{ kind: 'failed', error: new PfsError('PFS_STALLED', 'x'), peerId }, 'error', { code: 'PFS_STALLED' }],
    [{ kind: 'notice', text: 'made a pool' }, 'info', {}],
  ]
  for (const [event, level, fields] of cases) {
    test(`${event.kind} is of level ${level}, and is filtered by it`, async () => {
      const lines = await said({}, log => log.onEvent(event))
      expect(lines).toHaveLength(1)
      const line = JSON.parse(lines[0] ?? '')
      expect(line).toMatchObject({ level, event: event.kind, pid: process.pid, ...fields })
      expect(line.msg).toBe(entryOf(event).message)
      expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(line).not.toHaveProperty('hostname')
      const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const
      const next = levels[levels.indexOf(level as 'trace') + 1] ?? 'silent'
      expect(await said({ level: next }, log => log.onEvent(event))).toEqual([])
    })
  }
  test('of one of several transfers says which', async () => {
    const [line] = await said({}, log => log.onEvent({ kind: 'phase', phase: 'asking' }, 'laptop'))
    expect(JSON.parse(line ?? '')).toMatchObject({ to: 'laptop', phase: 'asking' })
  })
})

describe('a fault', () => {
  test('of the world has its code and status, and not the next step, which may quote the command line', async () => {
    const error = new PfsError('PFS_INTERRUPTED', undefined, { hint: `run again: pfs send f ${ticket}` })
    const [line] = await said({}, log => log.onFault(error, 130))
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'warn',
      event: 'fault',
      code: 'PFS_INTERRUPTED',
      exit_status: 130,
    })
    expect(line).not.toMatch(/run again|pfs:\/\//)
  })
  test('that ends the command is an error', () => {
    expect(faultEntry({ code: 'PFS_READ', message: 'x', exitStatus: 4 }).level).toBe('error')
  })
  test('of ours is fatal and has its stack', async () => {
    const [line] = await said({}, log => log.onFault(new Error('ranges overlap'), 1))
    const { level, stack, msg } = JSON.parse(line ?? '')
    expect([level, msg]).toEqual(['fatal', 'a bug in pfs stopped it: ranges overlap'])
    expect(stack.join()).toMatch(/log\.test/)
  })
})

describe('what never gets into a log', () => {
  const places: readonly (readonly [string, (text: string) => TransferEvent])[] = [
    ['a notice', text => ({ kind: 'notice', text })],
    [
      'the name of a file',
      path => ({ kind: 'file', state: 'failed', failure: { path, code: 'PFS_READ', message: path } }),
    ],
    ['a fault', text => ({ kind: 'failed', error: new PfsError('PFS_USAGE', text), peerId: undefined })],
    ['a list', text => ({ kind: 'listening', hosts: [text], port: 1, peerId })],
  ]
  for (const [name, event] of places) {
    for (const format of ['json', 'human'] as const) {
      test(`a ticket, or the end of one, in ${name} as ${format}`, async () => {
        const whole = await said({ format }, log => log.onEvent(event(`to '${ticket}' now`)))
        const part = await said({ format }, log => log.onEvent(event(`to ${peerId}.${secret} now`)))
        expect(whole.join()).toContain('[a ticket]')
        expect(whole.join() + part.join()).not.toContain(secret)
      })
      test(`a control character in ${name} as ${format}`, async () => {
        const lines = await said({ format }, log =>
          log.onEvent(event('\u001b]0;owned\u0007\r\n\u202egpj\u009b2J')),
        )
        expect(lines).toHaveLength(1)
        expect(lines[0]).not.toMatch(/[\p{Cc}\p{Cf}]|\\u00|\\[rn]/u)
        expect(lines[0]).toContain('u{1b}')
      })
    }
  }
  test('the words of the command', () => {
    expect(beginEntry('send', '1.0.0').fields).toEqual({ command: 'send', version: '1.0.0' })
  })
  test('while numbers and the like stay as they are', () => {
    const fields = { a: 1, b: true, c: null, d: [1, 'x'], e: { f: undefined } }
    expect(loggable(fields)).toEqual(fields)
  })
})

describe('a line for people', () => {
  test('has the time, the level, the event, the sentence and the rest by name', () => {
    const line = {
      level: 'info',
      time: 't',
      pid: 1,
      event: 'start',
      name: 'a b',
      n: 3,
      of: { x: 'y' },
      none: [],
      msg: 'm',
    }
    expect(humanLine(JSON.stringify(line))).toBe('t info  start m  name="a b" n=3 of.x=y')
  })
  test('has nothing behind the sentence where there is nothing', () => {
    expect(humanLine('{"level":"error","time":"t","event":"notice","msg":"m"}')).toBe('t error notice m')
  })
})

describe('a log file', () => {
  let here = scratch()
  beforeEach(() => {
    here = scratch()
  })
  afterEach(() => here.remove())
  const open = (screen = new Screen()) => openLog({ ...stderr, file: here.at('log') }, screen.terminal)

  test('is made for its owner alone, and added to', async () => {
    for (const text of ['one', 'two']) {
      const log = await open()
      log.onEvent({ kind: 'notice', text })
      log.close()
    }
    const lines = readFileSync(here.at('log'), 'utf8').trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line).msg)).toEqual(['one', 'two'])
    expect(statSync(here.at('log')).mode & 0o777).toBe(0o600)
  })
  test('has each line before the next thing happens', async () => {
    const log = await open()
    log.onEvent({ kind: 'notice', text: 'one' })
    expect(readFileSync(here.at('log'), 'utf8')).toMatch(/"msg":"one"}\n$/)
    log.close()
  })
  test('is not made for nothing', async () => {
    await openLog({ level: 'silent', format: 'json', file: here.at('log') }, new Screen().terminal)
    expect(existsSync(here.at('log'))).toBe(false)
  })
  const faults: readonly (readonly [string, () => void])[] = [
    ['is a directory', () => mkdirSync(here.at('log'))],
    ['is a pipe that nobody reads', () => makePipe(here.at('log'))],
  ]
  for (const [name, make] of faults) {
    test(`that ${name} is a fault before anything begins`, async () => {
      make()
      await expect(open()).rejects.toMatchObject({
        code: 'PFS_WRITE',
        message: expect.stringContaining(here.at('log')),
      })
    })
  }
  test('in a directory that is not there is a fault', async () => {
    const settings = { ...stderr, file: here.at('none/log') }
    await expect(openLog(settings, new Screen().terminal)).rejects.toMatchObject({ code: 'PFS_WRITE' })
  })
  test('that takes no more ends the log, says so once, and nothing else', async () => {
    const screen = new Screen()
    const log = await openLog({ ...stderr, file: '/dev/full' }, screen.terminal)
    for (const text of ['one', 'two']) log.onEvent({ kind: 'notice', text })
    log.close()
    expect(screen.talk).toEqual([expect.stringMatching(/^pfs: the log ends here: \/dev\/full: ENOSPC/)])
  })
  test('that was closed takes nothing more', async () => {
    const log = await open()
    log.close()
    log.close()
    writeFileSync(here.at('other'), '')
    log.onEvent({ kind: 'notice', text: 'late' })
    expect([readFileSync(here.at('log'), 'utf8'), readFileSync(here.at('other'), 'utf8')]).toEqual(['', ''])
  })
})

test('a log on stderr lifts the status line out of its way', async () => {
  const screen = new Screen({}, true)
  screen.terminal.status('50 %')
  const log = await openLog({ ...stderr, format: 'human' }, screen.terminal)
  log.onEvent({ kind: 'notice', text: 'hello' })
  const parts = screen.stderr.split('\r')
  expect(parts.slice(1)).toEqual([
    '50 %\u001b[K',
    expect.stringMatching(/^.\[K\S+ info {2}notice hello\n$/),
    '50 %\u001b[K',
  ])
})
