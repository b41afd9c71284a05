// Real processes over a network of their own, whose path misbehaves: an interface that goes away and comes back, small
// socket buffers, one processor for both, no trains. The transfer slows, finishes, and --json says why. What single
// system calls may answer is in test/net/faults_native.test.ts.

import { type SpawnOptions, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countTraffic } from '../../bench/wire.ts'
import { canMakePairs, makePair, type Pair, type Side } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import { expectSame, Machines } from '../support/faults.ts'
import { type Finished, killAll, Pfs } from '../support/pfs.ts'

/** What --json says of the way, as far as it is looked at here. */
interface Transport {
  readonly send_path: string
  readonly paths: number
  readonly packets_sent: number
  readonly packets_lost: number
  readonly retransmitted_bytes: number
  readonly send_errors: number
  readonly trains_refused: number
  readonly kernel_drops: number
  readonly limited_by: string
  readonly waited_seconds: Readonly<Record<string, number>>
  readonly notes: readonly string[]
}

type Environment = Readonly<Record<string, string>>

interface Ways {
  readonly environment?: Environment
  /** Words before the command: taskset. */
  readonly wrapper?: readonly string[]
  /** More words for the sender. */
  readonly words?: readonly string[]
}

const port = 9419
const has = (command: string, ...words: string[]): boolean => spawnSync(command, words).error === undefined

/** Why none of this can be tried here. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it takes Linux'
  if (!has('ip', '-V') || !has('tc', '-V')) return 'it takes iproute2'
  if (!canMakePairs()) return 'it takes root, to make network namespaces'
  if (!udpAddon(native().addon)) return 'it takes the addon'
  return undefined
}

const why = obstacle()
const remark = why === undefined ? '' : ` (skipped: ${why})`

let pair: Pair
let machines: Machines

function ip(words: string): void {
  const done = spawnSync('ip', words.split(' '), { encoding: 'utf8' })
  expect(done.status, `ip ${words}: ${done.stderr}`).toBe(0)
}

/** Runs inside of a side; what it says. */
function inside(side: Side, command: string): string {
  const done = spawnSync('ip', ['netns', 'exec', side.namespace, ...command.split(' ')], { encoding: 'utf8' })
  expect(done.status, `${command}: ${done.stderr}`).toBe(0)
  return done.stdout
}

/** The middle of a transfer is long enough to do something in it: the queue holds 30 ms, as a switch's might. */
function slowDown(side: Side, megabits: number): void {
  inside(side, `tc qdisc replace dev ${side.device} root tbf rate ${megabits}mbit burst 128kb latency 30ms`)
}

/** A second cable between the two, and what the sender's system must be told to use it: a route by source address. */
function addLink({ left, right }: Pair): Side {
  const [ours, theirs] = [`${left.device}2`, `${right.device}2`]
  ip(`link add ${ours} netns ${left.namespace} type veth peer name ${theirs} netns ${right.namespace}`)
  ip(`-n ${left.namespace} address add 10.78.0.1/24 dev ${ours}`)
  ip(`-n ${left.namespace} link set ${ours} up`)
  ip(`-n ${right.namespace} link set ${theirs} up`)
  // the receiver has an address there too, which its route would have it answer from: §4.2-7
  ip(`-n ${right.namespace} address add 10.78.0.2/24 dev ${theirs}`)
  ip(`-n ${left.namespace} route add default dev ${ours} table 78`)
  // and no other way when that is down
  ip(`-n ${left.namespace} route add blackhole default metric 1000 table 78`)
  ip(`-n ${left.namespace} rule add from 10.78.0.1 table 78`)
  return { ...left, device: ours, address: '10.78.0.1' }
}

function start(side: Side, home: string, words: readonly string[], ways: Ways): Pfs {
  return Pfs.start(
    words,
    machines.options(home, {
      limitMillis: 50_000,
      environment: { PFS_NATIVE: 'require', ...ways.environment },
      through: (command, args, env) => {
        const options: SpawnOptions = { env, stdio: ['ignore', 'pipe', 'pipe'] }
        const [first = command, ...rest] = [...(ways.wrapper ?? []), command, ...args]
        return side.spawn(first, rest, options)
      },
    }),
  )
}

/** Both commands, to their good end; the file has arrived as it was. `meanwhile` is done as soon as they run. */
async function carry(
  bytes: number,
  ways: Ways = {},
  meanwhile: (sender: Pfs) => Promise<void> = async () => {},
): Promise<{ readonly sent: Transport; readonly received: Transport }> {
  const file = machines.file('f', bytes)
  const words = ['recv', '--yes', '--json', '-p', String(port), '-o', machines.out]
  const receiver = start(pair.right, 'there', words, ways)
  await receiver.ready()
  const sender = start(
    pair.left,
    'here',
    ['send', '--json', '--no-learn', file, `${pair.right.address}:${port}`, ...(ways.words ?? [])],
    ways,
  )
  await meanwhile(sender)
  const sent = transportOf(await sender.finished)
  const received = transportOf(await receiver.finished)
  expectSame(machines.at('out/f'), file)
  return { sent, received }
}

function transportOf({ status, stdout, stderr }: Finished): Transport {
  expect(status, stderr).toBe(0)
  return (JSON.parse(stdout) as { transport: Transport }).transport
}

/** Until so much has come to the receiver; fails when the sender ends before. */
async function arrived(bytes: number, sender: Pfs): Promise<void> {
  let isOver = false
  void sender.finished.finally(() => {
    isOver = true
  })
  while (countTraffic(pair.right).in.ipBytes < bytes) {
    expect(isOver, `the sender ended early, saying: ${sender.stderr}`).toBe(false)
    await delay(10)
  }
}

async function takeDown(side: Side, millis: number): Promise<void> {
  ip(`-n ${side.namespace} link set ${side.device} down`)
  await delay(millis)
  ip(`-n ${side.namespace} link set ${side.device} up`)
}

const noteOn = (about: RegExp) => expect.arrayContaining([expect.stringMatching(about)])

describe.skipIf(why !== undefined)(`a path that misbehaves${remark}`, () => {
  beforeEach(() => {
    machines = new Machines()
    pair = makePair()
  })
  afterEach(async () => {
    await killAll()
    pair.remove()
    await machines.remove()
  })

  test('an interface goes down in the middle and comes back, at the sender and then at the receiver', async () => {
    slowDown(pair.left, 100)
    const { sent } = await carry(24 * MiB, {}, async sender => {
      await arrived(5 * MiB, sender)
      await takeDown(pair.left, 1_500)
      await arrived(countTraffic(pair.right).in.ipBytes + 5 * MiB, sender)
      await takeDown(pair.right, 1_000)
    })
    expect(sent.send_path).toBe('gso')
    expect(sent.send_errors).toBeGreaterThan(0)
    expect(sent.packets_lost).toBeGreaterThan(0)
    expect(sent.notes).toEqual(noteOn(/^the system refused \d+ datagrams: an interface was down/))
    // nothing came back for so long: nothing more could be sent
    expect(sent.limited_by).toBe('window')
    expect(sent.waited_seconds.window).toBeGreaterThan(2)
  })

  for (const mode of ['require', 'off'])
    test(`the sender loses its address in the middle and gets another (PFS_NATIVE=${mode}, §4.2-6)`, async () => {
      slowDown(pair.left, 100)
      const { namespace, device, address } = pair.left
      const { sent } = await carry(24 * MiB, { environment: { PFS_NATIVE: mode } }, async sender => {
        await arrived(5 * MiB, sender)
        ip(`-n ${namespace} addr del ${address}/24 dev ${device}`)
        await delay(500)
        ip(`-n ${namespace} addr add 10.77.0.7/24 dev ${device}`)
      })
      expect(sent.packets_lost).toBeGreaterThan(0)
    })

  test('two links carry at once, and what is left when one goes down (§4.3)', async () => {
    slowDown(pair.left, 50)
    const second = addLink(pair)
    slowDown(second, 50)
    const path = ['--path', `${pair.left.device},${second.device}`]
    const both = await carry(24 * MiB, { words: path })
    expect(both.sent.paths).toBe(2)
    for (const link of [pair.left, second])
      expect(countTraffic(link).out.ipBytes, link.device).toBeGreaterThan(8 * MiB)
    rmSync(machines.at('out/f'))
    const { sent } = await carry(24 * MiB, { words: path }, async sender => {
      await arrived(countTraffic(pair.right).in.ipBytes + 4 * MiB, sender)
      ip(`-n ${second.namespace} link set ${second.device} down`)
    })
    expect(sent.paths).toBe(1)
  })

  test('socket buffers of 212 KB', async () => {
    const { sent, received } = await carry(32 * MiB, { environment: { PFS_UDP_BUFFER_BYTES: '106496' } })
    for (const { notes } of [sent, received])
      expect(notes).toEqual(noteOn(/^the socket buffers are small \(212992 and 212992 bytes\): raise/))
    if (received.kernel_drops > 0)
      expect(received.notes).toEqual(noteOn(/^the kernel had no room for what came \d+ times/))
  })

  test.skipIf(!has('taskset', '-V'))('one processor for both ends', async () => {
    const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
    const { sent } = await carry(32 * MiB, { wrapper: ['taskset', '-c', allowed] })
    expect(sent.send_path).toBe('gso')
    expect(sent.notes).toEqual(noteOn(/^one processor does everything here/))
    // and what it waited for meanwhile is told
    expect(Object.values(sent.waited_seconds).some(seconds => seconds > 0)).toBe(true)
  })

  test.skipIf(!has('ethtool', '--version'))('an interface that takes no trains', async () => {
    for (const side of [pair.left, pair.right])
      inside(side, `ethtool -K ${side.device} tx-udp-segmentation off`)
    const { sent } = await carry(16 * MiB)
    expect(sent.send_errors).toBe(0)
  })

  test.skipIf(!has('ethtool', '--version'))('an interface that makes no checksums', async () => {
    for (const side of [pair.left, pair.right]) inside(side, `ethtool -K ${side.device} tx off`)
    const { sent } = await carry(16 * MiB)
    // the kernel refuses trains there, up to some version
    if (sent.trains_refused > 0)
      expect(sent.notes).toEqual(noteOn(/^the path refused trains \d+ times \(GSO\)/))
  })

  test('trains switched off by PFS_UDP_GSO: datagrams leave by sendmmsg', async () => {
    const { sent } = await carry(16 * MiB, { environment: { PFS_UDP_GSO: 'off', PFS_UDP_GRO: 'off' } })
    expect(sent.send_path).toBe('sendmmsg')
    expect(sent.notes).toEqual(noteOn(/^datagrams left by sendmmsg/))
  })

  test('an interface that comes to take less at once: trains and datagrams of the old length are refused', async () => {
    slowDown(pair.left, 100)
    const { sent } = await carry(16 * MiB, {}, async sender => {
      await arrived(5 * MiB, sender)
      for (const { namespace, device } of [pair.left, pair.right])
        ip(`-n ${namespace} link set ${device} mtu 1300`)
    })
    expect(sent.trains_refused + sent.send_errors).toBeGreaterThan(0)
    expect(sent.notes).toEqual(noteOn(/an interface was down, or too small|refused trains/))
  })
})
