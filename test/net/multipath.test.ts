// Real sockets, native and portable, two links of one machine to one listener: both carry, one dies in the middle, one is
// none of ours. Waits for events, never for time. §4.3

import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import type { Udp, UdpOutbox } from '../../src/host/udp.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import type { Link } from '../../src/net/link.ts'
import { Owner, painted, type World, world } from './pair.ts'

const portable = await createHost({ addon: undefined, path: undefined, why: 'a test' })
const best = await createHost()
const pairings: [string, Host, Host][] = [['portable to portable', portable, portable]]
if (udpAddon(native().addon) !== undefined)
  pairings.push(['native to native', best, best], ['native to portable', best, portable])

const bytes = painted(24 * MiB + 77)
const bytesPerSecond = 24 * MiB
const locals = ['127.0.0.1', '127.0.0.2']

/** A socket whose cable can be pulled: what it is given goes nowhere, and what comes is not there. */
class Pulled {
  isOut = false
  readonly udp: Udp

  constructor(own: Udp) {
    const sink: UdpOutbox = { push() {}, flush: () => 1 }
    this.udp = new Proxy(own, {
      get: (target, name) => {
        if (this.isOut && name === 'outbox') return () => sink
        if (this.isOut && name === 'receive') return () => false
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}

function pullable(host: Host): { readonly host: Host; readonly sockets: Pulled[] } {
  const sockets: Pulled[] = []
  const openUdp: Host['openUdp'] = async options => {
    const pulled = new Pulled(await host.openUdp(options))
    sockets.push(pulled)
    return pulled.udp
  }
  return { host: { ...host, openUdp }, sockets }
}

async function carry(there: World, link: Link, midway: () => void): Promise<Owner> {
  const writer = new Owner(link)
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
  expect(writer.closed).toEqual({ error: undefined })
  return reader
}

for (const [name, from, to] of pairings)
  describe(name, () => {
    test('both links carry', async () => {
      const there = await world({ host: to })
      const { host, sockets } = pullable(from)
      const link = await there.connect({ host, locals })
      const reader = await carry(there, link, () => {
        expect(link.stats.paths).toBe(2)
        expect(there.owners[0]!.link.stats).toMatchObject({ paths: 2, addressChanges: 0 })
      })
      expect(sockets.map(({ udp }) => udp.local.host)).toEqual(locals)
      const sent = sockets.map(({ udp }) => udp.stats.datagramsSent)
      expect(Math.min(...sent)).toBeGreaterThan(50)
      expect(reader.link.address.host).toMatch(/127\.0\.0\.1$/)
      await there.listener.close()
    })

    for (const dying of [0, 1])
      test(`link ${dying} dies in the middle: the other carries on alone (§4.3-5)`, async () => {
        const there = await world({ host: to })
        const { host, sockets } = pullable(from)
        const link = await there.connect({ host, locals })
        await carry(there, link, () => {
          sockets[dying]!.isOut = true
        })
        expect(link.stats.paths).toBe(1)
        await there.listener.close()
      })

    test('an address that is none of ours is no path, and no fault', async () => {
      const there = await world({ host: to })
      const link = await there.connect({ host: from, locals: ['127.0.0.1', '192.0.2.77', '127.0.0.3'] })
      await carry(there, link, () => expect(link.stats.paths).toBe(2))
      await there.listener.close()
    })
  })
