// One TCP connection with the face of a socket: through the tests of all pairs, and what it alone must do: hold little for who
// does not read, end at a bad length, and say when it is gone.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { listenTcp } from '../../src/host/tcp_listener.ts'
import { recordsOf } from '../../src/host/tcp_records.ts'
import type { UdpHandlers } from '../../src/host/udp.ts'
import { openTcp, type TcpCarrier } from '../../src/host/udp_tcp.ts'
import { pairSuite, Watched } from '../suites/udp.ts'

const loopback = '127.0.0.1'

/** A carrier and who connected to it, by `connectTo`. */
async function accepted<Client>(
  host: string,
  connectTo: (port: number) => Promise<Client>,
): Promise<readonly [Watched, Client]> {
  let came: (watched: Watched) => void = () => {}
  const server = new Promise<Watched>(resolve => {
    came = resolve
  })
  const listener = await listenTcp({
    bind: { host, port: 0 },
    onConnection: (adopt: (handlers: UdpHandlers) => TcpCarrier) => {
      came(Watched.over(adopt))
      return true
    },
  })
  const client = await connectTo(listener.local.port)
  listener.close()
  return [await server, client]
}

const openPair = (host: string) =>
  accepted(host, port => Watched.open(({ handlers }) => openTcp({ peer: { host, port }, handlers }), {}))

const openRaw = (): Promise<readonly [Watched, Socket]> =>
  accepted(loopback, async port => {
    const socket = connect({ host: loopback, port })
    await once(socket, 'connect')
    socket.on('error', () => {})
    return socket
  })

pairSuite('one TCP connection', openPair)

describe('who does not read', () => {
  test('costs its peer little: reading stops, and TCP holds the rest (§4.1-4)', async () => {
    const [server, client] = await openRaw()
    server.isStill = true
    const records = recordsOf(Array.from({ length: 100 }, () => new Uint8Array(9000)))
    for (let i = 0; i < 100; i++) client.write(records)
    // until the kernel's buffers on both sides are full
    for (let before = -1; before !== client.bytesWritten - client.writableLength; ) {
      before = client.bytesWritten - client.writableLength
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    expect(client.writableLength).toBeGreaterThan(32 * MiB)
    // and what was not lost arrives when it reads on
    server.resume()
    await server.until(() => server.datagrams.length === 10_000)
    client.destroy()
    await server.udp.close()
  })

  test('stops its sender, whose datagrams go nowhere past a megabyte (§4.1-4)', async () => {
    const [server, client] = await openPair(loopback)
    server.isStill = true
    const train = Array.from({ length: 7 }, () => new Uint8Array(9216))
    let trains = 0
    while (!client.udp.isCongested) {
      client.send(server.udp.local, ...train)
      trains++
      if (trains % 16 === 0) await new Promise(setImmediate)
    }
    expect(client.udp.stats).toMatchObject({ sendAgain: 1, sendErrors: 0 })
    // a core would stop here; answers that belong to no connection do not ask
    for (let i = 0; i < 1000; i++) client.send(server.udp.local, ...train)
    const { sendErrors, datagramsSent } = client.udp.stats
    expect((datagramsSent - trains * train.length) * 9216).toBeLessThan(1.2 * MiB)
    expect(sendErrors).toBe(1000 * 7 - (datagramsSent - trains * 7))
    server.resume()
    await client.until(() => !client.udp.isCongested)
    await server.until(() => server.datagrams.length === datagramsSent)
    await Promise.all([server.udp.close(), client.udp.close()])
  })

  test('does not keep a closing carrier', async () => {
    const [server, client] = await openPair(loopback)
    server.isStill = true
    while (!client.udp.isCongested) client.send(server.udp.local, new Uint8Array(9216))
    // it resolves though not all has left
    await client.udp.close()
    expect(client.udp.isCongested).toBe(false)
    await server.udp.close()
  })
})

describe('hostile bytes', () => {
  const bad: readonly (readonly [string, Uint8Array])[] = [
    ['a length of 0', new Uint8Array([0, 0])],
    ['a length of 9217', new Uint8Array([0x24, 0x01])],
    ['a request of the Web', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
  ]
  for (const [name, bytes] of bad)
    test(`${name} ends it, what came before is taken (§4.1-1)`, async () => {
      const [server, client] = await openRaw()
      const closed = once(client, 'close')
      client.write(new Uint8Array([...recordsOf([new Uint8Array(3), new Uint8Array(4)]), ...bytes]))
      await closed
      await server.until(() => server.lost.length > 0)
      expect(server.datagrams).toEqual([new Uint8Array(3), new Uint8Array(4)])
      await server.udp.close()
    })

  test('a datagram that no record can hold is not sent', async () => {
    const [server, client] = await openPair(loopback)
    client.send(server.udp.local, new Uint8Array(9217), new Uint8Array(1)) // §4-4
    await server.until(() => server.datagrams.length === 1)
    expect(client.udp.stats).toMatchObject({ sendErrors: 1, datagramsSent: 1 })
    await Promise.all([server.udp.close(), client.udp.close()])
  })
})

describe('its end', () => {
  test('is told once, after all that came before (§4.1-3)', async () => {
    const [server, client] = await openPair(loopback)
    server.isStill = true
    client.send(server.udp.local, ...Array.from({ length: 20 }, (_, i) => new Uint8Array(100).fill(i)))
    await client.udp.close()
    server.budget = 3
    server.resume()
    await server.until(() => server.lost.length > 0)
    expect(server.datagrams).toHaveLength(20)
    server.resume()
    expect(server.lost).toHaveLength(1)
    expect(server.lost[0]?.port).toBe(client.udp.local.port)
    await server.udp.close()
  })

  test('a record that is cut short is not taken (§4.1-3)', async () => {
    const [server, client] = await openRaw()
    client.end(recordsOf([new Uint8Array(10), new Uint8Array(20)]).subarray(0, 25))
    await server.until(() => server.lost.length > 0)
    expect(server.datagrams).toEqual([new Uint8Array(10)])
    await server.udp.close()
  })

  test('by a reset is one too', async () => {
    const [server, client] = await openRaw()
    client.resetAndDestroy()
    await server.until(() => server.lost.length > 0)
    await server.udp.close()
  })
})

describe('opening', () => {
  test('fails where nobody listens, by the code of the system', async () => {
    const gone = createServer()
    gone.listen(0, loopback)
    await once(gone, 'listening')
    const { port } = gone.address() as { port: number }
    gone.close()
    await once(gone, 'close')
    const handlers = { onReadable() {}, onDrain() {}, onHint() {} }
    await expect(openTcp({ peer: { host: loopback, port }, handlers })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  test('can be given up', async () => {
    const handlers = { onReadable() {}, onDrain() {}, onHint() {} }
    const signal = AbortSignal.abort()
    await expect(openTcp({ peer: { host: loopback, port: 1 }, handlers, signal })).rejects.toThrow('given up')
  })

  test('a port that is taken is refused', async () => {
    const onConnection = () => false
    const first = await listenTcp({ bind: { host: loopback, port: 0 }, onConnection })
    await expect(listenTcp({ bind: first.local, onConnection })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    first.close()
  })

  test('one that finds no room is closed', async () => {
    const listener = await listenTcp({ bind: { host: loopback, port: 0 }, onConnection: () => false })
    const socket = connect({ host: loopback, port: listener.local.port })
    socket.on('error', () => {})
    socket.resume()
    await once(socket, 'close')
    listener.close()
  })
})
