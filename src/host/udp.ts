// A UDP socket as the driver sees it: an interface, no code. Receiving is pull, so that whoever runs the loop decides
// when and how much; sending is fire-and-forget, for UDP promises nothing and the core repeats what is lost. Knows no
// packets. udp_dgram.ts is the portable one; test/suites/udp.ts judges every one. udp_tcp.ts has the same face over TCP.

import type { Address } from '../proto/address.ts'
import type { Gate } from '../proto/door.ts'
import type { Outbox, Run } from '../proto/plane/plane.ts'

/** What the network says unasked about a connected peer. Anyone can forge it: a hint, never a verdict. */
export type UdpHint = 'refused' | 'unreachable'

export interface UdpHandlers {
  /** Datagrams lie ready where none did before: call receive() soon, not from here. */
  onReadable(): void
  /** isCongested has turned false. */
  onDrain(): void
  onHint(hint: UdpHint): void
  onAlarm?(): void
}

export interface UdpStats {
  readonly datagramsReceived: number
  readonly datagramsSent: number
  /** Arrived while the queue was full, or larger than any we accept, or with no port to answer to. */
  readonly datagramsDropped: number
  /** Refused by the kernel. One datagram of every batch is looked at, so this is a lower bound. */
  readonly sendErrors: number
  readonly receiveErrors: number
  /** What the kernel granted, which may be less than was asked for. */
  readonly receiveBufferBytes: number
  readonly sendBufferBytes: number
  readonly sendCalls: number
  readonly receiveCalls: number
  /** Trains that some destination's path would not take whole. */
  readonly gsoRefused: number
  /** Sends that had to wait for the kernel. */
  readonly sendAgain: number
  /** Times the kernel had no room, what it had joined (GRO) counted once: the reader was away for too long. */
  readonly kernelDrops: number
  /** Congestion marks seen in IP headers. */
  readonly ceMarks: number
  /** The best rung of the ladder in use: what one system call carries. */
  readonly sendPath: 'gso' | 'sendmmsg' | 'sendmsg' | 'dgram' | 'tcp'
}

/** How much one turn of the loop takes in and lets out before it looks again. */
export interface TurnBudget {
  readonly receiveDatagrams: number
  readonly sendDatagrams: number
}

/** Who takes what has come. The arrays are reused, and so is the memory of runs: take out what is needed before returning. */
export interface Arrivals {
  datagrams(address: Address, datagrams: readonly Uint8Array[]): void
  /** From a driver that has the kernel join datagrams. */
  runs(address: Address, runs: readonly Run[]): void
  /** Asked before each look at what has come: a socket that can turns these away by itself, and tells how many. */
  gate?(): Gate | undefined
  turnedAway?(datagrams: number, answered: number): void
  /** Nothing can come from there any more: the connection that carried it is gone. UDP never says so. */
  lost?(address: Address): void
}

/** Where the datagrams for one address go until flush. A native plane seals straight into a native socket's. */
export interface UdpOutbox extends Outbox {
  /** Sends what was pushed, and says how many datagrams that was. */
  flush(): number
}

export interface Udp {
  readonly local: Address
  /** The largest UDP payload that leaves in one piece: the interface's MTU less the IP and UDP headers. */
  readonly datagramBytesMax: number
  /** The kernel takes no more at the moment: what is sent now is queued in memory. Stop until onDrain. */
  readonly isCongested: boolean
  /** The ECN field of what comes is seen, and that of what goes can be set. */
  readonly hasEcn: boolean
  readonly stats: UdpStats
  readonly turn: TurnBudget
  /** Hands over what has arrived, grouped by sender, about `datagramsMax` of it; true when more is left. */
  receive(datagramsMax: number, arrivals: Arrivals): boolean
  /** One is in use at a time: asking for the next ends it. @param isOnce nothing is kept of the address */
  outbox(address: Address, isOnce?: boolean): UdpOutbox
  /** Where timers finer than a millisecond are to be had: onAlarm after so long, the latest call counts. */
  setAlarm?(delayMicros: number): void
  close(): Promise<void>
}

export interface UdpOptions {
  /** Where to listen, as an IP literal; port 0 lets the kernel choose. */
  readonly bind?: Address
  /** Bound to the IPv6 address that stands for all: IPv4 has a socket of its own, or none. */
  readonly isSixOnly?: boolean
  /** A pure initiator's only peer, as an IP literal: the socket is connected to it. */
  readonly peer?: Address
  readonly handlers: UdpHandlers
}

export type UdpFactory = (options: UdpOptions) => Promise<Udp>
