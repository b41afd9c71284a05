// The lines of --events: each type and each field from what happens, under a clock of our own.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { Admission } from '../../src/cli/admission.ts'
import { conflictTeller } from '../../src/cli/conflict.ts'
import { eventPage, eventTable } from '../../src/cli/event_table.ts'
import { complain } from '../../src/cli/failure.ts'
import { Follower } from '../../src/cli/follow.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import type { TransferEvent } from '../../src/transfer/events.ts'
import { checkedLine, type Line } from '../support/event_check.ts'
import { job, peerId, progress, Run, runId, seen, start, summary, transfer } from './event_run.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('each type', () => {
  test('listening says where, and who we are', () => {
    const run = new Run().tell({ kind: 'listening', hosts: ['10.0.0.1', 'fd00::1'], port: 9419, peerId })
    expect(run.lines).toEqual([
      {
        v: 'pfs.events/1',
        type: 'listening',
        time: '1970-01-01T00:00:00.000Z',
        job: runId,
        hosts: ['10.0.0.1', 'fd00::1'],
        places: ['10.0.0.1', 'fd00::1'],
        port: 9419,
        peer_id: peerId,
        fingerprint: 'xmcf-rpxo-kut7-cvbp',
      },
    ])
  })
  test('peer says whether its key is pinned now, once for each peer', () => {
    const known = new Run().tell(start())
    expect(known.of('peer')).toMatchObject([{ host: '10.0.0.2:9419', peer_id: peerId, pinned: false, job }])
    const fresh = new Run().tell({ kind: 'pinned', host: '10.0.0.2:9419', peerId }, start())
    expect(fresh.of('peer')).toMatchObject([{ host: '10.0.0.2:9419', peer_id: peerId, pinned: true }])
  })
  test('start names the transfer, and what comes after bears its name', () => {
    const run = new Run().tell({ kind: 'phase', phase: 'connecting' }, start())
    expect(run.of('phase')).toMatchObject([{ phase: 'connect', job: runId }])
    expect(run.of('start')).toMatchObject([
      { direction: 'send', name: 'big.iso', bytes_total: 1000, files_total: 3, peer_id: peerId, job },
    ])
  })
  test('a tree that is offered anew is the same job', () => {
    const again = `${job}cccccccc`
    const run = new Run().tell(start(), { kind: 'phase', phase: 'transferring', transfer: again })
    expect(run.of('phase')).toMatchObject([{ job }])
  })
  test('phase is told when it changes, in the words of the table', () => {
    const run = new Run()
    const words = ['connecting', 'asking', 'scanning', 'transferring', 'building', 'verifying'] as const
    for (const phase of words)
      run.tell({ kind: 'phase', phase, transfer }, { kind: 'phase', phase, transfer })
    const told = run.of('phase').map(({ phase }) => phase)
    expect(told).toEqual(['connect', 'ask', 'scan', 'transfer', 'build', 'verify'])
    for (const phase of told) expect(eventTable.phase.fields.phase.says).toContain(phase)
  })
  test('file names the path, the code and the reason', () => {
    const failure = { path: 'd/\u001b[2J\u202efile', code: 'PFS_READ', message: 'may not be read' } as const
    const run = new Run().tell(start(), { kind: 'file', state: 'failed', failure })
    expect(run.of('file')).toMatchObject([{ state: 'failed', ...failure, job }])
  })
  test('warning says what a notice says', () => {
    expect(new Run().tell({ kind: 'notice', text: 'the pool is full' }).of('warning')).toMatchObject([
      { message: 'the pool is full' },
    ])
  })
  test('prompt_required: nobody is here, and how to say yes next time', async () => {
    const run = new Run()
    const { terminal } = run.context
    const admission = new Admission({
      acceptsAll: false,
      allowed: [],
      terminal,
      ask: undefined,
      trust: async () => {},
    })
    const who = { peerId, fingerprint: 'xmcf-rpxo-kut7-cvbp', host: '10.0.0.3:5' }
    expect(await admission.accept({ ...who, wants: { kind: 'send', name: 'a', sizeBytes: 9 } })).toBe(false)
    expect(await admission.accept({ ...who, wants: { kind: 'sync' } })).toBe(false)
    expect(run.of('prompt_required')).toMatchObject([
      {
        question: 'accept',
        peer_id: peerId,
        name: 'a',
        bytes_total: 9,
        hint: expect.stringContaining(peerId),
      },
      { question: 'accept', name: null, bytes_total: null },
    ])
    expect(run.stderr).toBe('')
  })
  test('prompt_required: what is here and different, of the transfer it is about', async () => {
    const run = new Run().tell(start('recv'))
    const events = run.context.terminal.events
    const what = { name: 'src', sizeBytes: 9, count: 7, paths: ['src/\u001b[2Ja'] }
    const conflict = { transfer: 'cd'.repeat(16), host: '10.0.0.3:5', peerId, ...what }
    expect(await (events && conflictTeller(events)(conflict))).toBe('fail')
    const whose = { job: 'cd'.repeat(12), host: '10.0.0.3:5', peer_id: peerId, name: 'src', bytes_total: 9 }
    const hint = expect.stringContaining('--on-conflict')
    expect(run.of('prompt_required')).toMatchObject([
      { question: 'conflict', ...whose, paths: what.paths, count: 7, hint },
    ])
  })
  test('summary is the document of --json', () => {
    const run = new Run().tell(start('recv'), { kind: 'done', summary, transfer })
    expect(run.lines.at(-1)).toMatchObject({ type: 'summary', job, size_bytes: 1000, elapsed_seconds: 2.5 })
    const json = new Run({ isJson: true, eventsDescriptor: undefined })
    const terminal = new Terminal(
      { write: text => (json.stdout += text) },
      { write: () => {} },
      json.context.settings,
    )
    new Follower({ ...json.context, terminal }).onEvent({ kind: 'done', summary })
    const { v, type, time, job: _job, ...rest } = run.lines.at(-1) as Line
    expect(rest).toEqual(JSON.parse(json.stdout))
  })
  test('a dry run says what it planned, and each of several hosts which it is', () => {
    const planned = { opBytes: 5, literalBytes: 6 }
    const run = new Run()
    const follower = new Follower(run.context, { label: 'laptop' })
    follower.onEvent({ kind: 'done', summary: { ...summary, planned } })
    complain(new PfsError('PFS_STALLED'), run.context, 7, 'laptop')
    expect(run.lines).toMatchObject([
      { type: 'summary', to: 'laptop', planned: { op_bytes: 5, literal_bytes: 6 } },
      { type: 'error', to: 'laptop', final: false },
    ])
  })
  test('with --code the places are tickets; -o - leaves stdout to the content', () => {
    const run = new Run()
    const secret = new Uint8Array(16).fill(3)
    const listening = { kind: 'listening', hosts: ['10.0.0.1'], port: 9419, peerId } as const
    new Follower(run.context, { secret }).onEvent(listening)
    expect(run.of('listening')[0]?.places).toEqual([expect.stringMatching(/^pfs:\/\/10\.0\.0\.1/)])
    const slip = expect.objectContaining({ code: 'PFS_USAGE' })
    expect(() => new Follower(run.context, { isPiped: true })).toThrow(slip)
    expect(() => new Follower(new Run({ eventsDescriptor: 3 }).context, { isPiped: true })).not.toThrow()
  })
  test('result is the document of any other command', () => {
    const run = new Run()
    run.context.terminal.document([{ path: '/pool' }])
    expect(run.of('result')).toMatchObject([{ result: [{ path: '/pool' }] }])
  })
  test('error ends it, with the status of the process, what to do and what it is about', () => {
    const run = new Run({ isVerbose: true })
    const cause = Object.assign(new Error('EACCES'), { path: '/srv/x' })
    const error = new PfsError('PFS_STALLED', 'for 30 s', { retryable: true, hint: 'Wait.', cause })
    expect(complain(error, run.context)).toBe(7)
    expect(complain(new Error('ranges overlap'), run.context, 130)).toBe(130)
    const shared = { final: true, hint: expect.any(String) }
    expect(run.of('error')).toMatchObject([
      { code: 'PFS_STALLED', exit_code: 7, retryable: true, ...shared, path: '/srv/x', hint: 'Wait.' },
      { code: 'PFS_INTERNAL', exit_code: 130, retryable: false, ...shared },
    ])
    expect(run.of('error')[0]?.trace).toContainEqual(expect.stringMatching(/^at /))
    expect(run.stderr).toBe('')
  })
  test('error of one transfer among many is not final, and names the peer', () => {
    const error = new PfsError('PFS_REFUSED')
    const run = new Run().tell(start('recv'), { kind: 'failed', error, peerId, transfer })
    expect(run.of('error')).toMatchObject([{ final: false, peer_id: peerId, exit_code: 5, job }])
    expect(run.of('error')[0]).not.toHaveProperty('trace')
  })
})

describe('progress', () => {
  test('is told twice a second, while it moves and while it stands', () => {
    const run = new Run().tell(start())
    for (let at = 1; at <= 40; at++) run.tell(progress(at)).pass(0.25)
    expect(run.of('progress').length).toBe(20)
    run.pass(5)
    const told = run.of('progress')
    expect(told.length).toBe(30)
    expect(told.at(-1)).toMatchObject({ bytes_done: 40, bytes_per_second: 0, eta_seconds: null })
    expect(told.at(-1)?.stalled_seconds).toBe(5)
  })
  test('has what is done, the total, the wire and the pool, and how long it will take', () => {
    const run = new Run().tell(start(), progress(0)).pass(1).tell(progress(100)).pass(1).tell(progress(200))
    run.writer.tick()
    expect(run.of('progress').at(-1)).toMatchObject({
      bytes_done: 200,
      bytes_total: 1000,
      bytes_checked: 0,
      bytes_wire: 7,
      bytes_from_pool: 5,
      bytes_per_second: 100,
      eta_seconds: 8,
      stalled_seconds: 0,
    })
  })
  test('what an earlier attempt brought is no speed, though the source was read before', () => {
    const run = new Run().tell(start(), { kind: 'phase', phase: 'scanning', transfer })
    run
      .tell(progress(0, { checkedBytes: 500 }))
      .pass(1)
      .tell(progress(0, { checkedBytes: 1000 }))
      .pass(1)
    run.tell({ kind: 'phase', phase: 'transferring', transfer }, progress(900)).pass(1)
    run.tell(progress(910))
    run.writer.tick()
    expect(run.of('progress').at(-1)).toMatchObject({ bytes_done: 910, bytes_per_second: 10, eta_seconds: 9 })
  })
  test('never goes back when the other side counts what it has built', () => {
    const run = new Run().tell(start(), progress(1000)).pass(0.5)
    run.tell({ kind: 'phase', phase: 'building', transfer }, progress(100)).pass(0.5)
    expect(run.of('progress').map(line => line.bytes_done)).toEqual([1000, 1000])
  })
  test('the last numbers come before the summary, and none after', () => {
    const run = new Run().tell(start(), progress(10)).pass(0.5).tell(progress(999))
    run.tell({ kind: 'done', summary, transfer }).pass(10)
    expect(run.lines.slice(-2)).toMatchObject([{ type: 'progress', bytes_done: 999 }, { type: 'summary' }])
  })
  test('files are never fewer than before, whatever the other side says of itself', () => {
    const run = new Run().tell(start('recv'))
    for (const doneFiles of [2, 1, 3]) run.tell(progress(10, { doneFiles, totalFiles: 3 })).pass(0.5)
    const told = run.of('progress').map(line => [line.files_done, line.files_total, line.bytes_from_pool])
    expect(told).toEqual([
      [2, 3, 5],
      [2, 3, 5],
      [3, 3, 5],
    ])
  })
  test('of two transfers at once each has its own', () => {
    const other = 'dd'.repeat(16)
    const run = new Run().tell(start('recv'), { ...start('recv'), transfer: other } as TransferEvent)
    run.tell(progress(500), progress(10, { transfer: other })).pass(0.5)
    expect(run.of('progress').map(line => [line.job, line.bytes_done])).toEqual([
      [job, 500],
      ['dd'.repeat(12), 10],
    ])
  })
  test('a sync of pools has no start, and progress all the same', () => {
    const { transfer: _, ...nameless } = progress(10, { totalBytes: 0, totalFiles: 0 })
    const run = new Run().tell({ kind: 'phase', phase: 'transferring' }, nameless).pass(0.5)
    expect(run.of('progress')).toMatchObject([{ bytes_done: 10, eta_seconds: null, job: runId }])
    for (const name of ['bytes_from_pool', 'files_done', 'files_total'])
      expect(run.of('progress')[0]).not.toHaveProperty(name)
  })
  test('-q leaves out progress and phase, and nothing else', () => {
    const run = new Run({ isQuiet: true })
      .tell({ kind: 'phase', phase: 'connecting' }, start(), progress(1))
      .pass(2)
    run.tell({ kind: 'notice', text: 'x' }, progress(2), { kind: 'done', summary, transfer })
    expect(run.lines.map(({ type }) => type)).toEqual(['peer', 'start', 'warning', 'summary'])
  })
})

describe('the text of a line', () => {
  test('is one line without any control character, and means the same', () => {
    const name = '\u001b]0;owned\u0007\r\n\u202egpj.exe\u009b2J\u2028\u{e0001}\ud800'
    const run = new Run().tell(start('send', name))
    expect(run.text.split('\n')).toHaveLength(3)
    expect(checkedLine(run.text.split('\n')[1] ?? '').name).toBe(name)
  })
})

test('the page has every type and every field', () => {
  const page = eventPage().join('\n')
  for (const [type, { fields }] of Object.entries(eventTable)) {
    expect(page).toMatch(new RegExp(`^${type}: `, 'm'))
    for (const name of Object.keys(fields)) expect(page).toMatch(new RegExp(`^  ${name} `, 'm'))
  }
})

test('the tests above have seen every field of every type', () => {
  for (const [type, { fields }] of Object.entries(eventTable)) {
    expect([...(seen.get(type) ?? [])], type).toEqual(expect.arrayContaining(Object.keys(fields)))
  }
})
