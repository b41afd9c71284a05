// Two hosts on one machine, joined by emulated links: network namespaces with a TUN device each for every link, and
// the emulator between. A lab is a Pair (netns.ts): whatever runs between namespaces joined by a veth runs over it. Names
// carry the process id; whatever was made is removed when the process ends.

import { spawnSync } from 'node:child_process'
import { Emulator, type EmulatorCounters, noiseOf } from './emulator.ts'
import { forget, ip, removeAtExit, type Side, side } from './netns.ts'
import type { LinkProfile } from './profiles.ts'

/** A host's end of a link. */
export interface LabSide extends Side {
  readonly address6: string
}

export interface LabCounters extends EmulatorCounters {
  /** What the kernel dropped before the emulator could read it, both ways: a run with any was too much for it. */
  readonly interfaceDrops: number
  /** Why nothing may be concluded from what ran until now; undefined: the link was what it was meant to be. */
  readonly noise: string | undefined
}

export interface LabLink {
  readonly profile: LinkProfile
  readonly left: LabSide
  readonly right: LabSide
  /** Since the start. */
  counters(): Promise<LabCounters>
  /** Nothing passes any more, and what was under way is lost. Nobody is told. */
  cut(): Promise<void>
  restore(): Promise<void>
}

export interface Lab extends LabLink {
  /** At once. */
  remove(): void
  /** Ends the link, then the hosts. */
  close(): Promise<void>
}

/** Two hosts with several ways between them; their own addresses are those of the first. */
export interface MultiLab {
  readonly left: LabSide
  readonly right: LabSide
  readonly links: readonly LabLink[]
  remove(): void
  close(): Promise<void>
}

export interface LabOptions {
  /** A word in the namespaces' names. */
  readonly name?: string
}

/** The windows of TCP may grow to 64 MB: the product of a satellite's rate and its delay is 3.75, and twice that is used. */
const tcpBytesMax = 64 * 1024 * 1024
/** Super-packets that may wait for the emulator while it is elsewhere. */
const deviceQueuePackets = 4096

let labs = 0

export async function makeLab(profile: LinkProfile, seed: number, options: LabOptions = {}): Promise<Lab> {
  const { links, close, remove } = await makeMultiLab([profile], seed, options)
  const [link] = links
  if (!link) throw new Error('pfs: internal error: a lab without its link')
  return { ...link, close, remove }
}

export async function makeMultiLab(
  profiles: readonly LinkProfile[],
  seed: number,
  { name = 'lab' }: LabOptions = {},
): Promise<MultiLab> {
  const id = `${process.pid}${labs++ ? `x${labs}` : ''}`
  const hosts = { left: `pfs-${name}-${id}-left`, right: `pfs-${name}-${id}-right` }
  const emulators: Emulator[] = []
  const removable = {
    remove(): void {
      for (const emulator of emulators) emulator.kill()
      removeHosts()
    },
  }
  function removeHosts(): void {
    forget(removable)
    // may be gone already: by close, by a signal, by hand
    for (const namespace of Object.values(hosts)) spawnSync('ip', ['netns', 'delete', namespace])
  }
  async function close(): Promise<void> {
    await Promise.all(emulators.map(emulator => emulator.close()))
    removeHosts()
  }
  for (const namespace of Object.values(hosts)) makeHost(namespace)
  removeAtExit(removable)
  try {
    const links: LabLink[] = []
    for (const [index, profile] of profiles.entries()) {
      const ends = endsOf(hosts, id, index)
      const emulator = await Emulator.start(profile, seed + index, ends)
      emulators.push(emulator)
      for (const one of [ends.left, ends.right]) configure(one)
      links.push(linkOf(profile, ends, emulator))
    }
    const [first] = links
    if (!first) throw new Error('a lab has at least one link')
    return { left: first.left, right: first.right, links, close, remove: removable.remove }
  } catch (error) {
    removable.remove()
    throw error
  }
}

function makeHost(namespace: string): void {
  ip(`netns add ${namespace}`)
  ip(`-n ${namespace} link set lo up`)
  for (const setting of ['tcp_rmem=4096 131072', 'tcp_wmem=4096 65536'])
    ip(['netns', 'exec', namespace, 'sysctl', '-qw', `net.ipv4.${setting} ${tcpBytesMax}`])
}

interface Ends {
  readonly left: LabSide
  readonly right: LabSide
}

/** Each link is a network of its own, so that an address also names the way to it. */
function endsOf(hosts: { left: string; right: string }, id: string, index: number): Ends {
  const end = (namespace: string, letter: string, host: number): LabSide => ({
    // a device's name has at most 15 characters
    ...side(namespace, `p${id}${letter}${index}`, `10.77.${index}.${host}`),
    address6: `fd77:0:0:${index}::${host}`,
  })
  return { left: end(hosts.left, 'l', 1), right: end(hosts.right, 'r', 2) }
}

/** Nothing but what processes send shall cross: no link-local address, no multicast, nobody asked for a router. */
function configure({ namespace, device, address, address6 }: LabSide): void {
  const inside = `-n ${namespace}`
  const quiet = `net.ipv6.conf.${device}.router_solicitations=0`
  ip(`netns exec ${namespace} sysctl -qw ${quiet}`)
  ip(`${inside} link set ${device} txqueuelen ${deviceQueuePackets} addrgenmode none multicast off`)
  ip(`${inside} address add ${address}/24 dev ${device}`)
  ip(`${inside} address add ${address6}/64 dev ${device} nodad`)
  ip(`${inside} link set ${device} up`)
}

function linkOf(profile: LinkProfile, { left, right }: Ends, emulator: Emulator): LabLink {
  return {
    profile,
    left,
    right,
    async counters() {
      const counters = await emulator.counters()
      const interfaceDrops = droppedBy(left) + droppedBy(right)
      const noise =
        interfaceDrops > 0
          ? `${interfaceDrops} packets came faster than the emulator could read them`
          : noiseOf(profile, counters)
      return { ...counters, interfaceDrops, noise }
    },
    cut: () => emulator.cut(),
    restore: () => emulator.restore(),
  }
}

function droppedBy({ namespace, device }: Side): number {
  const text = ip(`-s -j -n ${namespace} link show dev ${device}`)
  const [link] = JSON.parse(text) as [{ stats64: { tx: { dropped: number } } }]
  return link.stats64.tx.dropped
}
