// TCP connections at the door, as strangers bring them: more than there is room for, silent ones, bytes of every kind. Who is
// proven stays, who is not makes room, and nothing of them is left. PROTOCOL.md §4.1-7

import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { recordsOf } from '../../src/host/tcp_records.ts'
import { Door, tcpConnectionsMax, tcpStrangerMillisMax, tcpStrangersMax } from '../../src/net/door.ts'
import { connect } from '../../src/net/endpoint.ts'
import type { Link } from '../../src/net/link.ts'
import { wireCodes } from '../../src/wire/codes.ts'
import { host, newKeys, Owner } from './pair.ts'

const loopback = '127.0.0.1'

class House {
  readonly keys = newKeys()
  readonly owners: Owner[] = []
  readonly raws: Socket[] = []
  readonly door: Door
  port = 0
  #stop: () => void = () => {}
  #onGuest: () => void = () => {}

  constructor() {
    this.door = new Door(
      { host, keys: this.keys },
      {
        onPeer: link => {
          link.publish()
          this.owners.push(new Owner(link))
          link.accept()
        },
        onEstablished() {},
        onClosed() {},
      },
    )
  }

  static async open(): Promise<House> {
    const house = new House()
    const { local, close } = await host.listenTcp({
      bind: { host: loopback, port: 0 },
      onConnection: adopt => {
        const isIn = house.door.onConnection(adopt)
        house.#onGuest()
        return isIn
      },
    })
    house.port = local.port
    house.#stop = close
    return house
  }

  /** A raw connection that is at the door. */
  async raw(): Promise<Socket> {
    const seen = new Promise<void>(resolve => {
      this.#onGuest = resolve
    })
    const socket = connectTcp({ host: loopback, port: this.port })
    socket.on('error', () => {})
    socket.resume()
    this.raws.push(socket)
    await seen
    return socket
  }

  link(): Promise<Link> {
    const { publicKey: remoteStatic } = this.keys
    return connect({
      host,
      keys: newKeys(),
      hostName: loopback,
      port: this.port,
      transport: 'tcp',
      remoteStatic,
    })
  }

  async emptied(): Promise<void> {
    while (this.door.guests > 0) await new Promise(setImmediate)
  }

  async close(): Promise<void> {
    for (const raw of this.raws) raw.destroy()
    this.#stop()
    await this.door.close(wireCodes.NONE.code)
  }
}

const houses: House[] = []
async function open(): Promise<House> {
  const house = await House.open()
  houses.push(house)
  return house
}
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(houses.splice(0).map(house => house.close()))
})

describe('a flood of connections (§4.1-7)', () => {
  test('displaces itself, the oldest first, and nobody who is proven', async () => {
    const house = await open()
    const link = await house.link()
    const here = new Owner(link)
    while (!house.owners[0]?.isConfirmed) await new Promise(setImmediate)
    const closed: number[] = []
    for (let i = 0; i < tcpStrangersMax; i++) {
      const raw = await house.raw()
      raw.once('close', () => closed.push(i))
    }
    expect([house.door.guests, house.door.turnedAway]).toEqual([tcpStrangersMax + 1, 0])
    for (let i = 0; i < 3; i++) await house.raw()
    await Promise.all(house.raws.slice(0, 3).map(raw => (raw.destroyed ? undefined : once(raw, 'close'))))
    expect(closed.sort((a, b) => a - b)).toEqual([0, 1, 2])
    expect([house.door.guests, house.door.turnedAway]).toEqual([tcpStrangersMax + 1, 3])
    // who comes now finds room as well
    const late = await house.link()
    new Owner(late)
    expect(here.closed).toBeUndefined()
    await Promise.all([link.finish(), late.finish()])
  })

  test('of proven peers ends at the most there may be: the next finds no room', async () => {
    const house = await open()
    const links: Link[] = []
    for (let i = 0; i < tcpConnectionsMax; i++) {
      const link = await house.link()
      new Owner(link)
      links.push(link)
      while (!house.owners[i]?.isConfirmed) await new Promise(setImmediate)
    }
    expect(house.door.guests).toBe(tcpConnectionsMax)
    const turnedAway = await house.raw()
    if (!turnedAway.destroyed) await once(turnedAway, 'close')
    expect([house.door.guests, house.door.turnedAway]).toEqual([tcpConnectionsMax, 1])
    await Promise.all(links.map(link => link.finish()))
    await house.emptied()
  })
})

describe('a stranger', () => {
  test('that says nothing for too long is closed (§4.1-7)', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const house = await open()
    const raw = await house.raw()
    const closed = once(raw, 'close')
    vi.advanceTimersByTime(tcpStrangerMillisMax - 1)
    await new Promise(setImmediate)
    expect(raw.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    await closed
    await house.emptied()
  })

  test('that hangs up leaves nothing', async () => {
    const house = await open()
    const raw = await house.raw()
    raw.end()
    await house.emptied()
  })
})

describe('bytes of every kind', () => {
  for (const seed of [1, 2, 3, 4])
    test(`end at the door, and who is a peer is let in after them (seed ${seed})`, async () => {
      const random = new Prng(seed)
      const house = await open()
      for (let i = 0; i < 50; i++) {
        const raw = await house.raw()
        for (let piece = random.below(6); piece >= 0; piece--) raw.write(hostile(random))
        if (random.chance(0.7)) raw.end()
        else if (random.chance(0.5)) raw.resetAndDestroy()
      }
      expect(house.door.guests).toBeLessThanOrEqual(tcpStrangersMax)
      expect(house.owners).toEqual([])
      const link = await house.link()
      new Owner(link)
      await link.finish()
      for (const raw of house.raws) raw.destroy()
      await house.emptied()
    })
})

/** Of good lengths and of bad ones; packets of each type, the rest of them noise. */
function hostile(random: Prng): Uint8Array {
  const noise = (bytes: number): Uint8Array => random.fill(new Uint8Array(bytes))
  switch (random.below(4)) {
    case 0:
      return noise(1 + random.below(20_000))
    case 1:
      return recordsOf(Array.from({ length: 1 + random.below(40) }, () => noise(1 + random.below(9216))))
    case 2: {
      const packets = Array.from({ length: 1 + random.below(200) }, () => noise(1 + random.below(1200)))
      // types of §4, version 1 or another
      for (const packet of packets) {
        packet[0] = [1, 2, 3, 4, 0x40, 0x42][random.below(6)] ?? 1
        packet.set([0, 0, 0, random.below(3)].slice(0, packet.length - 1), 1)
      }
      return recordsOf(packets)
    }
    default:
      return recordsOf([noise(100)]).subarray(0, 1 + random.below(101))
  }
}
