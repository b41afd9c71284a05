// The transport alone, as a program embeds it: streams each way on real loopback, back-pressure, codes, keys, aborts and ends.

import { createHash } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../../src/base/units.ts'
import { connect as connectLink } from '../../../src/net/endpoint.ts'
import {
  type Connection,
  type ConnectOptions,
  connect,
  createIdentity,
  type IncomingStream,
  inOrder,
  type Listener,
  type ListenOptions,
  type LiteralIncoming,
  listen,
  type OrderedIncoming,
  type Piece,
} from '../../../src/net/index.ts'
import { deaf } from '../../../src/net/link.ts'
import { host, newKeys, painted } from '../pair.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const text = (words: string): Uint8Array => new TextEncoder().encode(words)

async function next<Item>(from: AsyncIterable<Item>): Promise<Item> {
  for await (const item of from) return item
  throw new Error('it ended')
}

async function nextOrdered(from: AsyncIterable<IncomingStream>): Promise<OrderedIncoming> {
  const stream = await next(from)
  expect(stream.kind).toBe('ordered')
  return stream as OrderedIncoming
}

interface Pair {
  readonly listener: Listener
  readonly client: Connection
  readonly server: Connection
}

async function pair(theirs: ListenOptions = {}, ours: Partial<ConnectOptions> = {}): Promise<Pair> {
  const listener = await listen({ host: '127.0.0.1', ...theirs })
  const client = await connect({ host: '127.0.0.1', port: listener.port, peerId: listener.peerId, ...ours })
  return { listener, client, server: await next(listener) }
}

async function write(
  stream: { readonly writable: WritableStream<Uint8Array> },
  bytes: Uint8Array,
): Promise<void> {
  const writer = stream.writable.getWriter()
  for (let at = 0; at < bytes.length; at += 64 * KiB) await writer.write(bytes.subarray(at, at + 64 * KiB))
  await writer.close()
}

async function read(stream: OrderedIncoming): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream.readable) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function place(stream: LiteralIncoming, lengthBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(lengthBytes)
  for await (const piece of stream.pieces) bytes.set(piece.bytes, piece.offset)
  return bytes
}

describe('streams', () => {
  test('of both kinds go both ways at once, whole', async () => {
    const { listener, client, server } = await pair()
    const bytes = painted(9 * MiB + 777)
    const one = async (from: Connection, to: Connection): Promise<void> => {
      const ordered = write(await from.openOrdered(), bytes)
      const first = await nextOrdered(to)
      expect(sha256(await read(first))).toBe(sha256(bytes))
      await ordered
      const literal = write(await from.openLiteral(), bytes)
      const second = await next(to)
      expect(second.kind).toBe('literal')
      expect(sha256(await place(second as LiteralIncoming, bytes.length))).toBe(sha256(bytes))
      await literal
    }
    await Promise.all([one(client, server), one(server, client)])
    await client.finish()
    await server.closed
    expect([client.isOpen, server.isOpen]).toEqual([false, false])
    expect(client.stats().bytesSent).toBeGreaterThan(18 * MiB)
    await listener.close()
  })

  test('are streams of Node where somebody wants those', async () => {
    const { listener, client, server } = await pair()
    const bytes = painted(MiB)
    const sending = pipeline(Readable.from([bytes]), Writable.fromWeb((await client.openOrdered()).writable))
    const taken: Buffer[] = []
    const stream = await nextOrdered(server)
    for await (const piece of Readable.fromWeb(stream.readable as never)) taken.push(piece)
    await sending
    expect(sha256(Buffer.concat(taken))).toBe(sha256(bytes))
    await listener.close()
  })

  test('an empty one is a stream too', async () => {
    const { listener, client, server } = await pair()
    for (const open of [client.openOrdered(), client.openLiteral()]) {
      await (await open).writable.close()
      const stream = await next(server)
      const pieces: unknown[] = []
      for await (const piece of stream.kind === 'ordered' ? stream.readable : stream.pieces)
        pieces.push(piece)
      expect(pieces).toEqual([])
    }
    await listener.close()
  })

  test('wait for who reads them: no more is under way than windows and buffers hold', async () => {
    const { listener, client, server } = await pair()
    const whole = painted(64 * MiB)
    const writer = (await client.openOrdered()).writable.getWriter()
    let writtenBytes = 0
    let readBytes = 0
    let mostBytes = 0
    const writing = (async () => {
      while (writtenBytes < whole.length) {
        await writer.write(whole.subarray(writtenBytes, writtenBytes + MiB))
        writtenBytes += MiB
        mostBytes = Math.max(mostBytes, writtenBytes - readBytes)
      }
      await writer.close()
    })()
    const incoming = await nextOrdered(server)
    // nobody reads: the window that a stream begins with fills, and nothing raises it
    while (client.stats().bytesSent < 2 * MiB) await new Promise(setImmediate)
    const pieces: Uint8Array[] = []
    for await (const piece of incoming.readable) {
      pieces.push(piece)
      readBytes += piece.length
      // a slow reader
      await new Promise(setImmediate)
    }
    await writing
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(whole))
    // the largest window of a stream, the buffer of its writer, and a write each
    expect(mostBytes).toBeLessThanOrEqual(16 * MiB + MiB + 2 * MiB)
    await listener.close()
  })

  test('more than the peer lets be open wait until one is over', async () => {
    const { listener, client, server } = await pair()
    const bodies: string[] = []
    const taking = (async () => {
      for await (const stream of server) {
        if (stream.kind === 'ordered') bodies.push(Buffer.from(await read(stream)).toString())
        if (bodies.length === 50) return
      }
    })()
    for (let i = 0; i < 50; i++) await write(await client.openOrdered(), text(`stream ${i}`))
    await taking
    expect(new Set(bodies).size).toBe(50)
    await listener.close()
  })

  test('given up by their writer, or by their reader, the other side hears the code', async () => {
    const { listener, client, server } = await pair()
    const given = await client.openOrdered()
    const writer = given.writable.getWriter()
    await writer.write(text('half'))
    const half = await nextOrdered(server)
    await writer.abort(7)
    const reading = (async () => {
      for await (const _ of half.readable);
    })()
    await expect(reading).rejects.toMatchObject({
      code: 'PFS_CANCELLED',
      message: expect.stringMatching(/code 7/),
    })
    const unwanted = await client.openLiteral()
    const other = unwanted.writable.getWriter()
    await other.write(painted(512 * KiB))
    const stream = (await next(server)) as LiteralIncoming
    await stream.pieces.cancel(9)
    await expect(other.closed).rejects.toMatchObject({
      code: 'PFS_CANCELLED',
      message: expect.stringMatching(/code 9/),
    })
    await listener.close()
  })
})

describe('a literal stream in order', () => {
  test('puts the pieces one after the other, whatever came first', async () => {
    const bytes = painted(100_000)
    const cuts = [0, 1, 30_000, 60_000, 99_999, 100_000]
    const pieces = cuts.slice(1).map((end, i) => ({ offset: cuts[i] ?? 0, bytes: bytes.slice(cuts[i], end) }))
    const order = [3, 4, 1, 0, 2].map(i => pieces[i])
    const read: Uint8Array[] = []
    for await (const part of inOrder(ReadableStream.from(order) as ReadableStream<Piece>)) read.push(part)
    expect(read.map(part => part.length)).toEqual(pieces.map(piece => piece.bytes.length))
    expect(Buffer.concat(read).equals(bytes)).toBe(true)
  })

  test('comes whole over the wire, and its cancel reaches the writer', async () => {
    const { listener, client, server } = await pair()
    const bytes = painted(5 * MiB + 1)
    const writing = write(await client.openLiteral(), bytes)
    const read: Uint8Array[] = []
    for await (const part of inOrder(((await next(server)) as LiteralIncoming).pieces)) read.push(part)
    await writing
    expect(sha256(Buffer.concat(read))).toBe(sha256(bytes))
    const writer = (await client.openLiteral()).writable.getWriter()
    await writer.write(bytes)
    await inOrder(((await next(server)) as LiteralIncoming).pieces).cancel(11)
    await expect(writer.closed).rejects.toMatchObject({ message: expect.stringMatching(/code 11/) })
    await listener.close()
  })
})

describe('keys', () => {
  test('each side knows the other, and an identity is the same when it comes again', async () => {
    const identity = await createIdentity()
    expect((await createIdentity(identity.secretKey)).peerId).toBe(identity.peerId)
    const { listener, client, server } = await pair({ allow: [identity.peerId] }, { identity })
    expect(server.peerId).toBe(identity.peerId)
    expect(client.peerId).toBe(listener.peerId)
    await listener.close()
  })

  test('who is not allowed is told so, by list or by who decides', async () => {
    for (const allow of [[(await createIdentity()).peerId], async () => false]) {
      const listener = await listen({ host: '127.0.0.1', allow })
      const client = await connect({ host: '127.0.0.1', port: listener.port })
      await expect(client.closed).rejects.toMatchObject({ code: 'PFS_REFUSED' })
      await expect(client.openOrdered()).rejects.toMatchObject({ code: 'PFS_REFUSED' })
      await listener.close()
    }
  })

  test('another key than the one insisted on is PFS_KEY_CHANGED', async () => {
    const listener = await listen({ host: '127.0.0.1' })
    const { peerId } = await createIdentity()
    await expect(connect({ host: '127.0.0.1', port: listener.port, peerId })).rejects.toMatchObject({
      code: 'PFS_KEY_CHANGED',
    })
    await listener.close()
  })
})

describe('ends', () => {
  test('closed with a code, the other side hears it and its text, and its streams fail', async () => {
    const { listener, client, server } = await pair()
    const { writable } = await client.openOrdered()
    await writable.getWriter().write(text('words'))
    const stream = await nextOrdered(server)
    client.close('CANCELLED', 'had enough')
    await client.closed
    await expect(server.closed).rejects.toMatchObject({
      code: 'PFS_CANCELLED',
      message: expect.stringMatching(/had enough/),
    })
    await expect(read(stream)).rejects.toMatchObject({ code: 'PFS_CANCELLED' })
    await expect(next(server)).rejects.toMatchObject({ code: 'PFS_CANCELLED' })
    await listener.close()
  })

  test('what has come whole can still be read after the connection', async () => {
    const { listener, client, server } = await pair()
    await write(await client.openOrdered(), text('to the end'))
    await client.finish()
    await server.closed
    expect(Buffer.from(await read(await nextOrdered(server))).toString()).toBe('to the end')
    await listener.close()
  })

  test('an abort ends what it was given to', async () => {
    const early = AbortSignal.abort(new Error('no'))
    await expect(connect({ host: '127.0.0.1', port: 9, signal: early })).rejects.toMatchObject({
      code: 'PFS_INTERRUPTED',
    })
    const ours = new AbortController()
    const theirs = new AbortController()
    const { listener, client, server } = await pair({ signal: theirs.signal }, { signal: ours.signal })
    ours.abort()
    await client.closed
    await expect(server.closed).rejects.toMatchObject({ code: 'PFS_CANCELLED' })
    theirs.abort()
    for await (const _ of listener) throw new Error('nobody comes')
  })

  test('nobody there is PFS_UNREACHABLE; what cannot be is PFS_USAGE', async () => {
    const gone = await listen({ host: '127.0.0.1' })
    await gone.close()
    await expect(connect({ host: '127.0.0.1', port: gone.port })).rejects.toMatchObject({
      code: 'PFS_UNREACHABLE',
      retryable: true,
    })
    await expect(connect({ host: '127.0.0.1', port: 9, peerId: 'abc' })).rejects.toMatchObject({
      code: 'PFS_USAGE',
    })
    await expect(listen({ idleTimeoutMillis: 999 })).rejects.toMatchObject({ code: 'PFS_USAGE' })
    const shortest = await listen({ host: '127.0.0.1', idleTimeoutMillis: 1_000 })
    await expect(listen({ host: '127.0.0.1', port: shortest.port })).rejects.toMatchObject({
      code: 'PFS_PORT',
    })
    await shortest.close()
  })

  test('a peer that takes us for pfs, and speaks on the control stream, is closed', async () => {
    // §15.12-1
    const listener = await listen({ host: '127.0.0.1' })
    const link = await connectLink({
      host,
      keys: newKeys(),
      hostName: '127.0.0.1',
      port: listener.port,
    })
    const closed = new Promise(resolve => {
      link.handlers = {
        ...deaf,
        onClosed: resolve,
      }
    })
    link.sendControl(text('an OFFER'))
    expect(await closed).toMatchObject({
      code: 'PFS_PROTOCOL',
      message: expect.stringMatching(/another application/),
    })
    await listener.close()
  })
})

describe('the carrier', () => {
  test('is UDP where nothing else is said, TCP on the same port where it is', async () => {
    const listener = await listen({ host: '127.0.0.1' })
    for (const [transport, carrier] of [
      [undefined, 'udp'],
      ['tcp', 'tcp'],
    ] as const) {
      const more = transport ? { transport } : {}
      const client = await connect({ host: '127.0.0.1', port: listener.port, ...more })
      expect(client.diagnose().carrier).toBe(carrier)
      client.close()
      await client.closed
    }
    await listener.close()
  })

  test('is one that there is', async () => {
    const transport = 'sctp' as never
    await expect(connect({ host: '127.0.0.1', port: 1, transport })).rejects.toMatchObject({
      code: 'PFS_USAGE',
    })
    await expect(listen({ transport })).rejects.toMatchObject({ code: 'PFS_USAGE' })
  })
})
