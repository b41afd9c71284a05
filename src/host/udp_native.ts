// The addon's socket: trains out by GSO, runs in by GRO, many per system call, and a timer that knows microseconds.
// native/bind_udp.cc. PFS_UDP_GSO, _GRO and _ECN=off do without, where a path suffers from one; the kernel's
// buffers are as large as socket_buffers.ts says. Knows no packets.

import { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { must } from '../base/assert.ts'
import { type Address, isSameAddress } from '../proto/address.ts'
import type { Gate } from '../proto/door.ts'
import type { Run } from '../proto/plane/plane.ts'
import { native } from './addon.ts'
import { datagramBytesLimit, datagramBytesMaxOf } from './interface_mtu.ts'
import { askedBufferBytes } from './socket_buffers.ts'
import type { Arrivals, TurnBudget, Udp, UdpHandlers, UdpOptions, UdpOutbox, UdpStats } from './udp.ts'
import {
  arrival,
  calls,
  counters,
  events,
  hints,
  liveStats,
  type SocketHandle,
  slotBytes,
  slots,
  status,
  switches,
  type UdpAddon,
  udpAddon,
} from './udp_addon.ts'

/** Asked of the kernel, past its limits where we may: 6 ms of 10 Gbit/s. Eight times as much was not faster. */
export const socketBufferBytes = 8 * 1024 * 1024
/** Arrivals taken by one call: 256 KiB are still in the cache when they are opened. More would save nothing … */
const arrivalsPerCall = 4
/** … but where they are as small as this, as a flood's are, and come as fast as they are taken. */
const smallArrivalBytes = 2048
/** About 350 KB either way: what the second-level cache holds, and 0.3 ms of a core. */
const turnBudget: TurnBudget = { receiveDatagrams: 256, sendDatagrams: 256 }

export async function openNativeUdp(options: UdpOptions): Promise<Udp> {
  return new NativeUdp(must(udpAddon(native().addon), 'no addon with sockets'), options)
}

/** Where datagrams for one address go. The plane seals trains straight into the socket, and says so by count(). */
export class NativeOutbox implements UdpOutbox {
  readonly socket: SocketHandle
  /** The bytes of a sockaddr; null on a connected socket. */
  destination: Uint8Array | null = null
  readonly #addon: UdpAddon
  readonly #onFlush: () => void
  #ecn = 0
  #datagrams = 0
  #hasGathered = false

  constructor(addon: UdpAddon, socket: SocketHandle, onFlush: () => void) {
    this.#addon = addon
    this.socket = socket
    this.#onFlush = onFlush
  }

  get ecn(): number {
    return this.#ecn
  }

  set ecn(field: number) {
    if (field === this.#ecn) return
    this.#ecn = field
    this.#addon.udpSetEcn?.(this.socket, field)
  }

  push(datagram: Uint8Array): void {
    this.#addon.udpGather(this.socket, this.destination, datagram)
    this.#hasGathered = true
    this.#datagrams++
  }

  /** So many datagrams went another way: by the plane. */
  count(datagrams: number): void {
    this.#datagrams += datagrams
  }

  flush(): number {
    if (this.#hasGathered) this.#addon.udpFlush(this.socket)
    this.#hasGathered = false
    this.#onFlush()
    const datagrams = this.#datagrams
    this.#datagrams = 0
    return datagrams
  }
}

interface Group {
  address: Address
  readonly runs: Run[]
}

export class NativeUdp implements Udp {
  readonly local: Address
  readonly datagramBytesMax: number
  readonly turn = turnBudget
  readonly hasEcn: boolean
  readonly stats: UdpStats
  readonly #addon: UdpAddon
  readonly #socket: SocketHandle
  readonly #handlers: UdpHandlers
  readonly #isConnected: boolean
  readonly #isSix: boolean
  readonly #outbox: NativeOutbox
  readonly #sockaddrs = new WeakMap<Address, Uint8Array>()
  /** Of those that are written to once, one after another. */
  readonly #once: Uint8Array
  readonly #memory = new Uint8Array(slots * slotBytes)
  readonly #arrivals = new Uint32Array(new ArrayBuffer(slots * arrival.words * 4))
  readonly #status = new Uint32Array(new ArrayBuffer(status.words * 4))
  readonly #counters = new Float64Array(new ArrayBuffer(counters.length * 8))
  /** By the numbers the addon gives; undefined: whose number it is has not been asked. */
  readonly #senders: (Address | undefined)[] = []
  readonly #groups: Group[] = []
  readonly #runs = new RunViews(this.#memory)
  #perCall = arrivalsPerCall
  #isReadable = false
  #isClosed = false
  #isHintDue = false
  #tooLong = 0

  constructor(addon: UdpAddon, options: UdpOptions) {
    const { bind, peer } = options
    this.#addon = addon
    this.#handlers = options.handlers
    this.#isConnected = peer !== undefined
    this.#isSix = isIPv6(peer?.host ?? bind?.host ?? '0.0.0.0')
    this.#socket = this.#open(
      bind ?? { host: this.#isSix ? '::' : '0.0.0.0', port: 0 },
      peer,
      options.isSixOnly,
    )
    this.#once = this.#literal({ host: this.#isSix ? '::' : '0.0.0.0', port: 0 })
    this.#outbox = new NativeOutbox(addon, this.#socket, () => this.#checkHints())
    this.local = addon.udpLocal(this.#socket)
    this.datagramBytesMax = datagramBytesMaxOf(this.local.host)
    this.hasEcn = (switchesOf(process.env) & switches.ecn) !== 0 && addon.udpSetEcn !== undefined
    this.stats = liveStats(
      () => this.#readCounters(),
      () => this.#tooLong,
    )
  }

  get isCongested(): boolean {
    return this.#status[status.congested] !== 0
  }

  receive(datagramsMax: number, arrivals: Arrivals): boolean {
    // an event tells that something has come: the kernel is not asked before
    for (let handed = 0; this.#isReadable && handed < datagramsMax; ) {
      const came = this.#take(Math.min(this.#perCall, datagramsMax - handed), arrivals.gate?.())
      const turnedAway = this.#status[status.turnedAway]!
      if (turnedAway > 0) arrivals.turnedAway?.(turnedAway, this.#status[status.answered]!)
      if (this.#status[status.drained] !== 0) this.#isReadable = false
      this.#perCall = this.#areSmall(came, turnedAway) ? slots : arrivalsPerCall
      handed += turnedAway + this.#hand(came, arrivals)
    }
    this.#checkHints()
    return this.#isReadable
  }

  outbox(address: Address, isOnce = false): NativeOutbox {
    if (this.#isConnected) this.#outbox.destination = null
    else this.#outbox.destination = isOnce ? this.#literal(address, this.#once) : this.#sockaddrOf(address)
    return this.#outbox
  }

  setAlarm(delayMicros: number): void {
    // 0 would take the alarm away
    this.#addon.udpSetTimer(this.#socket, Math.max(1, Math.ceil(delayMicros)))
  }

  /** There is nothing to wait for: the port is free at once. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#readCounters()
      this.#isClosed = true
      this.#isReadable = false
      this.#addon.udpClose(this.#socket)
      this.#status.fill(0)
    }
    return Promise.resolve()
  }

  /** For tests: the next calls of a kind fail; sendmmsg with errno 0 takes so many only. */
  inject(call: (typeof calls)[number], times: number, errno: number, taken = 0): void {
    this.#addon.udpInject(this.#socket, calls.indexOf(call), times, errno, taken)
  }

  #open(own: Address, peer: Address | undefined, isSixOnly = false): SocketHandle {
    const opened = this.#addon.udpOpen(
      this.#literal(own),
      peer ? this.#literal(peer) : null,
      askedBufferBytes(socketBufferBytes),
      switchesOf(process.env) | (isSixOnly ? switches.onlySix : 0),
      this.#memory,
      this.#arrivals,
      this.#status,
      this.#onEvent,
    )
    if (typeof opened === 'number') throw openFault(peer ?? own, opened)
    return opened
  }

  #literal(address: Address, into?: Uint8Array): Uint8Array {
    const { host, port, local } = address
    const bytes = this.#addon.udpSockaddr(host, port, this.#isSix, local, into)
    if (!bytes) throw openFault(address, errnoInvalid)
    return bytes
  }

  #sockaddrOf(address: Address): Uint8Array {
    let bytes = this.#sockaddrs.get(address)
    if (!bytes) {
      bytes = this.#literal(address)
      this.#sockaddrs.set(address, bytes)
    }
    return bytes
  }

  #take(arrivalsMax: number, gate: Gate | undefined): number {
    if (!gate) return this.#addon.udpReceive(this.#socket, arrivalsMax)
    const { cookieKeys, known, answersLeft } = gate
    return this.#addon.udpReceive(this.#socket, arrivalsMax, cookieKeys, known, answersLeft)
  }

  #areSmall(came: number, turnedAway: number): boolean {
    if (came + turnedAway < this.#perCall) return false
    for (let i = 0; i < came; i++)
      if (this.#arrivals[i * arrival.words + arrival.lengthBytes]! > smallArrivalBytes) return false
    return true
  }

  /** Hands over what one call has brought, by sender; says how many datagrams that was. */
  #hand(came: number, arrivals: Arrivals): number {
    const words = this.#arrivals
    let groups = 0
    let datagrams = 0
    for (let i = 0; i < came; i++) {
      const at = i * arrival.words
      const lengthBytes = words[at + arrival.lengthBytes]!
      const segmentBytes = words[at + arrival.segmentBytes]!
      datagrams += Math.ceil(lengthBytes / segmentBytes)
      const run = this.#runOf(
        words[at + arrival.offset]!,
        lengthBytes,
        segmentBytes,
        words[at + arrival.ecn]!,
      )
      const sender = words[at + arrival.sender]!
      // its number may have been another's a moment ago: who it is now is asked in the order of arrival
      if (words[at + arrival.isNewSender] !== 0) this.#senders[sender] = undefined
      if (!run) continue
      this.#senders[sender] ??= this.#addon.udpSender(this.#socket, i)
      const address = this.#senders[sender]
      let which = 0
      // two that share a number are told anew each time
      while (which < groups && !isSameAddress(this.#groups[which]!.address, address)) which++
      if (which === groups) this.#startGroup(groups++, address)
      this.#groups[which]!.runs.push(run)
    }
    for (let which = 0; which < groups && !this.#isClosed; which++) {
      const { address, runs } = this.#groups[which]!
      arrivals.runs(address, runs)
    }
    return datagrams
  }

  #startGroup(which: number, address: Address): void {
    const group = this.#groups[which]
    if (!group) {
      this.#groups.push({ address, runs: [] })
      return
    }
    group.address = address
    group.runs.length = 0
  }

  /** §4-4: longer datagrams are none of ours; the last of them may be short enough. */
  #runOf(offset: number, lengthBytes: number, segmentBytes: number, ecn: number): Run | undefined {
    if (segmentBytes <= datagramBytesLimit) return this.#runs.at(offset, lengthBytes, segmentBytes, ecn)
    const lastBytes = lengthBytes % segmentBytes
    this.#tooLong += Math.floor(lengthBytes / segmentBytes)
    if (lastBytes > 0 && lastBytes <= datagramBytesLimit)
      return this.#runs.at(offset + lengthBytes - lastBytes, lastBytes, lastBytes, ecn)
    if (lastBytes > 0) this.#tooLong++
    return undefined
  }

  readonly #onEvent = (told: number): void => {
    if (told & events.readable) {
      this.#isReadable = true
      this.#handlers.onReadable()
    }
    if (told & events.drained && !this.#isClosed) this.#handlers.onDrain()
    if (told & events.hint) this.#tellHints()
    if (told & events.alarm) this.#handlers.onAlarm?.()
  }

  /** A hint is never told from within a call of the driver's. */
  #checkHints(): void {
    if (this.#status[status.hints] === 0 || this.#isHintDue) return
    this.#isHintDue = true
    setImmediate(() => {
      this.#isHintDue = false
      this.#tellHints()
    })
  }

  #tellHints(): void {
    const told = this.#status[status.hints]!
    this.#status[status.hints] = 0
    if (told & hints.refused) this.#handlers.onHint('refused')
    if (told & hints.unreachable) this.#handlers.onHint('unreachable')
  }

  #readCounters(): Float64Array {
    if (!this.#isClosed) this.#addon.udpCounters(this.#socket, this.#counters)
    return this.#counters
  }
}

/**
 * Views of the receive memory that are made once: what comes is mostly of a few lengths, so that a run costs no
 * allocation, not even where it is a lone datagram.
 */
class RunViews {
  readonly #memory: Uint8Array
  readonly #views: { bytes: Uint8Array; segmentBytes: number; ecn: number }[] = []

  constructor(memory: Uint8Array) {
    this.#memory = memory
  }

  at(offset: number, lengthBytes: number, segmentBytes: number, ecn: number): Run {
    const place = Math.floor(offset / slotBytes) * viewsPerSlot + (lengthBytes % viewsPerSlot)
    const view = this.#views[place]
    const bytes =
      view && view.bytes.length === lengthBytes && view.bytes.byteOffset === offset
        ? view.bytes
        : this.#memory.subarray(offset, offset + lengthBytes)
    if (!view) {
      const made = { bytes, segmentBytes, ecn }
      this.#views[place] = made
      return made
    }
    view.bytes = bytes
    view.segmentBytes = segmentBytes
    view.ecn = ecn
    return view
  }
}

const viewsPerSlot = 16

/** EINVAL. */
const errnoInvalid = 22

function switchesOf(environment: Readonly<Record<string, string | undefined>>): number {
  const gso = environment.PFS_UDP_GSO === 'off' ? 0 : switches.gso
  const gro = environment.PFS_UDP_GRO === 'off' ? 0 : switches.gro
  const ecn = environment.PFS_UDP_ECN === 'off' ? 0 : switches.ecn
  return gso | gro | ecn
}

/** As node:dgram would say it. */
function openFault(where: Address, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`bind ${code} ${where.host}:${where.port}`), { code, errno: -errno })
}
