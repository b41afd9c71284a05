// What every UDP socket of host/ must do, over real loopback: a function of the factory, so that each driver goes
// through the same tests. Waits for events, never for time.

import { createSocket } from 'node:dgram'
import { describe, expect, test } from 'vitest'
import type { Arrivals, Udp, UdpFactory, UdpHandlers, UdpHint } from '../../src/host/udp.ts'
import type { Address } from '../../src/proto/address.ts'
import type { Run } from '../../src/proto/plane/plane.ts'

interface Got {
  readonly host: string
  readonly port: number
  readonly local?: string
  readonly datagrams: Uint8Array[]
}

/** A socket that notes what comes and lets a test wait for a condition on it. */
export class Watched {
  readonly groups: Got[] = []
  readonly hints: UdpHint[] = []
  /** Where nothing comes from any more. */
  readonly lost: Address[] = []
  readableEvents = 0
  budget = 1000
  udp!: Udp
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = []
  readonly #arrivals: Arrivals = {
    datagrams: (address, datagrams) => void this.groups.push({ ...address, datagrams: [...datagrams] }),
    runs: (address, runs) => void this.groups.push({ ...address, datagrams: runs.flatMap(datagramsOf) }),
    lost: address => void this.lost.push(address),
  }

  static async open(
    factory: UdpFactory,
    where: Omit<Parameters<UdpFactory>[0], 'handlers'>,
  ): Promise<Watched> {
    const watched = new Watched()
    watched.udp = await factory({ ...where, handlers: watched.handlers })
    return watched
  }

  /** Of a socket that is there already. */
  static over(adopt: (handlers: UdpHandlers) => Udp): Watched {
    const watched = new Watched()
    watched.udp = adopt(watched.handlers)
    return watched
  }

  readonly handlers: UdpHandlers = {
    onReadable: () => {
      this.readableEvents++
      setImmediate(() => this.#take())
    },
    onDrain: () => this.#check(),
    onHint: hint => {
      this.hints.push(hint)
      this.#check()
    },
  }

  /** From now on what comes is left where it is. */
  isStill = false

  resume(): void {
    this.isStill = false
    this.#take()
  }

  get datagrams(): Uint8Array[] {
    return this.groups.flatMap(group => group.datagrams)
  }

  send(to: Address, ...datagrams: readonly Uint8Array[]): void {
    const outbox = this.udp.outbox(to)
    for (const datagram of datagrams) outbox.push(datagram)
    expect(outbox.flush()).toBe(datagrams.length)
  }

  until(isMet: () => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ isMet, resolve })
      this.#check()
    })
  }

  #take(): void {
    if (this.isStill) return
    const isMore = this.udp.receive(this.budget, this.#arrivals)
    if (isMore) setImmediate(() => this.#take())
    this.#check()
  }

  #check(): void {
    for (const { isMet, resolve } of this.#waiting) if (isMet()) resolve()
    this.#waiting = this.#waiting.filter(({ isMet }) => !isMet())
  }
}

/** A run taken apart; the memory is the socket's, so copies. */
export function datagramsOf({ bytes, segmentBytes }: Run): Uint8Array[] {
  const datagrams: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += segmentBytes)
    datagrams.push(Uint8Array.prototype.slice.call(bytes, at, at + segmentBytes))
  return datagrams
}

const loopback = { host: '127.0.0.1', port: 0 }
const numbered = (i: number, length = 100): Uint8Array => new Uint8Array(length).fill(i)

export function udpSuite(name: string, factory: UdpFactory): void {
  pairSuite(name, async host => {
    const server = await Watched.open(factory, { bind: { host, port: 0 } })
    return [server, await Watched.open(factory, { peer: server.udp.local })]
  })
  describe(name, () => {
    exchange(factory)
    limits(factory)
    trouble(factory)
  })
}

/** Of whatever carries datagrams between two: @param open who is connected to, and who connects, on this address */
export function pairSuite(name: string, open: (host: string) => Promise<readonly [Watched, Watched]>): void {
  describe(name, () => {
    between(open)
  })
}

function between(open: (host: string) => Promise<readonly [Watched, Watched]>): void {
  test('datagrams go both ways between a listener and a connected socket', async () => {
    const [server, client] = await open(loopback.host)
    client.send(server.udp.local, numbered(1), numbered(2))
    await server.until(() => server.datagrams.length === 2)
    expect(server.datagrams).toEqual([numbered(1), numbered(2)])
    expect(server.groups[0]?.port).toBe(client.udp.local.port)
    server.send(client.udp.local, numbered(3))
    await client.until(() => client.datagrams.length === 1)
    expect(client.datagrams).toEqual([numbered(3)])
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('what is handed over is a plain Uint8Array', async () => {
    const [server, client] = await open(loopback.host)
    client.send(server.udp.local, numbered(1))
    await server.until(() => server.datagrams.length === 1)
    expect(Object.getPrototypeOf(server.datagrams[0])).toBe(Uint8Array.prototype)
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('IPv6 works where the machine has it', async context => {
    const [server, client] = await open('::1').catch(() => context.skip())
    client.send(server.udp.local, numbered(6))
    await server.until(() => server.datagrams.length === 1)
    expect(server.groups[0]?.host).toBe('::1')
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('one of 9216 bytes arrives, and one of a single byte', async () => {
    const [server, client] = await open(loopback.host)
    client.send(server.udp.local, numbered(1, 9216), numbered(2, 1)) // §4-4
    await server.until(() => server.datagrams.length === 2)
    expect(server.datagrams).toEqual([numbered(1, 9216), numbered(2, 1)])
    expect(client.udp.datagramBytesMax).toBe(9216)
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('after close nothing is sent, received or thrown', async () => {
    const [server, client] = await open(loopback.host)
    await Promise.all([server.udp.close(), client.udp.close()])
    server.send(client.udp.local, numbered(1))
    await server.udp.close()
    expect(server.udp.stats.datagramsSent).toBe(0)
  })
}

function exchange(factory: UdpFactory): void {
  test('several senders in one turn are told apart and grouped', async () => {
    const server = await Watched.open(factory, { bind: loopback })
    const clients = await Promise.all([1, 2, 3].map(() => Watched.open(factory, { peer: server.udp.local })))
    for (let round = 0; round < 4; round++)
      clients.forEach((client, i) => {
        client.send(server.udp.local, numbered(i))
      })
    await server.until(() => server.datagrams.length === 12)
    clients.forEach((client, i) => {
      const mine = server.groups.filter(group => group.port === client.udp.local.port)
      expect(mine.flatMap(group => group.datagrams)).toEqual([0, 1, 2, 3].map(() => numbered(i)))
      expect(mine.length).toBeLessThan(4)
    })
    await Promise.all([server, ...clients].map(one => one.udp.close()))
  })

  test('a socket for IPv6 alone leaves the port to IPv4', async context => {
    const six = await Watched.open(factory, { bind: { host: '::', port: 0 }, isSixOnly: true }).catch(() =>
      context.skip(),
    )
    const { port } = six.udp.local
    const four = await Watched.open(factory, { bind: { host: '0.0.0.0', port } })
    const client = await Watched.open(factory, { peer: { host: '127.0.0.1', port } })
    client.send({ host: '127.0.0.1', port }, numbered(4))
    await four.until(() => four.datagrams.length === 1)
    expect(six.datagrams).toEqual([])
    await Promise.all([six, four, client].map(one => one.udp.close()))
  })
}

function limits(factory: UdpFactory): void {
  test('a turn takes its budget and says that more is left', async () => {
    const server = await Watched.open(factory, { bind: loopback })
    const clients = await Promise.all([1, 2, 3].map(() => Watched.open(factory, { peer: server.udp.local })))
    server.budget = 1
    for (const client of clients) client.send(server.udp.local, numbered(1))
    await server.until(() => server.datagrams.length === 3)
    expect(server.groups).toHaveLength(3)
    await Promise.all([server, ...clients].map(one => one.udp.close()))
  })

  test('a datagram of 9216 bytes arrives; one of 9217 is dropped and counted', async () => {
    const server = await Watched.open(factory, { bind: loopback })
    const client = await Watched.open(factory, { peer: server.udp.local })
    client.send(server.udp.local, numbered(1, 9217), numbered(2, 9216)) // §4-4
    await server.until(() => server.datagrams.length === 1)
    expect(server.datagrams).toEqual([numbered(2, 9216)])
    expect(server.udp.stats.datagramsDropped).toBe(1)
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('loopback is capped at 9216, and the granted buffers are known', async () => {
    const server = await Watched.open(factory, { bind: loopback })
    expect(server.udp.datagramBytesMax).toBe(9216)
    expect(server.udp.stats.receiveBufferBytes).toBeGreaterThanOrEqual(64 * 1024)
    expect(server.udp.stats.sendBufferBytes).toBeGreaterThanOrEqual(64 * 1024)
    await server.udp.close()
  })
}

function trouble(factory: UdpFactory): void {
  test('a peer port that nobody listens on is hinted at, not thrown', async () => {
    const gone = createSocket('udp4')
    await new Promise<void>(resolve => gone.bind(0, '127.0.0.1', resolve))
    const { port } = gone.address()
    await new Promise<void>(resolve => gone.close(resolve))
    const client = await Watched.open(factory, { peer: { host: '127.0.0.1', port } })
    client.send({ host: '127.0.0.1', port }, numbered(1))
    await client.until(() => client.hints.length > 0)
    expect(client.hints).toEqual(['refused'])
    await client.udp.close()
  })

  test('a datagram the kernel refuses is counted and the next one goes', async () => {
    const server = await Watched.open(factory, { bind: loopback })
    const client = await Watched.open(factory, { peer: server.udp.local })
    client.send(server.udp.local, numbered(1, 70_000))
    client.send(server.udp.local, numbered(2))
    await server.until(() => server.datagrams.length === 1)
    expect(client.udp.stats.sendErrors).toBe(1)
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('a port in use is refused when it is opened', async () => {
    const server = await Watched.open(factory, { bind: loopback })
    await expect(Watched.open(factory, { bind: server.udp.local })).rejects.toThrow(/EADDRINUSE/)
    await server.udp.close()
  })
}
