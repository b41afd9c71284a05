// Whom the addon's socket writes to, and from which address of ours: peers that find us at several, strangers that are
// written to once, and those of whom nobody need know who they are.

import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { native } from '../../src/host/addon.ts'
import type { Arrivals } from '../../src/host/udp.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import { NativeUdp, openNativeUdp } from '../../src/host/udp_native.ts'
import { packetTypes, writeInit } from '../../src/wire/packet.ts'
import { Watched } from '../suites/udp.ts'

const addon = udpAddon(native().addon)
const loopback = { host: '127.0.0.1', port: 0 }

const open = (where: Parameters<typeof Watched.open>[1]): Promise<Watched> =>
  Watched.open(openNativeUdp, where)

/** One that nobody reads but the test. */
const still = (): NativeUdp =>
  new NativeUdp(must(addon, 'the suite is skipped without'), {
    bind: loopback,
    handlers: { onReadable() {}, onDrain() {}, onHint() {} },
  })

const datagrams = (count: number, bytes: number): Uint8Array[] =>
  Array.from({ length: count }, () => new Uint8Array(bytes))

describe.skipIf(!addon)('a native socket', () => {
  test('bound to no address of its own, it answers from the one that it was reached at (§4.2-7)', async () => {
    const server = await open({ bind: { host: '0.0.0.0', port: 0 } })
    const { port } = server.udp.local
    const clients = await Promise.all(
      ['127.0.0.2', '127.0.0.3'].map(host => open({ bind: loopback, peer: { host, port } })),
    )
    for (const client of clients) client.send(client.udp.local, ...datagrams(1, 100))
    await server.until(() => server.groups.length === 2)
    // a connected socket takes nothing from any other
    for (const { host, port, local } of server.groups)
      server.send({ host, port, ...(local ? { local } : {}) }, ...datagrams(20, 1452), ...datagrams(1, 40))
    for (const [i, client] of clients.entries()) {
      await client.until(() => client.datagrams.length === 21)
      expect(server.groups.filter(({ port }) => port === client.udp.local.port)).toMatchObject([
        { host: '127.0.0.1', local: ['127.0.0.2', '127.0.0.3'][i] },
      ])
    }
    await Promise.all([server, ...clients].map(({ udp }) => udp.close()))
  })

  test('those who are written to once share the memory of an address', async () => {
    const clients = [still(), still()]
    const server = still()
    for (const [i, { local }] of clients.entries())
      for (const bytes of [datagrams(1, 100 + i), datagrams(20, 1000)]) {
        const outbox = server.outbox({ ...loopback, port: local.port }, true)
        for (const datagram of bytes) outbox.push(datagram)
        outbox.flush()
      }
    const heard: number[][] = []
    for (const [i, client] of clients.entries()) {
      const lengths: number[] = []
      heard.push(lengths)
      const runs: Arrivals['runs'] = (_, all) => void lengths.push(...all.map(({ bytes }) => bytes.length))
      while (client.stats.datagramsReceived < 21) {
        await new Promise(setImmediate)
        while (client.receive(1000, { datagrams: () => {}, runs }));
      }
      expect(lengths[0], `socket ${i}`).toBe(100 + i)
    }
    expect(heard.map(lengths => lengths.reduce((sum, one) => sum + one))).toEqual([20_100, 20_101])
    await Promise.all([...clients, server].map(one => one.close()))
  })

  test('who is turned away goes no further, and is asked who it is when that matters', async () => {
    const server = still()
    const [first, second] = await Promise.all([1, 2].map(() => open({ peer: server.local })))
    const heard: unknown[] = []
    let turnedAway = 0
    const gate = { cookieKeys: new Uint8Array(16), known: new Uint16Array(1), answersLeft: 0 }
    const arrivals: Arrivals = {
      datagrams: () => {},
      gate: () => gate,
      turnedAway: datagrams => {
        turnedAway += datagrams
      },
      runs: ({ port }, runs) => void heard.push([port, ...runs.map(({ bytes }) => bytes[0])]),
    }
    const stranger = writeInit({
      source: new Uint8Array(8),
      pattern: 'XX',
      suites: Uint8Array.of(1),
      noise: new Uint8Array(9),
    })
    const hear = async (from: Watched | undefined, ...bytes: readonly number[]) => {
      const before = server.stats.datagramsReceived
      from?.send(
        server.local,
        ...bytes.map(byte => (byte === packetTypes.init ? stranger : Uint8Array.of(byte))),
      )
      while (server.stats.datagramsReceived < before + bytes.length) {
        await new Promise(setImmediate)
        while (server.receive(1000, arrivals));
      }
    }
    const [one, other] = [first, second].map(socket => socket?.udp.local.port)
    await hear(first, packetTypes.init)
    await hear(second, packetTypes.init)
    expect([heard, turnedAway]).toEqual([[], 2])
    await hear(second, 8)
    await hear(first, 9)
    expect(heard).toEqual([
      [other, 8],
      [one, 9],
    ])
    await hear(first, packetTypes.init)
    expect([heard.length, turnedAway], 'of one who is known').toEqual([2, 3])
    gate.known[0] = 1
    await hear(first, packetTypes.init)
    expect(heard.at(-1), 'of one whose id is known').toEqual([one, packetTypes.init])
    await Promise.all([server, ...[first, second].map(socket => socket?.udp)].map(socket => socket?.close()))
  })
})
