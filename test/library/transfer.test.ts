// send and receive as a program calls them: sources and sinks, events, aborts, tickets, refusals and faults, on loopback. Runs
// from dist, because a session's worker does.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import { portDefault as portOfCommand } from '../../src/cli/place.ts'
import type * as library from '../../src/index.ts'
import { portDefault } from '../../src/library/ports.ts'
import { randomBytes } from '../pool/scratch.ts'
import { scratch } from '../support/pfs.ts'

const built = join(import.meta.dirname, '../../dist/src/index.js')
const pfs = (await import(built)) as typeof library
const { createTicket, directories, formatTicket, parseTicket, PfsError } = pfs

let ground: ReturnType<typeof scratch>
beforeEach(() => {
  ground = scratch()
  mkdirSync(ground.at('in'))
})
afterEach(() => ground.remove())

type Listening = Extract<library.TransferEvent, { kind: 'listening' }>

/** A receiver that takes from everybody, unless told otherwise. */
async function receiver(change: Partial<library.ReceiveOptions> = {}) {
  let heard: (event: Listening) => void = () => {}
  const listening = new Promise<Listening>(resolve => {
    heard = resolve
  })
  const transfer = pfs.receive({
    directories: directories({ PFS_HOME: ground.at('receiver') }),
    port: 0,
    accept: () => true,
    onEvent: event => {
      if (event.kind === 'listening') heard(event)
    },
    ...(change.sink ? {} : { directory: ground.at('in') }),
    ...change,
  })
  transfer.catch(() => {})
  return { transfer, listening: await listening }
}

const sender = (port: number, options: Partial<library.SendOptions>) =>
  pfs.send({
    directories: directories({ PFS_HOME: ground.at('sender') }),
    host: '127.0.0.1',
    port,
    ...options,
  })

function file(bytes: number): string {
  writeFileSync(ground.at('source.bin'), randomBytes(bytes, 1))
  return ground.at('source.bin')
}

test('a program and the command meet at the same port', () => {
  expect(portDefault).toBe(portOfCommand)
})

test('a transfer is awaited and iterated, by whoever likes and for as long as they like', async () => {
  const path = file(3 * MiB)
  const there = await receiver()
  const transfer = sender(there.listening.port, { paths: path })
  const seen: string[] = []
  for await (const event of transfer) {
    seen.push(event.kind)
    // whoever leaves does not end it
    if (event.kind === 'start') break
  }
  const [gave, got] = await Promise.all([transfer, there.transfer])
  expect(gave).toMatchObject({ direction: 'send', sizeBytes: 3 * MiB, blobId: got?.blobId })
  expect(readFileSync(got?.path ?? '').equals(readFileSync(path))).toBe(true)
  for await (const event of transfer) seen.push(event.kind)
  expect(seen.filter(kind => kind === 'start')).toHaveLength(1)
  expect(seen).toContain('progress')
  const told: string[] = []
  for await (const event of there.transfer) if (event.kind !== 'notice') told.push(event.kind)
  expect(told[0]).toBe('listening')
  expect(told.at(-1)).toBe('done')
})

const bytes = randomBytes(300 * KiB, 7)
const sources: Record<string, () => library.ByteSource> = {
  'a stream of Node': () => Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]),
  'a stream of the Web': () => new Blob([bytes]).stream(),
  'a Blob': () => new Blob([bytes]),
  'bytes in memory': () => bytes,
  'an async iterable': async function* () {
    yield bytes.subarray(0, 7)
    yield bytes.subarray(7)
  },
}

describe('a stream is sent from', () => {
  for (const [name, source] of Object.entries(sources)) {
    test(name, async () => {
      const there = await receiver()
      await sender(there.listening.port, { stream: { name: 'it', chunks: source() } })
      await there.transfer
      expect(readFileSync(join(ground.at('in'), 'it')).equals(bytes)).toBe(true)
    })
  }
})

test('a ticket is place, key and welcome in one line', async () => {
  const ticket = createTicket()
  const there = await receiver({ ticket, accept: () => false })
  const { port, peerId } = there.listening
  const line = formatTicket({ host: '127.0.0.1', port, peerId, secret: ticket.secret })
  expect(parseTicket(line)).toMatchObject({ host: '127.0.0.1', port, secret: ticket.secret })
  await pfs.send({
    directories: directories({ PFS_HOME: ground.at('sender') }),
    stream: { name: 'it', chunks: bytes },
    ticket: line,
  })
  expect(await there.transfer).toMatchObject({ name: 'it' })
  expect(() => parseTicket(line.slice(0, -1))).toThrow(PfsError)
})

test('who says nothing lets nobody in', async () => {
  const there = await receiver({ accept: undefined as never })
  const refused = sender(there.listening.port, { stream: { name: 'it', chunks: bytes } })
  await expect(refused).rejects.toMatchObject({ code: 'PFS_REFUSED' })
  there.transfer.abort()
  await expect(there.transfer).rejects.toMatchObject({ code: 'PFS_INTERRUPTED', exitStatus: 130 })
})

test('kept, it takes one after the other and resolves when aborted', async () => {
  const controller = new AbortController()
  const there = await receiver({ keep: true, signal: controller.signal })
  for (const name of ['one', 'two']) await sender(there.listening.port, { stream: { name, chunks: bytes } })
  const names: string[] = []
  for await (const event of there.transfer) {
    if (event.kind === 'done') names.push(event.summary.name)
    if (names.length === 2) controller.abort()
  }
  expect(names).toEqual(['one', 'two'])
  expect(await there.transfer).toBeUndefined()
})

test('a file goes into a stream of the Web', async () => {
  const taken: Uint8Array[] = []
  const there = await receiver({ sink: new WritableStream({ write: chunk => void taken.push(chunk) }) })
  await sender(there.listening.port, { stream: { name: 'it', chunks: bytes } })
  expect(await there.transfer).toMatchObject({ name: 'it', path: '' })
  expect(Buffer.concat(taken).equals(bytes)).toBe(true)
})

test('a fault is a PfsError for who awaits and for who iterates', async () => {
  const there = await receiver()
  writeFileSync(join(ground.at('in'), 'it'), 'something else')
  const transfer = sender(there.listening.port, { stream: { name: 'it', chunks: bytes } })
  await expect(
    (async () => {
      for await (const _ of transfer);
    })(),
  ).rejects.toMatchObject({ code: 'PFS_EXISTS', exitStatus: 10, retryable: false })
  await expect(transfer).rejects.toBeInstanceOf(PfsError)
})

test('a time-out while it waits is PFS_INTERRUPTED, and its cause says that it was one', async () => {
  const waiting = pfs.receive({
    directory: ground.at('in'),
    directories: directories({ PFS_HOME: ground.at('receiver') }),
    port: 0,
    signal: AbortSignal.timeout(1),
  })
  await expect(waiting).rejects.toMatchObject({
    code: 'PFS_INTERRUPTED',
    cause: { name: 'TimeoutError' },
  })
})

test('part of a tree is a rejection on both sides, and its summary says what is missing', async () => {
  mkdirSync(ground.at('tree'))
  for (const name of ['one', 'two']) writeFileSync(join(ground.at('tree'), name), name)
  // a directory with something in it is never replaced
  mkdirSync(join(ground.at('in'), 'tree/one/kept'), { recursive: true })
  const there = await receiver({ onConflict: 'overwrite' })
  const transfer = sender(there.listening.port, { paths: [ground.at('tree')] })
  await expect(transfer).rejects.toMatchObject({ code: 'PFS_PARTIAL', exitStatus: 3 })
  const fault = await there.transfer.catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(pfs.PartialTransferError)
  expect(fault).toMatchObject({
    code: 'PFS_PARTIAL',
    summary: { fileCount: 2, failureCount: 1, failures: [{ path: 'tree/one', code: 'PFS_EXISTS' }] },
  })
  expect(readFileSync(join(ground.at('in'), 'tree/two'), 'utf8')).toBe('two')
})

test('a stream of text is PFS_READ', async () => {
  const there = await receiver()
  const text = Readable.from(['words']) as library.ByteSource
  const transfer = sender(there.listening.port, { stream: { name: 'it', chunks: text } })
  await expect(transfer).rejects.toMatchObject({ code: 'PFS_READ' })
  there.transfer.abort()
})

const slips: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['nothing to send', () => pfs.send({ host: 'localhost' })],
  ['nowhere to send to', () => pfs.send({ paths: 'a' })],
  ['a port that is none', () => pfs.send({ paths: 'a', host: 'localhost', port: 70_000 })],
  ['half a ticket', () => pfs.send({ paths: 'a', ticket: 'pfs://host' })],
  ['a source that has no bytes', () => pfs.send({ stream: { name: 'a', chunks: 5 as never }, host: 'x' })],
  ['a stall of less than a second', () => pfs.send({ paths: 'a', host: 'x', stallMicros: 999_999 })],
  ['a transport that is none', () => pfs.send({ paths: 'a', host: 'x', transport: 'sctp' as never })],
  ['nowhere to receive', () => pfs.receive({})],
  ['two places to receive', () => pfs.receive({ directory: '.', sink: new WritableStream() })],
  ['a sink for many', () => pfs.receive({ sink: new WritableStream(), keep: true })],
]
for (const [name, call] of slips) {
  test(`${name} is PFS_USAGE, as a rejection`, async () => {
    await expect(call()).rejects.toMatchObject({ name: 'PfsError', code: 'PFS_USAGE' })
  })
}

test('aborted before it began: PFS_INTERRUPTED, and the reason is its cause', async () => {
  const reason = new Error('not today')
  const transfer = pfs.send({ paths: 'a', host: '127.0.0.1', signal: AbortSignal.abort(reason) })
  await expect(transfer).rejects.toMatchObject({ code: 'PFS_INTERRUPTED', cause: reason })
})
