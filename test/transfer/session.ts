// What the session machines stand between, made by hand: a link that remembers what was said and lets a test speak for
// the peer, and a storage side that answers what a test tells it to.

import { toHex } from '../../src/base/bytes.ts'
import type { PfsError } from '../../src/base/errors.ts'
import type { Link, LinkHandlers } from '../../src/net/link.ts'
import type { BuildEvent, SourceEvent } from '../../src/transfer/storage/events.ts'
import type { StorageThread } from '../../src/transfer/storage/thread.ts'
import { wireCodeName } from '../../src/wire/codes.ts'
import { encodeMessage, type Message } from '../../src/wire/message.ts'
import { MessageReader } from '../../src/wire/message_reader.ts'
import * as answer from '../../src/wire/messages/answer.ts'
import * as done from '../../src/wire/messages/done.ts'
import * as end from '../../src/wire/messages/end.ts'
import * as hold from '../../src/wire/messages/hold.ts'
import * as miss from '../../src/wire/messages/miss.ts'
import * as nodes from '../../src/wire/messages/nodes.ts'
import * as offer from '../../src/wire/messages/offer.ts'
import * as refuse from '../../src/wire/messages/refuse.ts'
import * as syncEnd from '../../src/wire/messages/sync_end.ts'
import * as syncList from '../../src/wire/messages/sync_list.ts'
import * as syncWant from '../../src/wire/messages/sync_want.ts'
import * as want from '../../src/wire/messages/want.ts'

/** Messages by name, so that a test reads as what is said. */
const modules = { answer, done, end, hold, miss, nodes, offer, refuse, syncEnd, syncList, syncWant, want }
const nameOfType = new Map(Object.entries(modules).map(([name, { type }]) => [type as number, name]))

export const size = 1000
export const transfer = new Uint8Array(16).fill(7)
export const blob = new Uint8Array(32).fill(9)

export const say = {
  offer: (change: Partial<offer.Offer> = {}): Message => ({ ...offerOf(), ...change }),
  answer: (change: Partial<answer.Answer> = {}): Message => ({
    type: answer.type,
    transfer,
    state: 'open',
    held: [],
    candidates: [],
    grant: size,
    codecs: [],
    ...change,
  }),
  refuse: (code = 0x2a): Message => ({ type: refuse.type, transfer, code, text: '' }),
  end: (change: Partial<end.End> = {}): Message => {
    return { type: end.type, transfer, blob, size, opBytes: 0, literalBytes: 0, ...change }
  },
  miss: (start = 0, stop = 10): Message => ({ type: miss.type, transfer, ranges: [{ start, end: stop }] }),
  want: (level = 63, indexes: readonly number[] = [0]): Message => {
    return { type: want.type, transfer, level, indexes }
  },
  nodes: (index = 0): Message => {
    return { type: nodes.type, transfer, level: 0, index, nodes: [{ bytes: size, hash: blob }] }
  },
  done: (id: Uint8Array = blob): Message => ({ type: done.type, transfer, blob: id }),
  hold: (): Message => ({ type: hold.type, transfer, reason: 'asking', done: 0, total: 0 }),
  list: (part: number, isLast: boolean, ids: readonly Uint8Array[]): Message => {
    return { type: syncList.type, part, isLast, blobs: ids.map(id => ({ blob: id, size })) }
  },
  wish: (ids: readonly Uint8Array[]): Message => ({ type: syncWant.type, blobs: ids }),
  syncEnd: (): Message => ({ type: syncEnd.type }),
}

export const offerOf = (): offer.Offer => ({
  type: offer.type,
  transfer,
  kind: 'file',
  name: 'file',
  size,
  mtimeMillis: 0,
  mode: 0o644,
  poolId: new Uint8Array(16),
  chunking: 1,
  candidates: [],
})

/** A blob id like no other. */
export const id = (n: number) => new Uint8Array(32).fill(n)

export class FakeLink implements Link {
  readonly unheardBytes = 0
  readonly remoteStatic = new Uint8Array(32).fill(3)
  readonly address = { host: '127.0.0.1', port: 1 } as unknown as Link['address']
  readonly stats = { suite: 1, bytesSent: 0, bytesReceived: 0 } as Link['stats']
  readonly diagnosis = {
    limitedBy: 'none',
    waitedMicros: {},
    notes: [],
  } as unknown as Link['diagnosis']
  isConfirmed = true
  handlers: LinkHandlers | undefined
  /** What was said, in order. */
  readonly said: Message[] = []
  /** The code it was closed with. */
  closed: string | undefined
  readonly stopped: number[] = []
  readonly consumed: [stream: number, bytes: number][] = []
  readonly opened: number[] = []
  /** Streams the peer still allows. */
  allowed = 16
  readonly #reader = new MessageReader()

  /** The peer says this. */
  hear(...messages: readonly Message[]): this {
    for (const message of messages) this.handlers?.onControl(encodeMessage(message))
    return this
  }

  sendControl(bytes: Uint8Array): void {
    this.#reader.read(bytes, message => {
      this.said.push(message)
      return undefined
    })
  }

  /** The names of what was said. */
  get words(): string[] {
    return this.said.map(({ type }) => nameOfType.get(type) ?? '')
  }

  #open(parity: 0 | 1) {
    if (this.allowed-- <= 0) return undefined
    const stream = 2 * this.opened.length + 2 + parity
    this.opened.push(stream)
    const write = (_bytes: Uint8Array, onReleased?: () => void): boolean => {
      onReleased?.()
      return true
    }
    return { stream, lengthBytes: 0, write, end: () => {}, reset: () => {} }
  }

  openOrdered() {
    return this.#open(0)
  }
  openLiteral() {
    return this.#open(1)
  }
  consumedOrdered(stream: number, bytes: number): void {
    this.consumed.push([stream, bytes])
  }
  consumedSlab(stream: number, _offset: number, bytes: number): void {
    this.consumed.push([stream, bytes])
  }
  stop(stream: number): void {
    this.stopped.push(stream)
  }
  accept(): void {}
  refuse(): void {}
  limitRate(): void {}
  close(code: number): void {
    this.closed ??= wireCodeName(code)
  }
  finish(): Promise<void> {
    return Promise.resolve()
  }
}

type Answers = Record<string, (...args: never[]) => unknown>

/** Answers calls as told, remembers all of them, and lets a test speak for builds and sources. */
export class FakeStorage {
  readonly calls: { readonly method: string; readonly args: readonly unknown[] }[] = []
  readonly #answers: Answers
  readonly #builds = new Map<number, (event: BuildEvent) => void>()
  readonly #sources = new Map<number, (event: SourceEvent) => void>()

  constructor(answers: Answers = {}) {
    this.#answers = answers
  }

  get asThread(): StorageThread {
    return this as unknown as StorageThread
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    this.tell(method, args)
    return await this.#answers[method]?.(...(args as never[]))
  }
  tell(method: string, args: readonly unknown[]): void {
    this.calls.push({ method, args })
  }
  listenBuild(handle: number, listener: (event: BuildEvent) => void): void {
    this.#builds.set(handle, listener)
  }
  listenSource(handle: number, listener: (event: SourceEvent) => void): void {
    this.#sources.set(handle, listener)
  }
  forget(handle: number): void {
    this.#builds.delete(handle)
    this.#sources.delete(handle)
  }
  emitBuild(handle: number, event: BuildEvent): void {
    this.#builds.get(handle)?.(event)
  }
  emitSource(handle: number, event: SourceEvent): void {
    this.#sources.get(handle)?.(event)
  }
  get listeners(): number {
    return this.#builds.size + this.#sources.size
  }
  count(method: string): number {
    return this.calls.filter(call => call.method === method).length
  }
}

/** Until all that was begun without waiting has gone as far as it can. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
}

/** How a promise of a session ended: its error's code, 'done', or 'open'. */
export async function outcome(result: Promise<unknown>): Promise<string> {
  await settle()
  const open = Symbol('open')
  try {
    return (await Promise.race([result, Promise.resolve(open)])) === open ? 'open' : 'done'
  } catch (error) {
    return (error as PfsError).code
  }
}

export const hex = toHex
