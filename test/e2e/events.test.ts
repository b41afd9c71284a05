// --events of real transfers: every line of both sides against the table, an end that is the end, and a fault whose
// status is the process's.

import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { checkedLines, type Line } from '../support/event_check.ts'
import { Machines } from '../support/faults.ts'
import { bin, Pfs } from '../support/pfs.ts'

let machines = new Machines()
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

const typesOf = (lines: readonly Line[]): string[] => [...new Set(lines.map(({ type }) => type))]

/** recv with --events says nothing that Machines.recv could wait for: its listening line is what it says. */
async function listening(port: number, words: readonly string[] = ['--yes']) {
  const receiver = machines.start(
    ['recv', '-p', String(port), '-o', machines.out, '--events', ...words],
    'there',
  )
  await receiver.told(/"type":"listening".*\n/)
  return receiver
}

test('a transfer on both sides: contact, start, progress, summary last, and the same job', async () => {
  const port = await freePort()
  const file = machines.file('new.bin', 40_000_000)
  const receiver = await listening(port)
  const sent = await machines.send(file, port, ['--events']).finished
  const received = await receiver.finished
  for (const end of [sent, received]) expect([end.status, end.stderr]).toEqual([0, ''])
  const ofSender = checkedLines(sent.stdout)
  const ofReceiver = checkedLines(received.stdout)
  expect(typesOf(ofSender)).toEqual(expect.arrayContaining(['phase', 'peer', 'start', 'progress', 'summary']))
  expect(typesOf(ofReceiver)).toEqual(expect.arrayContaining(['listening', 'peer', 'start', 'summary']))
  for (const lines of [ofSender, ofReceiver]) {
    expect(lines.at(-1)).toMatchObject({ type: 'summary', name: 'new.bin', size_bytes: 40_000_000 })
    expect(lines.filter(({ type }) => type === 'summary')).toHaveLength(1)
  }
  expect(ofSender.find(({ type }) => type === 'peer')).toMatchObject({ pinned: true })
  expect(ofSender.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({ bytes_done: 40_000_000 })
  const jobOf = (lines: readonly Line[]) => lines.find(({ type }) => type === 'start')?.job
  expect(jobOf(ofSender)).toBe(jobOf(ofReceiver))
})

test('on another descriptor they leave stdout to the result', async () => {
  const port = await freePort()
  const file = machines.file('a.bin', 100_000)
  const path = machines.at('events.ndjson')
  const events = openSync(path, 'w')
  const words = ['recv', '-p', String(port), '-o', machines.out, '--yes', '--events-fd', '3']
  const receiver = spawn(process.execPath, [bin, ...words], {
    stdio: ['ignore', 'pipe', 'pipe', events],
    env: { ...process.env, PFS_HOME: machines.at('there') },
  })
  machines.later(() => receiver.kill('SIGKILL'))
  closeSync(events)
  let stdout = ''
  receiver.stdout?.on('data', (text: Buffer) => {
    stdout += text
  })
  const ended = new Promise(resolve => receiver.once('close', resolve))
  // a sender that the system tells of a port without a listener does not wait for one
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toContain('listening'), { timeout: 30_000 })
  expect((await machines.send(file, port).finished).status).toBe(0)
  expect(await ended).toBe(0)
  expect(stdout).toBe(`${join(machines.out, 'a.bin')}\n`)
  const lines = checkedLines(readFileSync(path, 'utf8'))
  expect(typesOf(lines)).toContain('listening')
  expect(lines.at(-1)?.type).toBe('summary')
})

describe('a fault', () => {
  const faults: readonly (readonly [string, readonly string[], string, object?])[] = [
    [
      'a file that is not there',
      ['send', 'nothing.bin', '127.0.0.1:9'],
      'PFS_NOT_FOUND',
      { path: 'nothing.bin' },
    ],
    ['a port where nobody is', ['send', 'package', '127.0.0.1:9'], 'PFS_UNREACHABLE'],
    ['a slip among the words', ['sned', 'a', 'b'], 'PFS_USAGE'],
    ['a pool that is not there', ['pool', 'stats'], 'PFS_POOL'],
    ['a variable that says nonsense', ['peers', 'ls'], 'PFS_USAGE'],
  ]
  for (const [name, words, code, more] of faults) {
    test(`${name} is the last line, and its exit_code is the status`, async () => {
      machines.file('package', 1000)
      const isNonsense = words[0] === 'peers'
      const environment = isNonsense ? { PFS_PROGRESS_FPS: 'often' } : {}
      const run = Pfs.start([...words, '--events'], machines.options('here', { environment }))
      const { status, stdout, stderr } = await run.finished
      expect(stderr).toBe('')
      const lines = checkedLines(stdout)
      expect(lines.at(-1)).toMatchObject({ type: 'error', code, exit_code: status, final: true, ...more })
      expect(status).not.toBe(0)
    })
  }
  test('a stranger at the door is told of, and is no end for recv --keep; Ctrl-C is', async () => {
    const port = await freePort()
    const receiver = await listening(port, ['--keep'])
    const refused = await machines.send(machines.file('a.bin', 1000), port, ['--events']).finished
    expect(refused.status).toBe(5)
    expect(checkedLines(refused.stdout).at(-1)).toMatchObject({ code: 'PFS_REFUSED', exit_code: 5 })
    receiver.signal('SIGINT')
    const { status, stdout, stderr } = await receiver.finished
    expect([status, stderr]).toEqual([130, ''])
    const lines = checkedLines(stdout)
    expect(lines.filter(({ type }) => type === 'prompt_required')).toMatchObject([{ name: 'a.bin' }])
    const errors = lines.filter(({ type }) => type === 'error')
    expect(errors).toMatchObject([
      { code: 'PFS_REFUSED', final: false },
      { code: 'PFS_INTERRUPTED', exit_code: 130, final: true },
    ])
    expect(lines.at(-1)).toEqual(errors.at(-1))
  })
  test('a different file that is here is told of before the end, and decided by nobody', async () => {
    const port = await freePort()
    writeFileSync(join(machines.out, 'a.bin'), 'mine')
    const receiver = await listening(port)
    const file = machines.file('a.bin', 1000)
    const sent = await machines.send(file, port, ['--events']).finished
    const received = await receiver.finished
    expect([sent.status, received.status]).toEqual([10, 10])
    const lines = checkedLines(received.stdout)
    const peer = lines.find(({ type }) => type === 'peer')
    const prompts = lines.filter(({ type }) => type === 'prompt_required')
    expect(prompts).toMatchObject([
      {
        question: 'conflict',
        job: lines.find(({ type }) => type === 'start')?.job,
        peer_id: peer?.peer_id,
        fingerprint: peer?.fingerprint,
        name: 'a.bin',
        bytes_total: 1000,
        paths: ['a.bin'],
        count: 1,
        hint: expect.stringContaining('--on-conflict'),
      },
    ])
    expect(lines.at(-1)).toMatchObject({
      type: 'error',
      code: 'PFS_EXISTS',
      path: join(machines.out, 'a.bin'),
    })
    expect(readFileSync(join(machines.out, 'a.bin'), 'utf8')).toBe('mine')
  })
  test('of a tree the first of what is different are named, and the rest counted', async () => {
    const port = await freePort()
    const names = Array.from({ length: 9 }, (_, i) => `f${i}`)
    for (const folder of [machines.at('tree'), join(machines.out, 'tree')]) {
      mkdirSync(folder)
      for (const name of names) writeFileSync(join(folder, name), `${name} of ${folder}`)
    }
    const receiver = await listening(port)
    await machines.send(machines.at('tree'), port).finished
    const { status, stdout } = await receiver.finished
    expect(status).toBe(10)
    const lines = checkedLines(stdout)
    const paths = names.slice(0, 5).map(name => `tree/${name}`)
    expect(lines.filter(({ type }) => type === 'prompt_required')).toMatchObject([
      { question: 'conflict', name: 'tree', count: 9, paths },
    ])
    expect(lines.at(-1)).toMatchObject({ type: 'error', path: join(machines.out, 'tree/f0') })
  })
  test('where the command says what is to become of it, nobody would be asked', async () => {
    const port = await freePort()
    writeFileSync(join(machines.out, 'a.bin'), 'mine')
    const receiver = await listening(port, ['--yes', '--on-conflict', 'fail'])
    await machines.send(machines.file('a.bin', 1000), port).finished
    const { status, stdout } = await receiver.finished
    expect(status).toBe(10)
    expect(typesOf(checkedLines(stdout))).not.toContain('prompt_required')
  })
  test('a descriptor that is not open is a slip, said to people', async () => {
    const { status, stdout, stderr } = await machines.start(['version', '--events-fd', '9'], 'here').finished
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/descriptor 9 is not open for writing\n {2}.*--events-fd 9/)
  })
})

test('a command that is no transfer tells its document as a result', async () => {
  const { stdout } = await machines.start(['version', '--events'], 'here').finished
  const lines = checkedLines(stdout)
  expect(lines).toMatchObject([{ type: 'result', result: { peer_id: expect.any(String) } }])
})

test('a name that is no text keeps what it is', async () => {
  const folder = machines.at('tree')
  mkdirSync(folder)
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), 'x')
  const port = await freePort()
  await listening(port)
  const sent = await machines.send(folder, port, ['--events']).finished
  expect(sent.status, sent.stdout).toBe(0)
  checkedLines(sent.stdout)
})

test('whoever reads it may go: the transfer does not', async () => {
  const port = await freePort()
  const file = machines.file('b.bin', 20_000_000)
  const receiver = await listening(port)
  const line = `"${process.execPath}" "${bin}" send "${file}" 127.0.0.1:${port} --events | head -n 1`
  const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PFS_HOME: machines.at('here') },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      said += text
    })
  expect(await new Promise(resolve => child.once('close', resolve))).toBe(0)
  expect(said.split('\n')).toHaveLength(2)
  expect((await receiver.finished).status).toBe(0)
  expect(machines.arrived()).toEqual(['b.bin'])
})
