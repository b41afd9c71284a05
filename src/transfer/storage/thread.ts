// The storage thread: a worker that runs one Storage, and the client that calls it from the protocol's thread. Calls and
// events cross as messages; payload lies in shared memory that changes hands. Knows no call by name.

import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { must } from '../../base/assert.ts'
import type { PfsError } from '../../base/errors.ts'
import { carried, uncarried } from './carry.ts'
import type { BuildEvent, CarriedError, SourceEvent } from './events.ts'
import type { Storage, StorageEvent, StorageOptions } from './storage.ts'

/** Marks a worker as ours: this file is imported by the client too. */
const role = 'pfs storage'

/** The id of a call that wants no reply; 0 is the thread's own start. */
const unanswered = -1

type Calls = Omit<Storage, never>
type CallName = keyof Calls & string

interface Request {
  readonly id: number
  readonly method: CallName
  readonly args: readonly unknown[]
}

type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: CarriedError }
  | { readonly kind: 'event'; readonly event: StorageEvent }

const startThread = (): Worker =>
  // descriptors come from the addon too, and node would warn of each that it closes and has not opened
  new Worker(new URL(import.meta.url), { workerData: { role }, trackUnmanagedFds: false })

export class StorageThread {
  static #ready: Worker | undefined
  readonly #worker: Worker
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: PfsError) => void }
  >()
  readonly #sources = new Map<number, (event: SourceEvent) => void>()
  readonly #builds = new Map<number, (event: BuildEvent) => void>()
  readonly #onNotice: (text: string) => void
  #ids = 0
  #fault: PfsError | undefined

  private constructor(worker: Worker, onNotice: (text: string) => void) {
    this.#worker = worker
    this.#onNotice = onNotice
  }

  /** Starts the thread of the next one that is opened, which loads meanwhile. */
  static prepare(): void {
    StorageThread.#ready ??= startThread()
  }

  static open(options: StorageOptions, onNotice: (text: string) => void): Promise<StorageThread> {
    const worker = StorageThread.#ready ?? startThread()
    StorageThread.#ready = undefined
    worker.postMessage(options)
    const thread = new StorageThread(worker, onNotice)
    return new Promise((resolve, reject) => {
      thread.#waiting.set(0, { resolve: () => resolve(thread), reject })
      worker.on('message', (reply: Reply) => thread.#onReply(reply))
      worker.on('error', error => thread.#onDeath(error))
      worker.on('exit', () => thread.#onDeath(new Error('the storage thread ended')))
    })
  }

  call<Name extends CallName>(method: Name, args: Parameters<Calls[Name]>): ReturnType<Calls[Name]> {
    const id = ++this.#ids
    const answer = new Promise<never>((resolve, reject) => {
      if (this.#fault) return reject(this.#fault)
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, method, args } satisfies Request)
    })
    return answer as ReturnType<Calls[Name]>
  }

  /** What the source behind `handle` has to say from now on. */
  listenSource(handle: number, listener: (event: SourceEvent) => void): void {
    this.#sources.set(handle, listener)
  }

  listenBuild(handle: number, listener: (event: BuildEvent) => void): void {
    this.#builds.set(handle, listener)
  }

  /** Nothing more is wanted of what was closed: a listener holds on to a whole connection. */
  forget(handle: number): void {
    this.#sources.delete(handle)
    this.#builds.delete(handle)
  }

  /** A call whose outcome comes as events, if at all: half the messages of `call`. */
  tell<Name extends CallName>(method: Name, args: Parameters<Calls[Name]>): void {
    if (!this.#fault) this.#worker.postMessage({ id: unanswered, method, args } satisfies Request)
  }

  /** @param isHurried work that nobody waits for is left undone */
  async close(isHurried = false): Promise<void> {
    if (!this.#fault) await this.call('close', [isHurried])
    this.#worker.removeAllListeners('exit')
    await this.#worker.terminate()
  }

  #onReply(reply: Reply): void {
    if (reply.kind === 'event') return this.#onEvent(reply.event)
    const id = reply.kind === 'ready' ? 0 : reply.id
    // a told call cannot fail but by a bug of ours: nothing may go on as if it had been done
    if (id === unanswered && reply.kind === 'error') return this.#onDeath(uncarried(reply.error))
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (reply.kind === 'error') waiting?.reject(uncarried(reply.error))
    else waiting?.resolve((reply.kind === 'reply' ? reply.value : undefined) as never)
  }

  #onEvent(event: StorageEvent): void {
    switch (event.of) {
      case 'source':
        return this.#sources.get(event.handle)?.(event.event)
      case 'build':
        return this.#builds.get(event.handle)?.(event.event)
      case 'notice':
        return this.#onNotice(event.text)
    }
  }

  #onDeath(error: unknown): void {
    this.#fault = uncarried(carried(error))
    for (const { reject } of this.#waiting.values()) reject(this.#fault)
    this.#waiting.clear()
    // whoever waits for an event and for no reply must not wait for ever
    const failed = { kind: 'failed', error: carried(this.#fault) } as const
    for (const listener of this.#sources.values()) listener(failed)
    for (const listener of this.#builds.values()) listener({ ...failed, wire: 'INTERNAL' })
  }
}

async function serve(): Promise<void> {
  const port = must(parentPort ?? undefined, 'a worker has a parent')
  const reply = (message: Reply): void => port.postMessage(message)
  try {
    // here alone: a client holds neither the pool nor its database
    const { Storage } = await import('./storage.ts')
    const [options] = (await once(port, 'message')) as [StorageOptions]
    const storage = await Storage.open(options, event => reply({ kind: 'event', event }))
    port.on('message', ({ id, method, args }: Request) => {
      const call = storage[method].bind(storage) as (...args: readonly unknown[]) => Promise<unknown>
      call(...args).then(
        value => id !== unanswered && reply({ kind: 'reply', id, value }),
        (error: unknown) => reply({ kind: 'error', id, error: carried(error) }),
      )
    })
    reply({ kind: 'ready' })
  } catch (error) {
    reply({ kind: 'error', id: 0, error: carried(error) })
  }
}

if (!isMainThread && (workerData as { role?: unknown } | null)?.role === role) {
  void serve()
}
