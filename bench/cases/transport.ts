// The transport alone, beside a plain TCP copy in the same run: one repeated random 1 MiB as literal bytes across a
// veth between two namespaces, dropped at the receiver. Rounds alternate, because the machine's speed drifts.
//
//   node dist/bench/cases/transport.js [--mib 1024] [--rounds 3] [--mtu 1500] [--profile DIR] [--only pfs|tcp]

import { type ChildProcess, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { makePair, type Side } from '../../netsim/netns.ts'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { MiB } from '../../src/base/units.ts'
import { createHost } from '../../src/host/choose.ts'
import { connect, listen } from '../../src/net/endpoint.ts'
import { deaf } from '../../src/net/link.ts'
import type { ConnectionStats } from '../../src/proto/stats.ts'

export interface Report {
  readonly bytes: number
  readonly seconds: number
  /** All threads. */
  readonly cpuSeconds: number
  readonly rssAnonBytes: number
  /** Of this thread: how often it slept and was woken, turns of its event loop, and the share of time it was busy. */
  readonly wakeUps: number
  readonly turns: number
  readonly busyShare: number
  readonly stats: Readonly<ConnectionStats> | undefined
  /** Of CLOCK_MONOTONIC, in seconds: a profile knows by it what was the transfer and what was node's start. */
  readonly from: number
  readonly to: number
  readonly note: string
}

/** Watches this process from now on. */
function watch(): (bytes: number, stats?: Readonly<ConnectionStats>, note?: string) => Report {
  const startedCpu = process.cpuUsage()
  const started = performance.now()
  const startedLoop = performance.eventLoopUtilization()
  const startedWakeUps = wakeUps()
  const startedTurns = turns()
  const from = monotonicSeconds()
  let rssAnonBytes = 0
  const sample = () => {
    rssAnonBytes = Math.max(rssAnonBytes, anonymousBytes())
  }
  const timer = setInterval(sample, 50)
  return (bytes, stats, note = '') => {
    clearInterval(timer)
    sample()
    const cpu = process.cpuUsage(startedCpu)
    return {
      bytes,
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      rssAnonBytes,
      wakeUps: wakeUps() - startedWakeUps,
      turns: turns() - startedTurns,
      busyShare: performance.eventLoopUtilization(startedLoop).utilization,
      stats,
      from,
      to: monotonicSeconds(),
      note,
    }
  }
}

const monotonicSeconds = (): number => Number(process.hrtime.bigint()) / 1e9

function wakeUps(): number {
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}

/** node has counted them since 20.18; the types have not heard of it. */
function turns(): number {
  const timing = performance.nodeTiming as { readonly uvMetricsInfo?: { readonly loopCount: number } }
  return timing.uvMetricsInfo?.loopCount ?? Number.NaN
}

function anonymousBytes(): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

// ---- the four roles, each a process of its own

async function receivePfs(address: string): Promise<void> {
  const host = await createHost()
  const keys = host.primitives.generateKeyPair(host.random(32))
  const listener = await listen({
    host,
    keys,
    address,
    port: 0,
    onPeer(link) {
      const finish = watch()
      let bytes = 0
      link.handlers = {
        ...deaf,
        onSlab(stream, offset, buffer, lengthBytes, isLast) {
          bytes += lengthBytes
          link.consumedSlab(stream, offset, lengthBytes, buffer)
          if (isLast) link.sendControl(new Uint8Array(1))
        },
        onClosed(error) {
          const { datagramsReceived, datagramsDropped, receiveBufferBytes } = listener.udpStats
          const note = `${error?.message ?? 'ok'} ${JSON.stringify({ datagramsReceived, datagramsDropped, receiveBufferBytes })}`
          say(finish(bytes, link.stats, note))
          void listener.close()
        },
      }
      link.accept()
    },
  })
  say({ port: listener.address.port, key: toHex(keys.publicKey) })
}

async function sendPfs(address: string, port: number, key: string, mebibytes: number): Promise<void> {
  const host = await createHost()
  const keys = host.primitives.generateKeyPair(host.random(32))
  const remoteStatic = must(fromHex(key), 'a key in hex')
  const link = await connect({ host, keys, hostName: address, port, remoteStatic })
  const literal = must(link.openLiteral(), 'a stream')
  const buffer = host.random(MiB)
  let left = mebibytes
  const fill = (): void => {
    while (left > 0) {
      left--
      if (!literal.write(buffer)) break
    }
    if (left === 0) literal.end()
  }
  const finish = watch()
  link.handlers = {
    ...deaf,
    onDrain: fill,
    onControl() {
      say(finish(mebibytes * MiB, link.stats))
      void link.finish()
    },
    onClosed(error) {
      if (error) console.error(error)
    },
  }
  fill()
}

function receiveTcp(address: string): void {
  const server = createServer(socket => {
    const finish = watch()
    let bytes = 0
    socket.on('data', chunk => {
      bytes += chunk.length
    })
    socket.on('end', () => {
      socket.end()
      server.close()
      say(finish(bytes))
    })
  })
  server.listen(0, address, () => say({ port: (server.address() as { port: number }).port, key: '-' }))
}

function sendTcp(address: string, port: number, mebibytes: number): void {
  const buffer = Buffer.alloc(MiB, 'pfs')
  const socket = connectTcp(port, address, () => {
    const finish = watch()
    let left = mebibytes
    const fill = (): void => {
      while (left > 0) {
        left--
        if (!socket.write(buffer)) return
      }
      socket.end()
    }
    socket.on('drain', fill)
    socket.on('data', () => {})
    socket.on('close', () => say(finish(mebibytes * MiB)))
    fill()
  })
}

// ---- the run

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mib: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    mtu: { type: 'string', default: '1500' },
    profile: { type: 'string' },
    only: { type: 'string' },
  },
})

function start(side: Side, role: string, args: readonly string[]): ChildProcess {
  const script = must(process.argv[1], 'a script')
  const profile = flags.profile
    ? ['--cpu-prof', '--cpu-prof-dir', flags.profile, '--cpu-prof-name', `${role}.cpuprofile`]
    : []
  return side.spawn(process.execPath, [...profile, script, role, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function* lines(child: ChildProcess): AsyncGenerator<string> {
  yield* createInterface({ input: must(child.stdout ?? undefined, 'a pipe') })
}

async function next<T>(from: AsyncGenerator<string>): Promise<T> {
  const line = await from.next()
  if (line.done) throw new Error('a side ended without its report')
  return JSON.parse(line.value) as T
}

async function round(kind: 'pfs' | 'tcp', left: Side, right: Side): Promise<void> {
  const receiver = lines(start(right, `${kind}-receive`, [right.address]))
  const { port, key } = await next<{ port: number; key: string }>(receiver)
  const sender = lines(start(left, `${kind}-send`, [right.address, String(port), key, flags.mib]))
  const [sent, received] = await Promise.all([next<Report>(sender), next<Report>(receiver)])
  const gigabytes = sent.bytes / 1e9
  const side = (report: Report) =>
    `${(report.cpuSeconds / gigabytes).toFixed(2)} s/GB ${Math.round(report.rssAnonBytes / 1e6)} MB anon`
  console.log(
    `${kind}  ${((sent.bytes * 8) / sent.seconds / 1e9).toFixed(3)} Gbit/s` +
      `  sender ${side(sent)}  receiver ${side(received)}`,
  )
  if (sent.bytes !== received.bytes) throw new Error(`${sent.bytes} sent, ${received.bytes} received`)
  if (flags.profile) console.log(JSON.stringify(sent.stats), JSON.stringify(received.stats), received.note)
  // both end by themselves: waits for their profiles
  await Promise.all([sender.next(), receiver.next()])
}

async function run(): Promise<void> {
  const pair = makePair(Number(flags.mtu))
  try {
    for (let i = 0; i < Number(flags.rounds); i++)
      for (const kind of ['pfs', 'tcp'] as const)
        if (!flags.only || flags.only === kind) await round(kind, pair.left, pair.right)
  } finally {
    pair.remove()
  }
}

const [role, address = '', port = '', key = '', mebibytes = ''] = positionals
if (role === 'pfs-receive') await receivePfs(address)
else if (role === 'pfs-send') await sendPfs(address, Number(port), key, Number(mebibytes))
else if (role === 'tcp-receive') receiveTcp(address)
else if (role === 'tcp-send') sendTcp(address, Number(port), Number(mebibytes))
else if (spawnSync('ip', ['-V']).status === 0) await run()
else console.error('the transport bench needs iproute2 and root')
