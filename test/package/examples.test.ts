// The programs in examples, run as they stand against the built package, which they import by its name.

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { scratch } from '../support/pfs.ts'

const folder = join(import.meta.dirname, '../../examples')
const tried = new Set<string>()

let ground: ReturnType<typeof scratch>
const running = new Set<ChildProcess>()
beforeEach(() => {
  ground = scratch()
})
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  ground.remove()
})

interface Ended {
  readonly status: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

function run(name: string, args: readonly string[] = [], input?: Uint8Array) {
  tried.add(name)
  const env = { ...process.env, PFS_HOME: ground.at(`home of ${name}`) }
  const child = spawn(process.execPath, [join(folder, name), ...args], { env })
  running.add(child)
  child.stdin.end(input)
  const stdout: Buffer[] = []
  let stderr = ''
  let told: (line: string) => void
  const firstComplaint = new Promise<string>(resolve => {
    told = resolve
  })
  child.stdout.on('data', chunk => stdout.push(chunk))
  child.stderr.on('data', chunk => {
    stderr += chunk
    const [line, ...more] = stderr.split('\n')
    if (line && more.length > 0) told(line)
  })
  const ended = new Promise<Ended>(resolve => {
    child.once('close', status => {
      running.delete(child)
      told('')
      resolve({ status, stdout: Buffer.concat(stdout), stderr })
    })
  })
  return { firstComplaint, ended }
}

/** Sends to receive_to_stream by the ticket it writes, and gives back what each of them said. */
async function sent(name: string, argument: string, input?: Uint8Array) {
  const there = run('receive_to_stream.mjs', ['127.0.0.1'])
  const ticket = await there.firstComplaint
  expect(ticket).toMatch(/^pfs:\/\//)
  const here = await run(name, [argument, ticket], input).ended
  return { here, there: await there.ended }
}

function file(bytes: Uint8Array): string {
  writeFileSync(ground.at('source.bin'), bytes)
  return ground.at('source.bin')
}

const bytes = randomBytes(300 * KiB, 1)

test('send_file and receive_to_stream', async () => {
  const { here, there } = await sent('send_file.mjs', file(bytes))
  expect(here).toMatchObject({ status: 0, stderr: '' })
  expect(here.stdout.toString()).toMatch(/^sent source\.bin: 307200 bytes, \d+ on the wire\n$/)
  expect(there.status).toBe(0)
  expect(there.stdout.equals(bytes)).toBe(true)
  expect(there.stderr).toContain('received source.bin: 307200 bytes')
})

test('send_file says what went wrong, and its exit status is that of the command', async () => {
  const { ended } = run('send_file.mjs', [file(bytes), 'not a ticket'])
  expect(await ended).toMatchObject({ status: 2, stderr: expect.stringMatching(/not a ticket/) })
})

test('send_stream', async () => {
  const { here, there } = await sent('send_stream.mjs', 'words', bytes)
  expect(here.stdout.toString()).toMatch(/^[0-9a-f]{64}\n$/)
  expect(gunzipSync(there.stdout).equals(bytes)).toBe(true)
})

test('events', async () => {
  const { here, there } = await sent('events.mjs', file(bytes))
  const lines = here.stdout.toString().trim().split('\n')
  expect(lines[0]).toBe('connecting')
  expect(lines).toContain('307200 of 307200 bytes')
  expect(lines.at(-1)).toMatch(/^done: [0-9a-f]{64}$/)
  expect(there.stdout.equals(bytes)).toBe(true)
})

test('pool', async () => {
  const path = file(bytes)
  const { stdout, status } = await run('pool.mjs', [ground.at('pool'), path]).ended
  expect(status).toBe(0)
  const [learnt, blob, numbers] = stdout.toString().split('\n')
  expect(learnt).toContain(`learnt ${path}: `)
  expect(blob).toMatch(/^[0-9a-f]{64} 307200$/)
  expect(numbers).toMatch(/^\d+ of \d+ bytes$/)
})

test('transport_echo', async () => {
  const { stdout, status, stderr } = await run('transport_echo.mjs').ended
  expect({ status, stdout: stdout.toString(), stderr }).toEqual({
    status: 0,
    stdout: 'hello, echo\n',
    stderr: '',
  })
})

test('each of them is tried', () => {
  expect([...tried].sort()).toEqual(
    readdirSync(folder)
      .filter(name => name.endsWith('.mjs'))
      .sort(),
  )
  for (const name of tried) expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^\/\/ @ts-check\n/)
})
