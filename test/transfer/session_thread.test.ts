// A session on a worker and on the caller's thread: the same calls, events, faults and ends; and what the peer hears
// while the caller stands still. Runs from dist, because a worker does.

import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import type * as directoriesModule from '../../src/transfer/directories.ts'
import type * as library from '../../src/transfer/events.ts'
import type * as session from '../../src/transfer/session.ts'
import type * as sessionThread from '../../src/transfer/session_thread.ts'
import { randomBytes } from '../pool/scratch.ts'
import { scratch } from '../support/pfs.ts'
import type * as relayThread from '../support/relay_thread.ts'

const dist = join(import.meta.dirname, '../../dist')
const built = join(dist, 'src/index.js')
const transfer = join(dist, 'src/transfer')
const { directories } = (await import(join(transfer, 'directories.js'))) as typeof directoriesModule
const { receive, send, syncPools } = (await import(join(transfer, 'session.js'))) as typeof session
const { prepareSession } = (await import(join(transfer, 'session_thread.js'))) as typeof sessionThread
const { RelayThread } = (await import(join(dist, 'test/support/relay_thread.js'))) as typeof relayThread

type Thread = 'worker' | 'main'
const threads: readonly Thread[] = ['worker', 'main']

let ground: ReturnType<typeof scratch>
beforeEach(() => {
  ground = scratch()
})
afterEach(() => ground.remove())

interface Told {
  readonly events: library.TransferEvent[]
  readonly kinds: string[]
  readonly onEvent: (event: library.TransferEvent) => void
  /** Resolves with the first of its kind. */
  of<Kind extends library.TransferEvent['kind']>(
    kind: Kind,
  ): Promise<Extract<library.TransferEvent, { kind: Kind }>>
}

function listen(): Told {
  const events: library.TransferEvent[] = []
  const waiting: { kind: string; resolve: (event: never) => void }[] = []
  return {
    events,
    get kinds() {
      return events.map(event => (event.kind === 'phase' ? event.phase : event.kind))
    },
    onEvent: event => {
      events.push(event)
      for (const { kind, resolve } of waiting) if (kind === event.kind) resolve(event as never)
    },
    of: kind =>
      new Promise(resolve => {
        const known = events.find(event => event.kind === kind)
        if (known) resolve(known as never)
        else waiting.push({ kind, resolve: resolve as (event: never) => void })
      }),
  }
}

function common(name: string, thread: Thread, told: Told, signal = new AbortController().signal) {
  const own = directories({ PFS_HOME: ground.at(name) })
  return { directories: own, onEvent: told.onEvent, signal, thread }
}

async function receiver(thread: Thread, change: Partial<library.ReceiveOptions> = {}) {
  const told = listen()
  const controller = new AbortController()
  const strangers: library.Stranger[] = []
  const result = receive({
    ...common('receiver', thread, told, controller.signal),
    port: 0,
    directory: ground.path,
    onConflict: 'overwrite',
    keep: false,
    accept: async stranger => {
      strangers.push(stranger)
      return true
    },
    ...change,
  })
  result.catch(() => {})
  const { port } = await Promise.race([told.of('listening'), result.then(() => ({ port: 0 }))])
  return { told, result, port, strangers, abort: () => controller.abort(new Error('enough')) }
}

function sender(thread: Thread, port: number, path: string, signal?: AbortSignal) {
  const told = listen()
  const result = send({ ...common('sender', thread, told, signal), host: '127.0.0.1', port, paths: [path] })
  result.catch(() => {})
  return { told, result }
}

function file(bytes: number): string {
  const path = ground.at('source.bin')
  writeFileSync(path, randomBytes(bytes, 1))
  return path
}

function folder(name: string): string {
  mkdirSync(ground.at(name))
  return ground.at(name)
}

describe.each(threads)('on the thread %s', thread => {
  test('a file arrives, and both sides are told the same things in the same order', async () => {
    const path = file(300 * KiB)
    const there = await receiver(thread, { directory: folder('out') })
    const here = sender(thread, there.port, path)
    const [got, gave] = await Promise.all([there.result, here.result])
    expect(readFileSync(got?.path ?? '').equals(readFileSync(path))).toBe(true)
    expect(gave).toMatchObject({ direction: 'send', sizeBytes: 300 * KiB, blobId: got?.blobId })
    expect(there.strangers).toMatchObject([{ wants: { kind: 'send', name: 'source.bin' } }])
    const ofSender = here.told.kinds.filter(kind => kind !== 'progress' && kind !== 'notice')
    expect(ofSender.slice(0, 3)).toEqual(['connecting', 'pinned', 'start'])
    expect(ofSender.at(-1)).not.toBe('start')
    const ofReceiver = there.told.kinds.filter(kind => kind !== 'notice')
    expect(ofReceiver[0]).toBe('listening')
    expect(ofReceiver.at(-1)).toBe('done')
    expect(here.told.events.filter(event => event.kind === 'progress').at(-1)).toMatchObject({
      doneBytes: 300 * KiB,
    })
  })

  test('a stream of text is a fault of the source, and not the end of it', async () => {
    const there = await receiver(thread, { directory: folder('out') })
    const chunks = Readable.from(['words', 'and more']) as AsyncIterable<Uint8Array>
    const options = { ...common('sender', thread, listen()), host: '127.0.0.1', port: there.port, paths: [] }
    const sent = send({ ...options, stream: { name: 'words', chunks } })
    await expect(sent).rejects.toMatchObject({ code: 'PFS_READ' })
    // it may have been taken back before anybody was asked, and then the receiver waits for another
    there.abort()
    await expect(there.result).rejects.toMatchObject({ name: 'PfsError' })
  })

  test('who is not welcome is refused, whether the answer is no or a fault', async () => {
    const path = file(KiB)
    let asked = 0
    const accept = async (): Promise<boolean> => {
      if (asked++ === 0) return false
      throw new Error('nobody can say')
    }
    const there = await receiver(thread, { keep: true, accept })
    for (const _ of [1, 2]) {
      const here = sender(thread, there.port, path)
      await expect(here.result).rejects.toMatchObject({ name: 'PfsError', code: 'PFS_REFUSED' })
    }
    expect(asked).toBe(2)
    expect(await there.told.of('failed')).toMatchObject({ error: { name: 'PfsError', code: 'PFS_REFUSED' } })
    there.abort()
    expect(await there.result).toBeUndefined()
  })

  test('faults keep their kind', async () => {
    const absent = sender(thread, 9, ground.at('absent'))
    await expect(absent.result).rejects.toMatchObject({ name: 'PfsError', code: 'PFS_NOT_FOUND' })
    const lonely = sender(thread, 9, file(KiB))
    await expect(lonely.result).rejects.toMatchObject({
      code: 'PFS_UNREACHABLE',
      retryable: true,
      exitStatus: 6,
    })
    await expect(receiver(thread, { directory: ground.at('absent') })).rejects.toMatchObject({
      code: 'PFS_WRITE',
    })
    const there = await receiver(thread)
    await expect(receiver(thread, { port: there.port })).rejects.toMatchObject({ code: 'PFS_PORT' })
    const told = listen()
    const sync = syncPools({ ...common('sender', thread, told), host: '127.0.0.1', port: 9 })
    await expect(sync).rejects.toMatchObject({ code: 'PFS_UNREACHABLE' })
    there.abort()
    await expect(there.result).rejects.toMatchObject({ code: 'PFS_INTERRUPTED' })
  })

  test('an abort ends it at any time: before, while it sets up, while it waits', async () => {
    const reason = new Error('not today')
    const before = sender(thread, 9, file(KiB), AbortSignal.abort(reason))
    await expect(before.result).rejects.toBe(reason)
    const controller = new AbortController()
    const early = receive({
      ...common('receiver', thread, listen(), controller.signal),
      port: 0,
      directory: ground.path,
      onConflict: 'fail',
      keep: false,
      accept: async () => true,
    })
    controller.abort()
    await expect(early).rejects.toMatchObject({ code: 'PFS_INTERRUPTED' })
    const waiting = await receiver(thread)
    waiting.abort()
    await expect(waiting.result).rejects.toMatchObject({ code: 'PFS_INTERRUPTED' })
  })

  test('a process whose session is over ends by itself', async () => {
    const program = `
      const { send, directories } = await import(${JSON.stringify(built)})
      await send({
        directories: directories(), paths: [process.argv[2]], host: '127.0.0.1', port: 9,
        onEvent() {}, signal: new AbortController().signal, thread: ${JSON.stringify(thread)},
      }).catch(error => console.log(error.code))`
    const path = ground.at('program.mjs') // a worker cannot be had from -e
    writeFileSync(path, program)
    const args = [path, file(KiB)]
    const env = { ...process.env, PFS_HOME: ground.at('program') }
    const said = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, { env, timeout: 30_000 }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      )
    })
    expect(said.trim()).toBe('PFS_UNREACHABLE')
  })
})

describe('a worker', () => {
  test('that dies is PFS_INTERNAL for its caller', async () => {
    const born = new Promise<Worker>(resolve => process.once('worker', resolve))
    const waiting = receiver('worker')
    const worker = await born
    const there = await waiting
    await worker.terminate()
    await expect(there.result).rejects.toMatchObject({ name: 'PfsError', code: 'PFS_INTERNAL' })
  })

  test('that was started ahead runs the next session, of whichever kind, and none after it', async () => {
    const born: Worker[] = []
    const count = (worker: Worker): number => born.push(worker)
    const told = () => new Promise(setImmediate) // node tells of a worker in the next turn
    process.on('worker', count)
    prepareSession('send')
    prepareSession('send')
    await told()
    expect(born.length).toBe(1)
    const there = await receiver('worker', { directory: folder('out') })
    expect(born.length).toBe(1)
    const here = sender('worker', there.port, file(100 * KiB))
    await told()
    expect(born.length).toBe(2)
    await Promise.all([there.result, here.result])
    process.off('worker', count)
  })

  // the caller's thread stands still for a second, in the middle of a transfer over a path of at most 10 MB/s
  const heardWhileBlocked = async (thread: Thread): Promise<number> => {
    const path = file(12 * MiB)
    const there = await receiver(thread, { directory: folder('out') })
    const relay = await RelayThread.open(there.port, 36)
    const here = sender('worker', relay.port, path)
    while (relay.toServer < 500) await new Promise(resolve => setTimeout(resolve, 5))
    const before = relay.toClient
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
    const heard = relay.toClient - before
    await Promise.all([there.result, here.result])
    await relay.close()
    return heard
  }

  test('acknowledges while its caller stands still, which the main thread cannot', async () => {
    const worker = await heardWhileBlocked('worker')
    ground.remove()
    ground = scratch()
    const main = await heardWhileBlocked('main')
    // on the main thread, what was under way when it stopped
    expect(worker, 'by the worker').toBeGreaterThan(10)
    expect(main, 'by the main thread').toBeLessThan(worker / 2)
  })
})
