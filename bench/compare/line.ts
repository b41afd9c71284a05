// One run's line: two namespaces that nothing has touched, joined by a veth or by the link emulator, quiet but for what
// the run sends, and its counters. Made anew for each run, so that no route remembers an earlier one's losses, and with
// the round's seed, so that all contenders of a round meet the same line.

import { spawnSync } from 'node:child_process'
import { type Lab, makeLab } from '../../netsim/lab.ts'
import { ip, makePair, type Pair } from '../../netsim/netns.ts'
import { type LinkProfile, type ProfileName, profileNamed, roundTripMillis } from '../../netsim/profiles.ts'
import { countTraffic, quieten, type Traffic } from '../wire.ts'
import type { LineFacts, WireCount } from './schema.ts'

export interface LineCount {
  readonly out: WireCount
  readonly back: WireCount
  /** IP bytes that the receiver's side was given. */
  readonly arrivedBytes: number
  readonly lateMicros99: number | null
  /** Why nothing may be concluded; undefined: nothing speaks against it. */
  readonly noise: string | undefined
  /** The emulator's own, since it began. */
  readonly cpuSeconds: number
}

export interface Line extends Pair {
  /** What its interfaces' byte counters have per packet beside the IP packet. */
  readonly framingBytes: number
  /** Since it was made. */
  count(): Promise<LineCount>
  close(): Promise<void>
}

/** As the lab has it: windows of TCP may grow to what a satellite needs. */
const tcpBytesMax = 64 * 1024 * 1024

const ethernetBytes = 14

/** @param profile its name; undefined: a bare veth */
export async function openLine(profile: string | undefined, seed: number): Promise<Line> {
  if (profile !== undefined) return emulated(profileNamed(profile as ProfileName), seed)
  const pair = makePair()
  quieten(pair)
  for (const { namespace } of [pair.left, pair.right])
    for (const setting of [`tcp_rmem=4096 131072 ${tcpBytesMax}`, `tcp_wmem=4096 65536 ${tcpBytesMax}`])
      inside(namespace, ['sysctl', '-qw', `net.ipv4.${setting}`])
  const { left, right, remove } = pair
  const before = countTraffic(left)
  return {
    left,
    right,
    remove,
    framingBytes: ethernetBytes,
    count: async () => counted(before, countTraffic(left)),
    close: async () => remove(),
  }
}

function counted(before: Traffic, now: Traffic): LineCount {
  const way = (name: 'out' | 'in'): WireCount => ({
    packets: now[name].packets - before[name].packets,
    ipBytes: now[name].ipBytes - before[name].ipBytes,
  })
  const out = way('out')
  // nothing is lost on a veth but what its own queue drops
  return {
    out,
    back: way('in'),
    arrivedBytes: out.ipBytes,
    lateMicros99: null,
    noise: undefined,
    cpuSeconds: 0,
  }
}

async function emulated(profile: LinkProfile, seed: number): Promise<Line> {
  const lab: Lab = await makeLab(profile, seed, { name: 'cmp' })
  for (const { namespace, device } of [lab.left, lab.right])
    inside(namespace, ['sysctl', '-qw', `net.ipv6.conf.${device}.disable_ipv6=1`])
  const first = await lab.counters()
  const { left, right, remove, close } = lab
  return {
    left,
    right,
    remove,
    close,
    framingBytes: 0,
    async count() {
      const now = await lab.counters()
      const way = (name: 'forth' | 'back'): WireCount => ({
        packets: now[name].packetsIn - first[name].packetsIn,
        ipBytes: now[name].bytesIn - first[name].bytesIn,
      })
      return {
        out: way('forth'),
        back: way('back'),
        arrivedBytes: now.forth.bytesDelivered - first.forth.bytesDelivered,
        lateMicros99: Math.max(now.forth.latenessMicros.p99, now.back.latenessMicros.p99),
        noise: now.noise,
        cpuSeconds: now.cpuSeconds,
      }
    },
  }
}

/** What a line of this profile is and what its ends are set to, read back from one that was made for it. */
export async function factsOf(name: string, profileName: string | undefined): Promise<LineFacts> {
  const line = await openLine(profileName, 1)
  try {
    const profile = profileName === undefined ? undefined : profileNamed(profileName as ProfileName)
    const [link] = JSON.parse(ip(`-d -j -n ${line.left.namespace} link show dev ${line.left.device}`)) as [
      Record<string, unknown>,
    ]
    const sizes = ['tso_max_size', 'gso_max_size', 'gso_ipv4_max_size', 'gro_max_size']
    return {
      name,
      why: profile?.why ?? 'a veth, nothing emulated',
      rateMegabits: profile && Number.isFinite(profile.rateMegabits) ? profile.rateMegabits : null,
      rttMillis: profile ? roundTripMillis(profile) : null,
      lossPercent: profile ? lossPercentOf(profile) : null,
      mtuBytes: Number(link.mtu),
      counts: profile ? 'emulator' : 'interface',
      offloads: sizes.map(size => `${size} ${link[size] ?? 'not told'}`).join(', '),
      congestion: [congestionIn(line.left.namespace), congestionIn(line.right.namespace)],
      tcpBuffers: inside(line.left.namespace, ['sysctl', '-n', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'])
        .trim()
        .replace(/\s+/g, ' '),
    }
  } finally {
    await line.close()
  }
}

/** In the long run, of a burst model too. */
function lossPercentOf({ lossPercent = 0, burst }: LinkProfile): number {
  if (!burst) return lossPercent
  return (100 * burst.enterPercent) / (burst.enterPercent + burst.leavePercent)
}

const congestionIn = (namespace: string): string =>
  inside(namespace, ['cat', '/proc/sys/net/ipv4/tcp_congestion_control']).trim()

/** Runs it in the namespace, to its end. */
export function inside(namespace: string, words: readonly string[]): string {
  const done = spawnSync('ip', ['netns', 'exec', namespace, ...words], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`)
  return done.stdout
}
