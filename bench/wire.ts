// What crossed a veth, by the interface's own counters in its namespace: packets and bytes with their Ethernet
// headers, and without. `quieten` keeps everything off the wire that is not the test's: no IPv6, no ARP.

import { spawnSync } from 'node:child_process'
import type { Pair, Side } from '../netsim/netns.ts'

/** A header per packet that the counters include; there is no check sequence on a veth. */
const ethernetBytes = 14

export interface Crossed {
  readonly packets: number
  /** As the interface counts. */
  readonly frameBytes: number
  readonly ipBytes: number
}

export interface Traffic {
  readonly out: Crossed
  readonly in: Crossed
}

interface Counters {
  readonly bytes: number
  readonly packets: number
}

/** Since the interface came up, seen from this side. */
export function countTraffic(side: Side): Traffic {
  const text = run(['-s', '-j', '-n', side.namespace, 'link', 'show', 'dev', side.device])
  const [link] = JSON.parse(text) as [{ stats64: { rx: Counters; tx: Counters } }]
  return { out: crossed(link.stats64.tx), in: crossed(link.stats64.rx) }
}

export function trafficSince(before: Traffic, now: Traffic): Traffic {
  return { out: difference(now.out, before.out), in: difference(now.in, before.in) }
}

export const bothWays = (traffic: Traffic): Crossed => ({
  packets: traffic.out.packets + traffic.in.packets,
  frameBytes: traffic.out.frameBytes + traffic.in.frameBytes,
  ipBytes: traffic.out.ipBytes + traffic.in.ipBytes,
})

/** Fixed neighbours and no IPv6: from now on only what processes send crosses. */
export function quieten(pair: Pair): void {
  for (const [side, other] of [
    [pair.left, pair.right],
    [pair.right, pair.left],
  ] as const) {
    run(['netns', 'exec', side.namespace, 'sysctl', '-qw', `net.ipv6.conf.${side.device}.disable_ipv6=1`])
    const [link] = JSON.parse(run(['-j', '-n', other.namespace, 'link', 'show', 'dev', other.device])) as [
      { address: string },
    ]
    const neighbour = [other.address, 'lladdr', link.address, 'dev', side.device, 'nud', 'permanent']
    run(['-n', side.namespace, 'neighbour', 'replace', ...neighbour])
  }
}

function run(args: readonly string[]): string {
  const done = spawnSync('ip', args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr}`)
  return done.stdout
}

const crossed = ({ bytes, packets }: Counters): Crossed => ({
  packets,
  frameBytes: bytes,
  ipBytes: bytes - ethernetBytes * packets,
})

const difference = (now: Crossed, before: Crossed): Crossed => ({
  packets: now.packets - before.packets,
  frameBytes: now.frameBytes - before.frameBytes,
  ipBytes: now.ipBytes - before.ipBytes,
})
