// Real sockets, native and portable, whose addresses change in the middle of a transfer: a NAT that takes another port, an
// attacker on the path, a machine that loses its address. Waits for events, never for time. §4.2

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import type { Udp, UdpOptions } from '../../src/host/udp.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import type { Link } from '../../src/net/link.ts'
import { Relay } from '../support/relay.ts'
import { Owner, painted, type World, world } from './pair.ts'

const portable = await createHost({ addon: undefined, path: undefined, why: 'a test' })
const hosts: [string, Host][] = [['portable', portable]]
if (udpAddon(native().addon) !== undefined) hosts.push(['native', await createHost()])

const bytes = painted(24 * MiB + 77)
/** Slow enough that the middle is still under way when it comes. */
const bytesPerSecond = 24 * MiB

/** Sends them, does `midway` once a third is there, and says what the receiver made of it. */
async function carry(there: World, link: Link, midway: () => void): Promise<Owner> {
  new Owner(link)
  await there.arrived(1)
  const reader = there.owners[0]!
  link.limitRate(bytesPerSecond)
  const literal = link.openLiteral()!
  for (let at = 0; at < bytes.length; at += MiB) literal.write(bytes.subarray(at, at + MiB))
  literal.end()
  await reader.until(() => reader.slabBytes > bytes.length / 3)
  midway()
  await reader.until(() => reader.slabs.some(({ isLast }) => isLast) && reader.slabBytes === bytes.length)
  expect(Buffer.from(reader.literal(1)).equals(bytes)).toBe(true)
  await link.finish()
  return reader
}

for (const [name, host] of hosts)
  describe(name, () => {
    test('a NAT takes another port mid-way: the transfer goes on over it', async () => {
      const there = await world({ host })
      const relay = await Relay.open(there.listener.address.port)
      const link = await there.connect({ host, port: relay.port })
      await there.arrived(1)
      const before = there.owners[0]!.link.address.port
      const reader = await carry(there, link, () => relay.rebind())
      expect(reader.link.stats.addressChanges).toBe(1)
      expect(reader.link.address.port).not.toBe(before)
      relay.close()
      await there.listener.close()
    })

    test('somebody on the path replays from elsewhere, and first: nothing but challenges goes there', async () => {
      const there = await world({ host })
      const relay = await Relay.open(there.listener.address.port)
      const link = await there.connect({ host, port: relay.port })
      await there.arrived(1)
      const before = there.owners[0]!.link.address.port
      const racer = createSocket('udp4')
      let heardBytes = 0
      racer.on('message', datagram => {
        heardBytes = Math.max(heardBytes, datagram.length)
      })
      racer.bind(0, '127.0.0.1')
      await once(racer, 'listening')
      const reader = await carry(there, link, () => {
        relay.racer = racer
      })
      expect(reader.link.stats.addressChanges).toBe(0)
      expect(reader.link.address.port).toBe(before)
      // type, id, path, number, frame type, data, tag
      expect(heardBytes).toBe(39)
      racer.close()
      relay.close()
      await there.listener.close()
    })

    test('the machine has another address mid-way: another socket carries on from there (§4.2-6)', async () => {
      const there = await world({ host })
      const asked: UdpOptions[] = []
      const opened: Udp[] = []
      const openUdp: Host['openUdp'] = async options => {
        asked.push(options)
        // what a route over another interface would make of it; the first look finds no way at all
        if (asked.length === 2) throw new Error('ENETUNREACH')
        const bind = { host: asked.length === 1 ? '127.0.0.1' : '127.0.0.2', port: 0 }
        opened.push(await host.openUdp({ ...options, bind }))
        return opened.at(-1)!
      }
      const link = await there.connect({ host: { ...host, openUdp } })
      const reader = await carry(there, link, () => asked[0]!.handlers.onHint('unreachable'))
      expect(reader.link.address.host).toMatch(/127\.0\.0\.2$/)
      expect(reader.link.stats.addressChanges).toBe(1)
      expect(opened.length).toBe(2)
      await there.listener.close()
    })

    test('a hint that proves false costs nothing: the same address, the same socket', async () => {
      const there = await world({ host })
      const asked: UdpOptions[] = []
      const openUdp: Host['openUdp'] = options => {
        asked.push(options)
        return host.openUdp(options)
      }
      const link = await there.connect({ host: { ...host, openUdp } })
      const reader = await carry(there, link, () => {
        for (let i = 0; i < 5; i++) asked[0]!.handlers.onHint('unreachable')
      })
      expect(asked.length, 'one look for five hints').toBe(2)
      expect(reader.link.stats.addressChanges).toBe(0)
      await there.listener.close()
    })
  })
