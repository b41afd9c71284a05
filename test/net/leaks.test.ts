// Connections by the hundred, one after another, over real sockets of this machine: each shakes hands, says a little of
// everything and ends. Nothing of them stays: no descriptor, no connection in the core, no timer, no memory to speak of.
// PFS_CONNECTIONS=10000 for the long run, which takes two minutes.

import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { connect } from '../../src/net/endpoint.ts'
import { openSocket } from '../../src/net/socket.ts'
import { host, newKeys, Owner, painted } from './pair.ts'

const connections = Number(process.env.PFS_CONNECTIONS ?? 300)
/** By then everything that is made once is made, and the heap has its size. */
const warmUp = Math.max(200, connections / 10)
/**
 * A heap's young generation alone wanders by 48 MB, and the allocator keeps some: 40 MB were measured after 1,000 as
 * after 10,000. Of these, 10 KB left by each would be seen.
 */
const growthBytesMax = 96 * MiB
/** Compiled code and what it has learnt, and this test's own expectations: 2.5 MB were measured, of any number. */
const heapGrowthBytesMax = 8 * MiB
/** A few sockets that wait for the next collection, a megabyte each. */
const externalGrowthBytesMax = 16 * MiB
const collectEvery = 50
/** Descriptors and timers come and go with the runtime's own work. */
const strayMax = 3

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Holdings {
  readonly connections: number
  readonly files: number
  readonly timers: number
  readonly residentBytes: number
  readonly heapBytes: number
  readonly externalBytes: number
}

const hasProc = process.platform === 'linux'
const openFiles = (): number => (hasProc ? readdirSync('/proc/self/fd').length : 0)
const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length

/** What this process holds once it has had time to let go. */
async function holdings(made: number): Promise<Holdings> {
  // a wrapped native object goes in the turns after the collection that has found it
  for (let i = 0; i < 4; i++) {
    collect()
    await new Promise(setImmediate)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  const held = { residentBytes: rss, heapBytes: heapUsed, externalBytes: external }
  return { connections: made, files: openFiles(), timers: timers(), ...held }
}

/** A listener whose core can be looked at; each link's owner is handed to whoever waits for the next. */
async function server() {
  let next: (owner: Owner) => void = () => {}
  const keys = newKeys()
  const socket = await openSocket({ host, keys }, { bind: { host: '127.0.0.1', port: 0 } }, true)
  socket.origin = {
    onPeer(link) {
      const owner = new Owner(link, { keeps: false })
      link.publish()
      link.accept()
      next(owner)
    },
    onEstablished() {},
    onClosed() {},
  }
  const arrival = (): Promise<Owner> =>
    new Promise(resolve => {
      next = resolve
    })
  return { socket, arrival }
}

const orderedBytes = painted(3 * KiB)
const literalBytes = painted(40 * KiB)

type Server = Awaited<ReturnType<typeof server>>

/** A connection's whole life: XX handshake, words on the control stream, both kinds of stream, the end. */
async function live({ socket, arrival }: Server): Promise<void> {
  const arrived = arrival()
  const { host: hostName, port } = socket.udp.local
  const link = await connect({ host, keys: newKeys(), hostName, port })
  const client = new Owner(link)
  const owner = await arrived
  link.sendControl(new TextEncoder().encode('hello'))
  const ordered = must(link.openOrdered(), 'a stream may be open')
  ordered.write(orderedBytes)
  ordered.end()
  const literal = must(link.openLiteral(), 'a stream may be open')
  literal.write(literalBytes)
  literal.end()
  await owner.until(
    () => owner.isEnded && owner.slabBytes === literalBytes.length && owner.control === 'hello',
  )
  await link.finish()
  await owner.until(() => owner.closed !== undefined)
  expect([client.closed, owner.closed]).toEqual([{ error: undefined }, { error: undefined }])
}

/** Both ends linger a few round trips to repeat their last word: §7.10. */
async function quiet({ socket }: Server): Promise<void> {
  while (socket.endpoint.connections > 0) await delay(5)
}

test(`${connections} connections leave nothing behind`, async () => {
  const there = await server()
  const rounds = async (count: number): Promise<void> => {
    for (let i = 1; i <= count; i++) {
      await live(there)
      // a dead socket is a megabyte of receive memory: uncollected ones would be most of what is measured
      if (i % collectEvery === 0) collect()
    }
    await quiet(there)
  }
  await rounds(warmUp)
  const before = await holdings(0)
  const story = [before]
  for (let made = 0; made < connections; made += 1000) {
    const count = Math.min(1000, connections - made)
    await rounds(count)
    story.push(await holdings(made + count))
  }
  if (connections > 1000) console.table(story)
  const after = must(story.at(-1), 'there is one')
  expect(there.socket.endpoint.connections).toBe(0)
  expect(after.files).toBeLessThanOrEqual(before.files + strayMax)
  expect(after.timers).toBeLessThanOrEqual(before.timers + strayMax)
  expect(after.residentBytes - before.residentBytes).toBeLessThan(growthBytesMax)
  expect(after.heapBytes - before.heapBytes).toBeLessThan(heapGrowthBytesMax)
  expect(after.externalBytes - before.externalBytes).toBeLessThan(externalGrowthBytesMax)
  await there.socket.driver.stop()
}, 900_000)
