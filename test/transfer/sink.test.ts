// A received file that goes on into a stream: whole and verified or not at all, no faster than the stream takes it, and nothing
// left behind. Runs from dist, because a session's worker does.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import type { PfsError } from '../../src/base/errors.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import type * as directoriesModule from '../../src/transfer/directories.ts'
import type { TransferEvent } from '../../src/transfer/events.ts'
import type * as sessionModule from '../../src/transfer/session.ts'
import type * as sinkModule from '../../src/transfer/sink.ts'
import { randomBytes } from '../pool/scratch.ts'
import { scratch } from '../support/pfs.ts'

const dist = join(import.meta.dirname, '../../dist/src/transfer')
const { directories } = (await import(join(dist, 'directories.js'))) as typeof directoriesModule
const { send } = (await import(join(dist, 'session.js'))) as typeof sessionModule
const { receiveInto } = (await import(join(dist, 'sink.js'))) as typeof sinkModule

let ground: ReturnType<typeof scratch>
beforeEach(() => {
  ground = scratch()
})
afterEach(() => ground.remove())

const never = new AbortController().signal
const homeOf = (name: string) => directories({ PFS_HOME: ground.at(name) })

function begin(sink: sinkModule.ByteSink, signal = never) {
  const events: TransferEvent[] = []
  let heard: (port: number) => void
  const listening = new Promise<number>(resolve => {
    heard = resolve
  })
  const onEvent = (event: TransferEvent): void => {
    events.push(event)
    if (event.kind === 'listening') heard(event.port)
  }
  const accept = async (): Promise<boolean> => true
  const result = receiveInto(sink, { directories: homeOf('receiver'), onEvent, signal, port: 0, accept })
  result.catch(() => {})
  return { events, listening, result }
}

function give(port: number, source: Partial<Parameters<typeof send>[0]>, signal = never) {
  const common = { directories: homeOf('sender'), onEvent: () => {}, signal }
  const result = send({ ...common, host: '127.0.0.1', port, paths: [], ...source })
  result.catch(() => {})
  return result
}

function file(bytes: number): { readonly path: string; readonly bytes: Buffer } {
  const path = ground.at('source.bin')
  writeFileSync(path, randomBytes(bytes, 1))
  return { path, bytes: readFileSync(path) }
}

const gathered = (): string[] => {
  const place = join(homeOf('receiver').jobs, 'streams')
  return existsSync(place) ? readdirSync(place, { recursive: true }).map(String) : []
}

test('a slow stream of Node gets every byte, waits being honoured, and nothing stays behind', async () => {
  const { path, bytes } = file(300 * KiB)
  const taken: Buffer[] = []
  let inside = 0
  const sink = new Writable({
    highWaterMark: KiB,
    write(chunk, _encoding, callback) {
      expect(++inside, 'one piece at a time').toBe(1)
      taken.push(chunk)
      setImmediate(() => {
        inside--
        callback()
      })
    },
  })
  const there = begin(sink)
  await give(await there.listening, { paths: [path] })
  const summary = await there.result
  expect(Buffer.concat(taken).equals(bytes)).toBe(true)
  expect(sink.writableFinished).toBe(true)
  expect(summary).toMatchObject({ name: 'source.bin', path: '', sizeBytes: 300 * KiB })
  expect(there.events.at(-1)).toMatchObject({ kind: 'done', summary })
  expect(gathered()).toEqual([])
})

test('a stream of the Web gets every byte and is closed', async () => {
  const { path, bytes } = file(100 * KiB)
  const taken: Uint8Array[] = []
  let isClosed = false
  const sink = new WritableStream<Uint8Array>({
    write: chunk => void taken.push(chunk),
    close() {
      isClosed = true
    },
  })
  const there = begin(sink)
  await give(await there.listening, { paths: [path] })
  await there.result
  expect(Buffer.concat(taken).equals(bytes)).toBe(true)
  expect(isClosed).toBe(true)
})

test('of a transfer that does not end well the stream gets no byte and no end', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield randomBytes(2 * MiB, 3)
    throw new Error('the source broke')
  }
  let takenBytes = 0
  const sink = new Writable({
    write(chunk, _encoding, callback) {
      takenBytes += chunk.length
      callback()
    },
  })
  const controller = new AbortController()
  const there = begin(sink, controller.signal)
  const gave = give(await there.listening, { stream: { name: 'broken', chunks: broken() } })
  await expect(gave).rejects.toMatchObject({ code: 'PFS_READ' })
  // the receiver may not have begun, and then it waits for another
  controller.abort()
  await expect(there.result).rejects.toMatchObject({ name: 'PfsError' })
  expect(takenBytes).toBe(0)
  expect(sink.writableFinished).toBe(false)
  expect(sink.destroyed).toBe(true)
})

test('a transfer that was cut short goes on where it was, on the same port', async () => {
  const { path, bytes } = file(12 * MiB)
  const port = await freePort()
  const first = new AbortController()
  const taken: Uint8Array[] = []
  const sink = () => new WritableStream<Uint8Array>({ write: chunk => void taken.push(chunk) })
  const common = { directories: homeOf('receiver'), port, accept: async () => true }
  const slow = [{ fromMinute: 0, bytesPerSecond: 8 * MiB }]
  const onEvent = (event: TransferEvent): void => {
    if (event.kind === 'listening') give(port, { paths: [path], rates: slow })
    if (event.kind === 'progress' && event.doneBytes > 2 * MiB) first.abort()
  }
  await expect(receiveInto(sink(), { ...common, onEvent, signal: first.signal })).rejects.toMatchObject({
    code: 'PFS_INTERRUPTED',
  })
  expect(taken).toEqual([])
  let again: ReturnType<typeof send> | undefined
  await receiveInto(sink(), {
    ...common,
    signal: never,
    onEvent: event => {
      if (event.kind === 'listening') again = give(port, { paths: [path] })
    },
  })
  expect((await again)?.reusedBytes).toBeGreaterThanOrEqual(MiB)
  expect(Buffer.concat(taken).equals(bytes)).toBe(true)
  expect(gathered()).toEqual([])
})

test('a tree is refused, and one file taken after it', async () => {
  const { path, bytes } = file(KiB)
  mkdirSync(ground.at('tree'))
  const taken: Uint8Array[] = []
  const there = begin(new WritableStream({ write: chunk => void taken.push(chunk) }))
  const port = await there.listening
  await expect(give(port, { paths: [ground.at('tree')] })).rejects.toMatchObject({ code: 'PFS_WRITE' })
  await give(port, { paths: [path] })
  await there.result
  expect(Buffer.concat(taken).equals(bytes)).toBe(true)
})

test('a stream that fails loses nothing: the error says where the file is', async () => {
  const { path, bytes } = file(300 * KiB)
  const sink = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('the pipe broke')) })
  sink.on('error', () => {})
  const there = begin(sink)
  await give(await there.listening, { paths: [path] })
  const fault = (await there.result.catch((error: unknown) => error)) as PfsError
  expect(fault).toMatchObject({ code: 'PFS_WRITE' })
  expect(fault.message).toContain('the pipe broke')
  const kept = /is at (.*)\.$/.exec(fault.hint ?? '')?.[1] ?? ''
  expect(readFileSync(kept).equals(bytes)).toBe(true)
})
