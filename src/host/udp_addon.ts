// The face of the addon's sockets, native/bind_udp.cc: its functions, and the words of memory it shares with us. What
// they mean is here; what is done with them is in udp_native.ts.

import type { Address } from '../proto/address.ts'
import type { UdpStats } from './udp.ts'

/** A socket of the addon. */
export type SocketHandle = object

export interface UdpAddon {
  /** The bytes of a sockaddr, in the memory of an earlier one if that is given; null for what is no literal of the family. */
  udpSockaddr(
    host: string,
    port: number,
    isSix: boolean,
    local?: string,
    into?: Uint8Array,
  ): Uint8Array | null
  /** The number is an errno. */
  udpOpen(
    bind: Uint8Array,
    peer: Uint8Array | null,
    bufferBytes: number,
    switches: number,
    receiveMemory: Uint8Array,
    arrivals: Uint32Array,
    status: Uint32Array,
    onEvent: (events: number) => void,
  ): SocketHandle | number
  /** How many arrivals came: described in `arrivals`, lying in `receiveMemory`, until the next call. */
  udpReceive(
    socket: SocketHandle,
    arrivalsMax: number,
    // absent from an addon that was built before: nobody is turned away then
    cookieKeys?: Uint8Array,
    known?: Uint16Array,
    answersLeft?: number,
  ): number
  udpSender(socket: SocketHandle, arrival: number): Address
  udpLocal(socket: SocketHandle): Address
  udpGather(socket: SocketHandle, destination: Uint8Array | null, datagram: Uint8Array): void
  /** Absent from an addon that was built before. */
  udpSetEcn?(socket: SocketHandle, bits: number): void
  udpFlush(socket: SocketHandle): void
  udpSetTimer(socket: SocketHandle, micros: number): void
  udpCounters(socket: SocketHandle, out: Float64Array): void
  udpInject(socket: SocketHandle, call: number, times: number, errno: number, taken: number): void
  udpClose(socket: SocketHandle): void
}

/** The part of an addon that has sockets, if it has one. */
export function udpAddon(addon: unknown): UdpAddon | undefined {
  const isOne = typeof addon === 'object' && addon !== null && 'udpOpen' in addon
  return isOne ? (addon as UdpAddon) : undefined
}

/** As udp/socket.h has it. */
export const slots = 16
export const slotBytes = 65_536

/** Bits of udpOpen's `switches`. */
export const switches = { gso: 1, gro: 2, ecn: 4, onlySix: 16 } as const
/** Bits of what onEvent is told. */
export const events = { readable: 1, drained: 2, alarm: 4, hint: 8 } as const
/** Places in the words of `status`. */
export const status = { congested: 0, hints: 1, drained: 2, turnedAway: 3, answered: 4, words: 5 } as const
/** Bits of status.hints. */
export const hints = { refused: 1, unreachable: 2 } as const
/** Places in the words of one arrival. */
export const arrival = {
  sender: 0,
  isNewSender: 1,
  lengthBytes: 2,
  segmentBytes: 3,
  ecn: 4,
  offset: 5,
  words: 6,
} as const
/** By the numbers udpInject takes. */
export const calls = ['gso', 'sendmmsg', 'sendmsg', 'receive'] as const

/** In the order of udpCounters. */
export const counters = [
  'datagramsSent',
  'datagramsReceived',
  'sendCalls',
  'receiveCalls',
  'gsoRefused',
  'mmsgRefused',
  'sendAgain',
  'sendErrors',
  'oversize',
  'receiveErrors',
  'truncated',
  'kernelDrops',
  'ceMarks',
  'useless',
  'lastError',
  'rung',
  'receiveBufferBytes',
  'sendBufferBytes',
] as const

type CounterOf = (name: (typeof counters)[number]) => number

const sendPaths = ['gso', 'sendmmsg', 'sendmsg'] as const

/** `tooLong`: datagrams past §4-4, which only we know of. */
const meanings: { readonly [name in keyof UdpStats]: (of: CounterOf, tooLong: number) => UdpStats[name] } = {
  datagramsReceived: (of, tooLong) => of('datagramsReceived') - tooLong,
  datagramsSent: of => of('datagramsSent'),
  datagramsDropped: (of, tooLong) => of('truncated') + of('useless') + tooLong,
  sendErrors: of => of('sendErrors') + of('oversize'),
  receiveErrors: of => of('receiveErrors'),
  receiveBufferBytes: of => of('receiveBufferBytes'),
  sendBufferBytes: of => of('sendBufferBytes'),
  sendCalls: of => of('sendCalls'),
  receiveCalls: of => of('receiveCalls'),
  gsoRefused: of => of('gsoRefused'),
  sendAgain: of => of('sendAgain'),
  kernelDrops: of => of('kernelDrops'),
  ceMarks: of => of('ceMarks'),
  sendPath: of => sendPaths[of('rung')] ?? 'sendmsg',
}

/** Asks anew at every look, so that whoever holds it sees what is. */
export function liveStats(read: () => Float64Array, tooLong: () => number): UdpStats {
  const stats = {}
  const of: CounterOf = name => read()[counters.indexOf(name)] ?? 0
  for (const [name, meaning] of Object.entries(meanings))
    Object.defineProperty(stats, name, { enumerable: true, get: () => meaning(of, tooLong()) })
  return stats as UdpStats
}
