// Datagrams from anybody: garbage, cut short, too long, twice, forged, and INITs by the thousand. They are dropped and
// counted: the receiver lives, holds no memory for them, and honest transfers go on, those under way included.

import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import { defaultConfig } from '../../src/proto/config.ts'
import { Initiator } from '../../src/proto/handshake/initiator.ts'
import { encodeMessage } from '../../src/wire/message.ts'
import { expectSame } from '../support/faults.ts'
import { host, newKeys } from '../support/hostile.ts'
import { Relay } from '../support/relay.ts'
import { offer, Victim } from '../support/victim.ts'

/** Handshakes that nobody goes on with are given up after so long; the default is 10 s. */
const connectSeconds = 3

let victim: Victim
let socket: Socket
let relay: Relay
beforeAll(async () => {
  victim = await Victim.start(['--yes', '--keep', '--connect-timeout', String(connectSeconds)])
  socket = createSocket({ type: 'udp4', sendBufferSize: MiB })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  relay = await Relay.open(victim.port)
})
afterEach(() => victim.isUnharmed())
afterAll(async () => {
  socket.close()
  relay.close()
  await victim.remove()
})

/** In bursts that the receiver's socket has room for. */
async function send(datagrams: Iterable<Uint8Array>, port = victim.port): Promise<void> {
  let sent = 0
  for (const datagram of datagrams) {
    const isLast = ++sent % 100 === 0
    await new Promise<void>(resolve => {
      socket.send(datagram, port, '127.0.0.1', () => resolve())
    })
    if (isLast) await new Promise(resolve => setImmediate(resolve))
  }
}

/** An honest transfer by a process, over the relay. */
async function sendsHonestly(name: string, bytes: number): Promise<void> {
  const file = victim.machines.file(name, bytes)
  const sent = await victim.machines.send(file, relay.port).finished
  expect(sent.status, sent.stderr).toBe(0)
  expectSame(victim.machines.at(`out/${name}`), file)
}

/** What an honest sender said, one datagram of each type. */
async function recorded(name: string): Promise<Buffer[]> {
  relay.keeps = true
  await sendsHonestly(name, 300 * KiB)
  relay.keeps = false
  const all = [...relay.toServer.splice(0), ...relay.toClient.splice(0)]
  const byType = new Map(all.map(datagram => [datagram[0], datagram]))
  expect(byType.size).toBeGreaterThanOrEqual(4)
  return [...byType.values()]
}

test('20,000 datagrams of garbage, of every type byte and size', async () => {
  const sizes = [0, 1, 2, 8, 13, 14, 15, 30, 38, 100, 1200, 1201, 9216, 9217, 60_000]
  const garbage = Array.from({ length: 20_000 }, (_, i) => {
    const size = sizes[Math.floor(i / 256) % sizes.length] ?? 0
    const datagram = new Uint8Array(randomBytes(Math.min(size, i % 7 === 0 ? 60_000 : 1200)))
    if (size > 0) datagram[0] = i % 256
    return datagram
  })
  await send(garbage)
})

test('packets of each type, cut short at every length, and padded beyond any size', async () => {
  for (const datagram of await recorded('short')) {
    const prefixes = Array.from({ length: datagram.length }, (_, length) => datagram.subarray(0, length))
    await send(prefixes)
    await send([9216, 9217, 20_000, 60_000].map(size => Buffer.concat([datagram, Buffer.alloc(size)], size)))
  }
})

test('every datagram of a transfer twice, both ways (§6.4-1, §8-4)', async () => {
  relay.copies = 2
  await sendsHonestly('twice', 3 * MiB)
  relay.copies = 1
})

test('a whole session replayed, from its own address and another, changes nothing', async () => {
  relay.keeps = true
  await sendsHonestly('again', 300 * KiB)
  relay.keeps = false
  const session = relay.toServer.splice(0)
  relay.toClient.splice(0)
  const before = victim.process.stderr
  for (const datagram of session) relay.inject(datagram)
  await send(session)
  await victim.isUnharmed()
  const said = victim.process.stderr.slice(before.length)
  expect(said.match(/receiv(ing|ed) again/g)).toBeNull()
})

test('20,000 forged packets with the ids of a transfer under way do not disturb it (§6.3-4, §4-2)', async () => {
  const file = victim.machines.file('forged', 8 * MiB)
  relay.keeps = true
  const isCut = relay.cutAfter(2 * MiB)
  const sender = victim.machines.send(file, relay.port)
  await isCut
  relay.keeps = false
  const byType = new Map(relay.toServer.splice(0).map(datagram => [datagram[0], datagram]))
  relay.toClient.splice(0)
  const sealed = [...byType.values()].filter(([type = 0]) => (type & 0xfc) === 0x40)
  expect(sealed.length).toBeGreaterThan(0)
  for (let i = 0; i < 20_000; i++) {
    const forged = Buffer.from(sealed[i % sealed.length] ?? '')
    // the header stays, or its number or its type moves; what is sealed is not what was sealed
    if (i % 3 === 1) forged.writeUInt32BE(i, 10)
    if (i % 3 === 2) forged[0] = 0x40 | (i & 3)
    forged[14 + (i % (forged.length - 14))]! ^= 1 + (i % 255)
    relay.inject(forged)
    if (i % 100 === 0) await new Promise(resolve => setImmediate(resolve))
    if (i % 2000 === 0) await send([forged])
  }
  relay.mend()
  const sent = await sender.finished
  expect(sent.status, sent.stderr).toBe(0)
  expectSame(victim.machines.at('out/forged'), file)
})

test('handshake packets out of nowhere, for ids that exist, do not disturb a transfer (§5-13)', async () => {
  const file = victim.machines.file('handshakes', 4 * MiB)
  relay.keeps = true
  const isCut = relay.cutAfter(1 * MiB)
  const sender = victim.machines.send(file, relay.port)
  await isCut
  relay.keeps = false
  const [data] = relay.toServer.splice(0).filter(([type = 0]) => (type & 0xfc) === 0x40)
  relay.toClient.splice(0)
  const id = (data ?? Buffer.alloc(9)).subarray(1, 9)
  for (let i = 0; i < 500; i++) {
    const version = Buffer.of(0, 0, 0, 1)
    relay.inject(
      Buffer.concat([Buffer.of(0x02), version, id, randomBytes(8), Buffer.of(i % 6), randomBytes(96)]),
    )
    relay.inject(Buffer.concat([Buffer.of(0x03), version, id, randomBytes(96)]))
    relay.inject(Buffer.concat([Buffer.of(0x04), id, Buffer.of(1, 0, 0, 0, 2)]))
  }
  relay.mend()
  expect((await sender.finished).status).toBe(0)
  expectSame(victim.machines.at('out/handshakes'), file)
})

test('INITs of other versions are answered at most by as much, and nothing stays of them (§4-5)', async () => {
  const before = victim.anonymousBytes
  let answeredBytes = 0
  const onMessage = (answer: Buffer): void => {
    answeredBytes += answer.length
    expect(answer[0]).toBe(0x04)
  }
  socket.on('message', onMessage)
  const init = Buffer.concat([Buffer.of(0x01, 0, 0, 0, 9), randomBytes(8), randomBytes(20)])
  await send(Array.from({ length: 5_000 }, () => init))
  await victim.takesAnHonestFile()
  socket.off('message', onMessage)
  expect(answeredBytes).toBeGreaterThan(0)
  expect(answeredBytes).toBeLessThanOrEqual(5_000 * init.length)
  expect(victim.anonymousBytes - before).toBeLessThan(60 * MiB)
})

/** True INITs from keys nobody knows: every second one knows the receiver, and has an OFFER with it. */
async function firstFlights(count: number, name: string, to = victim): Promise<Uint8Array[]> {
  const first = await to.connect()
  const remoteStatic = first.link.remoteStatic.slice()
  first.leave()
  const { primitives, suites, random } = host
  return Array.from({ length: count }, (_, i) => {
    const context = {
      config: defaultConfig,
      primitives,
      suites,
      staticKeys: newKeys(),
      random,
      psk: undefined,
    }
    const isKnown = i % 2 === 0
    const early = isKnown ? encodeMessage(offer({ name: `${name}${i}` })) : new Uint8Array(0)
    return new Initiator(context, random(8), isKnown ? remoteStatic : undefined, early).packet
  })
}

test('100 first flights that nobody goes on with keep nobody waiting', async () => {
  // they are not given up before this test is
  const patient = await Victim.start(['--yes', '--keep', '--connect-timeout', '600'])
  try {
    await send(await firstFlights(100, 'few', patient), patient.port)
    await patient.takesAnHonestFile()
  } finally {
    await patient.remove()
  }
})

test('100 peers that connect and say nothing keep nobody out, and hold little (§8-12)', async () => {
  await victim.takesAnHonestFile()
  const before = victim.anonymousBytes
  const peers = await Promise.all(Array.from({ length: 100 }, () => victim.connect()))
  await victim.takesAnHonestFile()
  expect(peers.filter(({ close }) => close !== undefined)).toEqual([])
  expect(victim.anonymousBytes - before).toBeLessThan(50 * MiB)
  for (const peer of peers) peer.leave()
  await Promise.all(peers.map(peer => peer.until(({ ended }) => ended !== undefined, 'its end')))
})

test('3,000 true INITs with an OFFER each, from keys nobody knows, keep an honest sender waiting, not out (§5-10)', async () => {
  const inits = await firstFlights(3_000, 'flood')
  const before = victim.anonymousBytes
  await send(inits)
  expect(victim.anonymousBytes - before).toBeLessThan(100 * MiB)
  await sendsHonestly('through', 100 * KiB)
  expect(victim.machines.arrived().filter(name => name.startsWith('flood'))).toEqual([])
  expect(victim.process.stderr).not.toMatch(/flood/)
})

test('the log of all this has no line that steers a terminal', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(victim.process.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
})
