// The addon's socket through the suite of all sockets, and what it alone can do: trains, the ladder under it, waiting for
// the kernel, fine alarms. native/test/udp_test.cc has the same by itself, and the faults that JavaScript does not see.

import { readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { native } from '../../src/host/addon.ts'
import type { Arrivals } from '../../src/host/udp.ts'
import { arrival, slotBytes, slots, status, udpAddon } from '../../src/host/udp_addon.ts'
import { NativeUdp, openNativeUdp } from '../../src/host/udp_native.ts'
import { udpSuite, Watched } from '../suites/udp.ts'

const { path } = native()
const addon = udpAddon(native().addon)
const { errno } = constants
const loopback = { host: '127.0.0.1', port: 0 }

const open = (where: Parameters<typeof Watched.open>[1]): Promise<Watched> =>
  Watched.open(openNativeUdp, where)

function nativeOf(watched: Watched): NativeUdp {
  if (!(watched.udp instanceof NativeUdp)) throw new TypeError('not a native socket')
  return watched.udp
}

async function pair(): Promise<readonly [Watched, Watched]> {
  const server = await open({ bind: loopback })
  return [server, await open({ peer: server.udp.local })]
}

/** Datagrams of one length, one behind another in memory; no two alike. */
function train(count: number, bytes: number, seed = 1): Uint8Array[] {
  const memory = new Uint8Array(count * bytes).map((_, i) => (i * 31 + seed * 17 + (i >> 8)) & 255)
  return Array.from({ length: count }, (_, i) => memory.subarray(i * bytes, (i + 1) * bytes))
}

const close = (...sockets: readonly Watched[]) => Promise.all(sockets.map(one => one.udp.close()))

describe.skipIf(!addon)('native', () => {
  udpSuite('native', openNativeUdp)
  trains()
  waiting()
  events()
  households()
})

function trains(): void {
  test('what is pushed leaves as a train and arrives as runs', async () => {
    const server = await open({ bind: loopback })
    const client = await open({ peer: server.udp.local })
    const sent = [...train(44, 1452), ...train(1, 700), ...train(3, 9216)]
    client.send(server.udp.local, ...sent)
    await server.until(() => server.datagrams.length === sent.length)
    expect(server.datagrams).toEqual(sent)
    expect(client.udp.stats).toMatchObject({
      datagramsSent: 48,
      sendCalls: 2,
      gsoRefused: 0,
      sendPath: 'gso',
    })
    expect(server.udp.stats.datagramsReceived).toBe(48)
    expect(server.udp.stats.receiveCalls).toBeLessThan(10)
    await close(server, client)
  })

  test('each rung of the ladder carries the same bytes, and says so', async () => {
    const [server, client] = await pair()
    const rungs = [
      ['gso', 'sendmmsg'],
      ['sendmmsg', 'sendmsg'],
    ] as const
    for (const [refused, next] of rungs) {
      // once may be an echo of ICMP; twice is a refusal
      nativeOf(client).inject(refused, 2, errno.EIO)
      const before = server.datagrams.length
      const sent = train(20, 1200, before)
      client.send(server.udp.local, ...sent)
      await server.until(() => server.datagrams.length === before + 20)
      expect(server.datagrams.slice(before)).toEqual(sent)
      expect(client.udp.stats).toMatchObject({ sendPath: next, gsoRefused: 1, sendErrors: 0 })
    }
    await close(server, client)
  })

  test('PFS_UDP_GSO and PFS_UDP_GRO switch them off', async () => {
    process.env.PFS_UDP_GSO = 'off'
    process.env.PFS_UDP_GRO = 'off'
    const [server, client] = await pair()
    delete process.env.PFS_UDP_GSO
    delete process.env.PFS_UDP_GRO
    const sent = train(20, 1200)
    client.send(server.udp.local, ...sent)
    await server.until(() => server.datagrams.length === 20)
    expect(server.datagrams).toEqual(sent)
    expect(client.udp.stats.sendPath).toBe('sendmmsg')
    await close(server, client)
  })

  test('one socket serves both families', async context => {
    const server = await open({ bind: { host: '::', port: 0 } }).catch(() => context.skip())
    const four = await open({ peer: { host: '127.0.0.1', port: server.udp.local.port } })
    const six = await open({ peer: { host: '::1', port: server.udp.local.port } })
    for (const client of [four, six]) {
      client.send(server.udp.local, ...train(10, 500))
      await server.until(() => server.groups.length > 0 && server.datagrams.length === 10)
      const { host, port } = server.groups[0]!
      expect(host).toBe(client === four ? '::ffff:127.0.0.1' : '::1')
      server.send({ host, port }, ...train(10, 600))
      await client.until(() => client.datagrams.length === 10)
      expect(client.datagrams).toEqual(train(10, 600))
      server.groups.length = 0
    }
    await close(server, four, six)
  })
}

function waiting(): void {
  // EAGAIN ends by POLLOUT, ENOBUFS by a timer: the kernel tells of no memory
  for (const name of ['EAGAIN', 'ENOBUFS'] as const)
    test(`after ${name} trains wait in order until onDrain`, async () => {
      const [server, client] = await pair()
      nativeOf(client).inject('gso', 3, errno[name])
      const first = train(30, 1200, 1)
      const second = train(30, 1300, 2)
      client.send(server.udp.local, ...first)
      expect(client.udp.isCongested).toBe(true)
      client.send(server.udp.local, ...second)
      await client.until(() => !client.udp.isCongested)
      await server.until(() => server.datagrams.length === 60)
      expect(server.datagrams).toEqual([...first, ...second])
      expect(client.udp.stats).toMatchObject({ sendAgain: 3, sendErrors: 0, datagramsSent: 60 })
      await close(server, client)
    })

  test('an interface that is down loses datagrams, and a hint says so', async () => {
    const [server, client] = await pair()
    nativeOf(client).inject('gso', 2, errno.ENETDOWN)
    client.send(server.udp.local, ...train(30, 1200))
    expect(client.hints).toEqual([]) // never from within a call
    await client.until(() => client.hints.length > 0)
    expect(client.hints).toEqual(['unreachable'])
    client.send(server.udp.local, ...train(30, 1200))
    await server.until(() => server.datagrams.length === 30)
    expect(client.udp.stats).toMatchObject({ sendErrors: 30, datagramsSent: 30, sendPath: 'gso' })
    await close(server, client)
  })

  test('an address that is not ours is refused by its code', async () => {
    await expect(open({ bind: { host: '192.0.2.1', port: 0 } })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    })
    await expect(open({ bind: { host: 'localhost', port: 0 } })).rejects.toMatchObject({ code: 'EINVAL' })
  })
}

/** A socket that never receives by itself, and its events. */
async function still(where: { readonly onReadable?: () => void; readonly onAlarm?: () => void }) {
  const handlers = { onReadable: () => {}, onDrain: () => {}, onHint: () => {}, ...where }
  return openNativeUdp({ bind: loopback, handlers })
}

function events(): void {
  test('what is not received is told once, until it is', async () => {
    let told = 0
    let wake = () => {}
    const isTold = new Promise<void>(resolve => {
      wake = resolve
    })
    const server = await still({
      onReadable: () => {
        told++
        wake()
      },
    })
    const client = await still({})
    const send = () => {
      const outbox = client.outbox(server.local)
      outbox.push(new Uint8Array(100))
      outbox.flush()
    }
    send()
    await isTold
    send()
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(told).toBe(1)
    let taken = 0
    const arrivals: Arrivals = {
      datagrams: () => {},
      runs: (_, runs) => {
        for (const { bytes } of runs) taken += bytes.length
      },
    }
    expect(server.receive(1000, arrivals)).toBe(false)
    expect(taken).toBe(200)
    const again = new Promise<void>(resolve => {
      wake = resolve
    })
    send()
    await again
    expect(told).toBe(2)
    await Promise.all([server.close(), client.close()])
  })

  test('alarms are finer than a millisecond, and the latest call counts', async () => {
    const order: string[] = []
    let went = () => {}
    const tell = (name: string) => () => {
      order.push(name)
      if (order.length % 2 === 0) went()
    }
    const late = await still({ onAlarm: tell('late') })
    const soon = await still({ onAlarm: tell('soon') })
    for (let i = 0; i < 20; i++) {
      await new Promise<void>(resolve => {
        went = resolve
        // a timer of whole milliseconds has them both due in the same one, and the first that was set goes off first
        late.setAlarm?.(900)
        soon.setAlarm?.(60_000_000)
        soon.setAlarm?.(200)
      })
    }
    expect(order.filter(name => name === 'soon').length).toBe(20)
    // a busy machine may halt us between the two calls, but not every time
    expect(order.filter((name, i) => name === 'soon' && i % 2 === 0).length).toBeGreaterThan(0)
    await Promise.all([late.close(), soon.close()])
  })
}

/** Collects garbage, and says what is left. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

const openFiles = (): number => readdirSync('/proc/self/fd').length

function households(): void {
  test('sending and receiving trains allocates nothing per packet', async () => {
    const server = await still({})
    const client = await still({})
    const datagrams = train(40, 1452)
    let received = 0
    const arrivals: Arrivals = {
      datagrams: () => {},
      runs: (_, runs) => {
        for (let i = 0; i < runs.length; i++) received += runs[i]!.bytes.length
      },
    }
    const rounds = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const outbox = client.outbox(server.local)
        for (let at = 0; at < datagrams.length; at++) outbox.push(datagrams[at]!)
        outbox.flush()
        if (i % 10 !== 9) continue
        await new Promise(setImmediate)
        while (server.receive(1000, arrivals));
      }
    }
    await rounds(1000)
    const before = heapBytes()
    const datagramsBefore = client.stats.datagramsSent
    await rounds(1000)
    const packets = client.stats.datagramsSent - datagramsBefore
    // what is left is the promises of this test: far less than the smallest object a packet
    expect((process.memoryUsage().heapUsed - before) / packets).toBeLessThan(16)
    expect(packets).toBe(40_000)
    expect(received).toBeGreaterThan(packets * 1452)
    await Promise.all([server.close(), client.close()])
  })

  test('10,000 sockets opened and closed leave nothing behind', async () => {
    // by the addon itself: reading the MTU of every interface is most of what NativeUdp takes
    const own = must(addon, 'the suite is skipped without')
    const sockaddr = own.udpSockaddr('127.0.0.1', 0, false)!
    const memory = new Uint8Array(slots * slotBytes)
    const words = new Uint32Array(slots * arrival.words)
    const cycle = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const opened = own.udpOpen(
          sockaddr,
          null,
          65_536,
          7,
          memory,
          words,
          new Uint32Array(status.words),
          () => {},
        )
        if (typeof opened === 'number') throw new Error(`errno ${opened}`)
        own.udpClose(opened)
        if (i % 100 === 0) await new Promise(setImmediate)
      }
      await new Promise(setImmediate)
    }
    await cycle(1000)
    heapBytes()
    const files = openFiles()
    const residentBytes = process.memoryUsage.rss()
    await cycle(10_000)
    heapBytes()
    // one left by each would be 10,000; other suites may run on other threads of this process, and open some
    expect(openFiles() - files).toBeLessThan(500)
    expect(process.memoryUsage.rss() - residentBytes).toBeLessThan(64 * 1024 * 1024)
  }, 60_000)

  // in a worker, whose loop is its own: this thread's has other guests
  const inWorker = `
    const addon = require(${JSON.stringify(path)})
    const { parentPort } = require('node:worker_threads')
    const sockaddrOf = port => addon.udpSockaddr('127.0.0.1', port, false)
    const open = onEvent => addon.udpOpen(sockaddrOf(0), null, 65536, 7,
      new Uint8Array(1 << 20), new Uint32Array(96), new Uint32Array(${status.words}), onEvent)`

  test('while nobody receives, the loop does not spin', async () => {
    const program = `${inWorker}
      const { nodeTiming } = require('node:perf_hooks').performance
      const loops = () => nodeTiming.uvMetricsInfo.loopCount
      let before = 0
      const client = open(() => { parentPort.postMessage(loops() - before); parentPort.close(); process.exit() })
      const send = () => { addon.udpGather(client, to, new Uint8Array(100)); addon.udpFlush(client) }
      const server = open(() => { send(); before = loops(); addon.udpSetTimer(client, 30000) })
      const to = sockaddrOf(addon.udpLocal(server).port)
      send()`
    const worker = new Worker(program, { eval: true })
    const loops = await new Promise(resolve => worker.once('message', resolve))
    expect(loops).toBeLessThan(20)
  })

  test('a worker may end with its sockets open', async () => {
    const files = openFiles()
    const program = `${inWorker}
      open(() => {})
      addon.udpSetTimer(open(() => {}), 500)
      addon.udpClose(open(() => {}))
      parentPort.postMessage('open')`
    for (const isTerminated of [true, false]) {
      const worker = new Worker(isTerminated ? program : `${program}\nprocess.exit(0)`, { eval: true })
      const ended = new Promise(resolve => worker.once('exit', resolve))
      if (isTerminated) worker.once('message', () => void worker.terminate())
      await ended
    }
    expect(openFiles()).toBeLessThanOrEqual(files + 2)
  })
}
