// Links over TCP and over whichever carrier answers, by real sockets of this machine: the same links, one connection each, and
// what happens when UDP or the TCP connection is gone. PROTOCOL.md §4.1

import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB, second } from '../../src/base/units.ts'
import { recordsOf } from '../../src/host/tcp_records.ts'
import type { Transport } from '../../src/net/carrier.ts'
import { type ConnectOptions, connect, type Listener } from '../../src/net/endpoint.ts'
import type { Link } from '../../src/net/link.ts'
import { wireCodes } from '../../src/wire/codes.ts'
import { host, newKeys, Owner, painted, type World, world } from './pair.ts'

const loopback = '127.0.0.1'
/** STREAM of the control stream, from its beginning and short: type, stream, offset, fin, length. §7.4 */
const streamFrameBytes = 5

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(transport: Transport, more: Parameters<typeof world>[0] = {}): Promise<World> {
  // by a number that no other test gets by chance: some take its other protocol, or need that nobody has it
  const there = await world({ transport, port: await freePort(), ...more })
  closing.push(() => there.listener.close())
  return there
}

/** Takes all that comes by UDP and says nothing. */
async function swallower(address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.bind(port, address)
  await once(socket, 'listening')
  closing.push(() => socket.close())
  return socket
}

/** A TCP path that can be cut: to `port`, and what the client's first bytes were. Nobody has its number by UDP. */
async function tcpRelay(
  port: number,
): Promise<{ port: number; first: Buffer[]; cut: () => void; stall: () => void }> {
  const first: Buffer[] = []
  const ends = new Set<Socket>()
  const server = createServer(client => {
    const back = connectTcp({ host: loopback, port })
    client.once('data', bytes => void first.push(bytes))
    for (const [from, to] of [
      [client, back],
      [back, client],
    ] as const) {
      ends.add(from)
      from.on('error', () => {})
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  server.listen(await freePort(), loopback)
  await once(server, 'listening')
  const cut = (): void => {
    for (const end of ends) end.destroy()
  }
  closing.push(() => {
    cut()
    server.close()
  })
  /** Nothing is read any more. */
  const stall = (): void => {
    for (const end of ends) end.unpipe().pause()
  }
  return { port: (server.address() as { port: number }).port, first, cut, stall }
}

async function moveLiteral(from: Link, to: Owner, bytes: Uint8Array): Promise<void> {
  const stream = from.openLiteral()
  if (!stream) throw new Error('a literal stream')
  stream.write(bytes)
  stream.end()
  await to.until(() => to.slabBytes === bytes.length)
  expect(Buffer.compare(to.literal(stream.stream), bytes)).toBe(0)
}

describe('over TCP', () => {
  test('links say and carry the same, both ways, and nothing is lost or searched (§4.1-5, §4.1-6)', async () => {
    const there = await open('tcp')
    const link = await there.connect({ transport: 'tcp' })
    const here = new Owner(link)
    await there.arrived(1)
    const other = there.owners[0]!
    link.sendControl(new TextEncoder().encode('hello'))
    await other.until(() => other.control === 'hello')
    await moveLiteral(link, other, painted(5 * MiB))
    await moveLiteral(other.link, here, painted(3 * MiB, 7))
    for (const { diagnosis, stats } of [link, other.link]) {
      expect(diagnosis).toMatchObject({
        carrier: 'tcp',
        sendPath: 'tcp',
        datagramBytes: 9216,
        packetsLost: 0,
      })
      expect(stats.windowBytes).toBe(2 ** 30)
    }
    await link.finish()
    await other.until(() => other.closed !== undefined)
    expect(other.closed?.error).toBeUndefined()
  })

  test('what the owner lets go at most is obeyed', async () => {
    const there = await open('tcp')
    const link = await there.connect({ transport: 'tcp' })
    new Owner(link)
    await there.arrived(1)
    link.limitRate(4 * MiB)
    await moveLiteral(link, there.owners[0]!, painted(MiB))
    expect(link.stats.waitedMicros.pacer).toBeGreaterThan(0)
  })

  test('the end of the TCP connection ends the link, on both sides and at once (§4.1-3)', async () => {
    const there = await open('tcp', { idleTimeoutMicros: 600 * second })
    const relay = await tcpRelay(there.listener.address.port)
    const link = await there.connect({ transport: 'tcp', port: relay.port, idleTimeoutMicros: 600 * second })
    const here = new Owner(link)
    await there.arrived(1)
    const other = there.owners[0]!
    await other.until(() => other.isConfirmed)
    relay.cut()
    for (const owner of [here, other]) {
      await owner.until(() => owner.closed !== undefined)
      expect(owner.closed?.error).toMatchObject({ code: 'PFS_STALLED', retryable: true })
    }
  })

  test('one that does not read holds up no other (§4.1-4)', async () => {
    const there = await open('tcp', {})
    const relay = await tcpRelay(there.listener.address.port)
    await there.connect({ transport: 'tcp', port: relay.port })
    const good = await there.connect({ transport: 'tcp' })
    await there.arrived(2)
    relay.stall()
    const [stuck, other] = there.owners.map(owner => owner.link)
    stuck!.openLiteral()?.write(painted(20 * MiB))
    await moveLiteral(other!, new Owner(good), painted(2 * MiB))
    expect(stuck!.diagnosis).toMatchObject({ packetsLost: 0 })
  })

  test('a code that the listener ends with is heard', async () => {
    const there = await open('tcp')
    const link = await there.connect({ transport: 'tcp' })
    const here = new Owner(link)
    await there.arrived(1)
    await there.listener.close(wireCodes.BUSY.code)
    await here.until(() => here.closed !== undefined)
    expect(here.closed?.error).toMatchObject({ code: 'PFS_REFUSED' })
  })

  test('where nobody listens it is unreachable', async () => {
    const gone = await open('tcp')
    const { port } = gone.listener.address
    await gone.listener.close()
    await expect(
      connect({ host, keys: newKeys(), hostName: loopback, port, transport: 'tcp' }),
    ).rejects.toMatchObject({
      code: 'PFS_UNREACHABLE',
      message: expect.stringContaining('the port is closed'),
    })
  })
})

describe('auto', () => {
  test('is UDP where UDP answers, and TCP is not tried (§4.1-8)', async () => {
    const there = await open('auto')
    const link = await there.connect({ transport: 'auto' })
    expect(link.diagnosis.carrier).toBe('udp')
    new Owner(link)
    await link.finish()
  })

  test('is TCP where UDP is swallowed, and what rode in the first flight lies in no second (§4.1-8, §4.1-9)', async () => {
    const there = await open('tcp')
    const { port } = there.listener.address
    const swallowed: Buffer[] = []
    const socket = await swallower(loopback, port)
    socket.on('message', bytes => void swallowed.push(bytes))
    const relay = await tcpRelay(port)
    // the relay's number is not the listener's: UDP to it finds a closed port or another swallower
    const early = new TextEncoder().encode('an offer')
    const remoteStatic = there.keys.publicKey
    const link = await there.connect({ transport: 'auto', early, remoteStatic })
    expect(link.diagnosis.carrier).toBe('tcp')
    new Owner(link)
    await there.arrived(1)
    const other = there.owners[0]!
    await other.until(() => other.control !== '')
    expect(other.control).toBe('an offer')
    expect(new Set(swallowed.map(bytes => bytes.length)).size).toBe(1)
    // the same through the relay, to look at the first flight over TCP: it is no longer than one that has nothing to say, and it
    // says less of itself, for marks and paths are UDP's
    await swallower(loopback, relay.port)
    const again = await there.connect({ transport: 'auto', early, remoteStatic, port: relay.port })
    new Owner(again)
    await there.arrived(2)
    const [record] = relay.first
    expect(record?.readUInt16BE(0)).toBeLessThanOrEqual(
      swallowed[0]!.length - streamFrameBytes - early.length,
    )
  })

  test('where UDP is refused, TCP is tried as soon as that is known', async () => {
    const there = await open('tcp')
    const link = await there.connect({ transport: 'auto' })
    expect(link.diagnosis.carrier).toBe('tcp')
    new Owner(link)
  })

  test('ends at once by what no carrier can mend: another key than the pinned one', async () => {
    const there = await open('auto')
    const remoteStatic = newKeys().publicKey
    await expect(there.connect({ transport: 'auto', remoteStatic })).rejects.toMatchObject({
      code: 'PFS_KEY_CHANGED',
    })
  })

  test('is over when it is given up, with both under way', async () => {
    const { port } = (await swallower(loopback, await freePort())).address()
    const silent = createServer(() => {})
    silent.listen(port, loopback)
    await once(silent, 'listening')
    closing.push(() => silent.close())
    const controller = new AbortController()
    const connected = once(silent, 'connection')
    const options = { host, keys: newKeys(), hostName: loopback, port, transport: 'auto' as const }
    const result = connect({ ...options, signal: controller.signal })
    const [socket] = (await connected) as [Socket]
    const closed = once(socket.resume(), 'close')
    controller.abort()
    await expect(result).rejects.toMatchObject({ code: 'PFS_CANCELLED' })
    await closed
  })
})

describe('a name', () => {
  const names = (addresses: readonly string[]): Partial<ConnectOptions> => ({
    hostName: 'somewhere',
    resolver: async () => addresses,
  })

  test('whose first address is dead is reached by its second', async context => {
    const there = await open('udp', { address: loopback })
    const { port } = there.listener.address
    await swallower('::1', port).catch(() => context.skip())
    const link = await there.connect({ ...names(['::1', loopback]) })
    expect(link.address.host).toBe(loopback)
    new Owner(link)
    await link.finish()
  })

  test('whose first address is refused, too, over either carrier', async context => {
    const there = await open('tcp', { address: '::1' }).catch(() => context.skip())
    for (const transport of ['auto', 'tcp'] as const) {
      const link = await there.connect({ ...names([loopback, '::1']), transport })
      expect([link.address.host, link.diagnosis.carrier]).toEqual(['::1', 'tcp'])
      new Owner(link)
      await link.finish()
    }
  })

  test('of which no address answers names them all', async () => {
    const { port } = (await swallower(loopback, await freePort())).address()
    await expect(
      connect({
        host,
        keys: newKeys(),
        hostName: '',
        port,
        config: { handshakeTimeoutMicros: second / 2 },
        ...names([loopback, '::1']),
      }),
    ).rejects.toMatchObject({
      code: 'PFS_UNREACHABLE',
      message: expect.stringMatching(/127\.0\.0\.1.*\[::1\]/),
    })
  })
})

describe('a listener', () => {
  const bound = async (listener: Listener): Promise<Listener> => {
    closing.push(() => listener.close())
    return listener
  }

  test('of both families is reached by either, and by no more than IPv6 carries', async context => {
    const there = await open('auto', { address: '::' }).catch(() => context.skip())
    for (const hostName of ['127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])
      for (const transport of ['udp', 'tcp'] as const) {
        const link = await there.connect({ hostName, transport })
        new Owner(link)
        await link.finish()
      }
    const [four, , six] = there.owners.map(({ link }) => link)
    await Promise.all(there.owners.map(owner => owner.until(() => owner.isConfirmed)))
    expect(four!.stats.datagramBytesMax - six!.stats.datagramBytesMax).toBe(20)
  })

  test('of one family is not reached by the other', async context => {
    const four = await open('auto', { family: 4, address: undefined } as never)
    await expect(four.connect({ hostName: '::1', transport: 'tcp' })).rejects.toMatchObject({
      code: 'PFS_UNREACHABLE',
    })
    const six = await open('auto', { family: 6, address: undefined } as never).catch(() => context.skip())
    const link = await six.connect({ hostName: '::1' })
    new Owner(link)
    await expect(six.connect({ transport: 'tcp' })).rejects.toMatchObject({ code: 'PFS_UNREACHABLE' })
    await link.finish()
  })

  test('does without TCP where its port is taken, and says so; it fails where nothing else was asked for', async () => {
    const taken = createServer(() => {})
    taken.listen(await freePort(), loopback)
    await once(taken, 'listening')
    closing.push(() => taken.close())
    const { port } = taken.address() as { port: number }
    const notices: string[] = []
    const there = await open('auto', { port, onNotice: text => void notices.push(text) })
    expect(notices).toEqual([expect.stringContaining(`TCP port ${port} is in use`)])
    const link = await there.connect({ transport: 'auto' })
    new Owner(link)
    await expect(open('tcp', { port })).rejects.toMatchObject({ code: 'PFS_PORT' })
    await link.finish()
  })

  test('lets the system choose a number that both have free', async () => {
    const notices: string[] = []
    const onNotice = (text: string): void => void notices.push(text)
    for (let i = 0; i < 20; i++) await bound((await open('auto', { port: 0, onNotice })).listener)
    expect(notices).toEqual([])
  })
})

test('an INIT that is not the first goes unanswered, for a TCP connection is one connection (§4.1-2)', async () => {
  const there = await open('tcp')
  const relay = await tcpRelay(there.listener.address.port)
  const link = await there.connect({ transport: 'tcp', port: relay.port })
  new Owner(link)
  const init = relay.first[0]!.subarray(2)
  // on a connection of its own it is answered, once; behind it another INIT is not
  const socket = connectTcp({ host: loopback, port: there.listener.address.port })
  closing.push(() => socket.destroy())
  const other = Uint8Array.from(init)
  other[5]! ^= 1
  socket.write(recordsOf([init, other]))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer[2]).toBe(0x02)
  await there.arrived(1)
  const more: Buffer[] = []
  socket.on('data', bytes => void more.push(bytes))
  socket.write(recordsOf([init]))
  await once(socket, 'data')
  // the repetition of the first has its REPLY again: of two INITs, one was heard
  expect(Buffer.concat(more)).toEqual(answer)
})
