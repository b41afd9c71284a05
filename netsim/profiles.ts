// The one table of links: what lies between two hosts, in each direction alike. Three executors read it: the simulator
// (profile_hops.ts), the link emulator (emulator_words.ts) and `tc netem` (netem_words.ts). Data only; knows none of them.
//
// Where no source is named, the numbers are those of our baselines, which every contender was measured on: a queue that
// drops at its tail and holds one bandwidth-delay product, but never less than 256 KiB, as a home router's does.
// A millisecond in a name or a sentence is a round trip; `delayMillis` is one way.

import { must } from '../src/base/assert.ts'
import { KiB } from '../src/base/units.ts'

export interface LinkProfile {
  readonly name: string
  readonly why: string
  /** Of the wire: each IP packet counts 14 bytes more, as an Ethernet header would. Infinity: no limit. */
  readonly rateMegabits: number
  /** One way. */
  readonly delayMillis: number
  /** The delay varies by as much to either side. */
  readonly jitterMillis?: number
  /** walk: it drifts, packets keep their order; packet: each packet draws its own, and they overtake. Default walk. */
  readonly jitterKind?: 'walk' | 'packet'
  /** Each packet by itself. */
  readonly lossPercent?: number
  /** Gilbert-Elliott: a good state that loses nothing and a bad one that loses all; chances of a change per packet. */
  readonly burst?: { readonly enterPercent: number; readonly leavePercent: number }
  /** So many are held back for `reorderMillis` and overtaken by those behind them. */
  readonly reorderPercent?: number
  readonly reorderMillis?: number
  readonly duplicatePercent?: number
  /** One bit of so many is flipped. */
  readonly corruptPercent?: number
  /** caught: the checksum of UDP and TCP tells; silent: it was repaired, and the application gets the wrong byte. */
  readonly corruptKind?: 'caught' | 'silent'
  /** Bytes of IP packets that may wait in front of the link. */
  readonly queueBytes: number
  /** Of the interfaces at its ends. Default 1500. */
  readonly mtuBytes?: number
  /** IP packets above this vanish, and nobody is told. */
  readonly dropAboveBytes?: number
}

export const defaultMtuBytes = 1500
/** An Ethernet header: what a packet costs the wire beyond itself. */
export const framingBytes = 14
/** How long a packet is held back that others shall overtake, where a profile does not say: a few packets at 100 Mbit/s. */
export const defaultReorderMillis = 1

const queueBytesMin = 256 * KiB

/** Queue of one bandwidth-delay product, or what even a cheap router has. */
export function queueOf(rateMegabits: number, delayMillis: number): number {
  return Math.max(queueBytesMin, Math.round((rateMegabits * 1000 * 2 * delayMillis) / 8))
}

function link(
  says: Pick<LinkProfile, 'name' | 'why' | 'rateMegabits' | 'delayMillis'> & Partial<LinkProfile>,
): LinkProfile {
  return { queueBytes: queueOf(says.rateMegabits, says.delayMillis), ...says }
}

export const profiles = [
  link({ name: 'lan', why: 'a cable and a switch', rateMegabits: 1000, delayMillis: 0.2 }),
  link({
    name: 'metro',
    why: 'fibre within a country, 10 ms, as good as lossless',
    rateMegabits: 1000,
    delayMillis: 5,
    lossPercent: 0.01,
  }),
  link({
    name: 'wan',
    why: 'a good line between continents, 80 ms',
    rateMegabits: 200,
    delayMillis: 40,
    lossPercent: 0.1,
  }),
  link({
    name: 'lossy-wan',
    why: 'a bad one, 100 ms: loss-based control has 1.22 MSS / (RTT sqrt p) = 1.4 Mbit/s here (Mathis 1997)',
    rateMegabits: 100,
    delayMillis: 50,
    lossPercent: 1,
  }),
  link({
    name: 'mobile',
    why: '60 ms that drift by 20 each way; 3.0 % lost in fades of four packets (Gilbert 1960, Elliott 1963)',
    rateMegabits: 20,
    delayMillis: 30,
    jitterMillis: 20,
    burst: { enterPercent: 0.773, leavePercent: 25 },
  }),
  link({
    name: 'satellite',
    why: 'a geostationary hop, 600 ms: 36,000 km up and down, both ways, and the modems',
    rateMegabits: 50,
    delayMillis: 300,
    lossPercent: 0.5,
  }),
  // the square on which BBR, CUBIC and UDP transports are usually compared
  link({ name: 'loss-50-1', why: '50 ms, 1 % lost', rateMegabits: 300, delayMillis: 25, lossPercent: 1 }),
  link({ name: 'loss-50-5', why: '50 ms, 5 % lost', rateMegabits: 300, delayMillis: 25, lossPercent: 5 }),
  link({ name: 'loss-100-1', why: '100 ms, 1 % lost', rateMegabits: 300, delayMillis: 50, lossPercent: 1 }),
  link({ name: 'loss-100-5', why: '100 ms, 5 % lost', rateMegabits: 300, delayMillis: 50, lossPercent: 5 }),
  link({
    name: 'loss-30',
    why: 'nearly a third lost, 50 ms: beyond what any path has for long; it must still end',
    rateMegabits: 100,
    delayMillis: 25,
    lossPercent: 30,
  }),
  link({
    name: 'blackhole-mtu',
    why: 'the wan, behind a tunnel that swallows packets above 1300 bytes and says nothing (RFC 2923 §2.1)',
    rateMegabits: 200,
    delayMillis: 40,
    lossPercent: 0.1,
    dropAboveBytes: 1300,
  }),
  link({
    name: 'reordering',
    why: 'one packet in fifty comes 3 ms late, 40 ms: two links used in turn, one of them slower',
    rateMegabits: 100,
    delayMillis: 20,
    reorderPercent: 2,
    reorderMillis: 3,
  }),
  link({ name: 'multipath-a', why: 'the faster of two ways, 20 ms', rateMegabits: 100, delayMillis: 10 }),
  link({ name: 'multipath-b', why: 'the slower of two ways, 60 ms', rateMegabits: 100, delayMillis: 30 }),
  link({ name: 'slow-100', why: 'an office line, 20 ms', rateMegabits: 100, delayMillis: 10 }),
] as const satisfies readonly LinkProfile[]

export type ProfileName = (typeof profiles)[number]['name']

export const profileNames: readonly string[] = profiles.map(({ name }) => name)

export function profileNamed(name: ProfileName): LinkProfile {
  return must<LinkProfile>(
    profiles.find(profile => profile.name === name),
    `a profile called ${name}`,
  )
}

/** What a packet needs there and back on an empty link, but for its own length. */
export const roundTripMillis = ({ delayMillis }: LinkProfile): number => 2 * delayMillis
