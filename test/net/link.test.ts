// Links over real loopback sockets: bytes both ways, back-pressure, many at once, and how they end.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { slabBytes } from '../../src/host/slabs.ts'
import type { ConnectionLink } from '../../src/net/connection_link.ts'
import { connect, listen } from '../../src/net/endpoint.ts'
import { formatAddress } from '../../src/net/resolve.ts'
import { wireCodes } from '../../src/wire/codes.ts'
import { host, newKeys, Owner, painted, tappedHost, world } from './pair.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const text = (words: string): Uint8Array => new TextEncoder().encode(words)

test('32 MiB of literal bytes and an ordered stream arrive whole, both ways at once', async () => {
  const here = await world()
  const link = await here.connect()
  const client = new Owner(link)
  await here.arrived(1)
  const server = here.owners[0]!
  const bytes = painted(32 * MiB + 777)
  for (const from of [client, server]) {
    const literal = from.link.openLiteral()!
    let released = 0
    for (let at = 0; at < bytes.length; at += MiB)
      literal.write(bytes.subarray(at, at + MiB), () => released++)
    literal.end()
    const ordered = from.link.openOrdered()!
    for (let i = 0; i < 100; i++) ordered.write(painted(10_000, i * 10_000))
    ordered.end()
  }
  for (const to of [server, client]) {
    await to.until(() => to.isEnded && to.slabs.some(slab => slab.isLast) && to.slabBytes === bytes.length)
    expect(sha256(to.literal(1))).toBe(sha256(bytes))
    expect(sha256(Buffer.concat(to.ordered))).toBe(sha256(painted(1_000_000)))
  }
  await here.listener.close()
})

test('control messages go both ways, and early ones arrive with the first flight', async () => {
  const here = await world()
  const link = await here.connect({ remoteStatic: here.keys.publicKey, early: text('first ') })
  const client = new Owner(link)
  link.sendControl(text('second'))
  await here.arrived(1)
  const server = here.owners[0]!
  await server.until(() => server.control === 'first second')
  await server.until(() => server.isConfirmed)
  server.link.sendControl(text('answer'))
  await client.until(() => client.control === 'answer')
  // acknowledges the answer: a listener without a round trip to go by lingers for three seconds
  link.sendControl(text(' bye'))
  await server.until(() => server.control === 'first second bye')
  expect(link.remoteStatic).toEqual(here.keys.publicKey)
  await here.listener.close()
})

test('finish resolves when all has arrived, and both sides end without an error', async () => {
  const here = await world()
  const link = await here.connect()
  const client = new Owner(link)
  await here.arrived(1)
  const literal = link.openLiteral()!
  literal.write(painted(3 * slabBytes + 5))
  literal.end()
  await link.finish()
  const server = here.owners[0]!
  await server.until(() => server.closed !== undefined)
  expect(server.slabBytes).toBe(3 * slabBytes + 5)
  expect(server.closed).toEqual({ error: undefined })
  expect(client.closed).toEqual({ error: undefined })
  await expect(link.finish()).resolves.toBeUndefined()
  await here.listener.close()
})

test('a reader that stops holds the sender at its window; memory stays within it on both sides', async () => {
  // windows that stay: on a busy machine a round trip of 16 ms would have them grow, whatever is consumed (§8-7)
  const config = {
    connectionWindowBytes: MiB,
    connectionWindowBytesMax: MiB,
    streamWindowBytes: MiB,
    streamWindowBytesMax: MiB,
  }
  const here = await world({ config }, { consumes: false })
  const link = await here.connect()
  const client = new Owner(link)
  const literal = link.openLiteral()!
  let isWelcome = true
  let written = 0
  while (isWelcome) {
    isWelcome = literal.write(new Uint8Array(MiB))
    written += MiB
  }
  literal.end()
  expect(written).toBeLessThanOrEqual(16 * MiB)
  await here.arrived(1)
  const reader = here.owners[0]!
  await reader.until(() => reader.slabBytes === MiB)
  expect(link.stats.bytesSent).toBeLessThan(2 * MiB)
  expect(client.drained).toEqual([])
  // the window rises over what is consumed without a gap: the second slab alone moves nothing
  const slabs = reader.slabs.splice(0)
  const [first, ...others] = slabs.sort((a, b) => a.offset - b.offset)
  for (const slab of others) reader.link.consumedSlab(slab.stream, slab.offset, slab.bytes.length)
  reader.link.sendControl(text('now the first'))
  await client.until(() => client.control !== '')
  expect(reader.slabBytes).toBe(MiB)
  reader.link.consumedSlab(1, 0, first!.bytes.length)
  await reader.until(() => reader.slabBytes >= 2 * MiB)
  expect(link.stats.bytesSent).toBeLessThan(4 * MiB)
  await here.listener.close()
})

test('a sender that was told to wait hears when to go on', async () => {
  const here = await world()
  const link = await here.connect()
  const client = new Owner(link)
  const literal = link.openLiteral()!
  const buffer = new Uint8Array(MiB)
  let released = 0
  while (literal.write(buffer, () => released++));
  await client.until(() => client.drained.includes(1))
  expect(released).toBeGreaterThan(0)
  await here.listener.close()
})

test('a socket that is full is left alone until it drains, and nothing is lost by it', async () => {
  const tapped = tappedHost()
  const here = await world()
  const link = await here.connect({ host: tapped.host })
  new Owner(link)
  await here.arrived(1)
  const udp = tapped.sockets[0]!
  const setCongested = (value: boolean) =>
    Object.defineProperty(udp, 'isCongested', { value, configurable: true, writable: true })
  setCongested(true)
  const literal = link.openLiteral()!
  literal.write(painted(MiB))
  literal.end()
  const sent = udp.stats.datagramsSent
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(udp.stats.datagramsSent).toBe(sent)
  setCongested(false)
  link.sendControl(text('on'))
  const server = here.owners[0]!
  await server.until(() => server.slabBytes === MiB && server.slabs.some(slab => slab.isLast))
  expect(sha256(server.literal(1))).toBe(sha256(painted(MiB)))
  await here.listener.close()
})

test('forty links to one listener are kept apart', async () => {
  const here = await world()
  const links = await Promise.all(Array.from({ length: 40 }, () => here.connect()))
  links.forEach((link, i) => {
    new Owner(link)
    const literal = link.openLiteral()!
    literal.write(painted(100_000, i))
    literal.end()
    link.sendControl(text(`${i}`))
  })
  await here.arrived(40)
  for (const owner of here.owners) {
    await owner.until(() => owner.control !== '' && owner.slabs.some(slab => slab.isLast))
    expect(sha256(owner.literal(1))).toBe(sha256(painted(100_000, Number(owner.control))))
  }
  expect(new Set(here.owners.map(owner => owner.control)).size).toBe(40)
  expect(here.listener.links.size).toBe(40)
  await here.listener.close()
  expect(here.listener.links.size).toBe(0)
})

test('streams that share a window smaller than their slabs do not wait for each other for ever', async () => {
  const streams = 12
  const length = slabBytes - 50_000
  const here = await world({ config: { connectionWindowBytes: MiB, connectionWindowBytesMax: MiB } })
  const link = await here.connect()
  new Owner(link)
  await here.arrived(1)
  for (let i = 0; i < streams; i++) {
    const literal = link.openLiteral()!
    literal.write(painted(length, i))
    literal.end()
  }
  const server = here.owners[0]!
  await server.until(() => server.slabs.filter(slab => slab.isLast).length === streams)
  for (let i = 0; i < streams; i++) expect(sha256(server.literal(2 * i + 1))).toBe(sha256(painted(length, i)))
  await here.listener.close()
})

test('a stream that is reset, or stopped, is heard of on the other side and gives its memory back', async () => {
  const here = await world()
  const link = await here.connect()
  const client = new Owner(link)
  await here.arrived(1)
  const server = here.owners[0]!
  const [first, second] = [link.openLiteral()!, link.openLiteral()!]
  let released = 0
  first.write(painted(1000), () => released++)
  second.write(painted(1000), () => released++)
  first.reset(wireCodes.CANCELLED.code)
  await server.until(() => server.resets.includes(first.stream))
  server.link.stop(second.stream, wireCodes.CANCELLED.code)
  await client.until(() => client.stops.includes(second.stream))
  expect(released).toBe(2)
  expect(second.write(painted(10), () => released++)).toBe(true)
  expect(released).toBe(3)
  await here.listener.close()
})

test('a listener without an address is there for both families', async context => {
  const owners: Owner[] = []
  const here = await listen({
    host,
    keys: newKeys(),
    port: 0,
    onPeer: link => {
      owners.push(new Owner(link))
      link.accept()
    },
  })
  if (here.address.host !== '::') context.skip()
  for (const hostName of ['127.0.0.1', '::1', 'localhost']) {
    const link = await connect({ host, keys: newKeys(), hostName, port: here.address.port })
    new Owner(link).link.sendControl(text(hostName))
  }
  await here.close()
  expect(formatAddress({ host: '::ffff:127.0.0.1', port: 1 })).toBe('127.0.0.1:1')
  expect(formatAddress({ host: '::1', port: 1 })).toBe('[::1]:1')
})

test('keys made here are what the other side sees', async () => {
  const keys = newKeys()
  const here = await world()
  await here.connect({ host, keys })
  await here.arrived(1)
  expect(here.owners[0]!.link.remoteStatic).toEqual(keys.publicKey)
  await here.listener.close()
})

test('a literal stream that was stopped holds no memory, whatever its sender still had under way', async () => {
  const here = await world()
  const client = new Owner(await here.connect())
  await here.arrived(1)
  const server = here.owners[0]!
  const { payloads } = server.link as ConnectionLink
  for (let i = 0; i < 20; i++) {
    const out = client.link.openLiteral()!
    out.write(painted(slabBytes + 1000))
    await server.until(() => server.slabs.some(slab => slab.stream === out.stream))
    server.link.stop(out.stream, 9)
    // comes after STOP was said, before it is heard
    out.write(painted(2 * slabBytes))
    await client.until(() => client.stops.includes(out.stream))
  }
  const last = client.link.openLiteral()!
  last.write(painted(1000))
  last.end()
  await server.until(() => server.slabs.some(slab => slab.stream === last.stream && slab.isLast))
  expect(payloads.heldBytes).toBe(0)
  await here.listener.close()
})

test('a peer that is turned away before it has an owner leaves nothing behind', async () => {
  const told: (() => void)[] = []
  const here = await world({
    onPeer(link) {
      link.refuse()
      for (const tell of told) tell()
    },
  })
  const turnedAway = new Promise<void>(resolve => told.push(resolve))
  const client = new Owner(await here.connect())
  await turnedAway
  await client.until(() => client.closed !== undefined)
  expect(client.closed?.error).toMatchObject({ code: 'PFS_REFUSED' })
  expect(here.listener.links.size).toBe(0)
  await here.listener.close()
})
