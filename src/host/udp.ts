// A UDP socket as the driver sees it: an interface, no code. Receiving is pull, so that whoever runs the loop decides
// when and how much; sending is fire-and-forget, for UDP promises nothing and the core repeats what is lost. Knows no
// packets. udp_dgram.ts is the portable one; test/suites/udp.ts judges every one.

import type { Address } from '../proto/address.ts'

/** What the network says unasked about a connected peer. Anyone can forge it: a hint, never a verdict. */
export type UdpHint = 'refused' | 'unreachable'

export interface UdpHandlers {
  /** Datagrams lie ready where none did before: call receive() soon, not from here. */
  onReadable(): void
  /** isCongested has turned false. */
  onDrain(): void
  onHint(hint: UdpHint): void
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
}

/** A view of `datagrams` that is reused: take them out before returning. */
export type DatagramSink = (address: Address, datagrams: readonly Uint8Array[]) => void

export interface Udp {
  readonly local: Address
  /** The largest UDP payload that leaves in one piece: the interface's MTU less the IP and UDP headers. */
  readonly datagramBytesMax: number
  /** The kernel takes no more at the moment: what is sent now is queued in memory. Stop until onDrain. */
  readonly isCongested: boolean
  readonly stats: UdpStats
  /** Hands over what has arrived, grouped by sender, about `datagramsMax` of it; true when more is left. */
  receive(datagramsMax: number, sink: DatagramSink): boolean
  /** The memory of the datagrams belongs to the socket from then on. */
  send(address: Address, datagrams: readonly Uint8Array[]): void
  close(): Promise<void>
}

export interface UdpOptions {
  /** Where to listen, as an IP literal; port 0 lets the kernel choose. */
  readonly bind?: Address
  /** A pure initiator's only peer, as an IP literal: the socket is connected to it. */
  readonly peer?: Address
  readonly handlers: UdpHandlers
}

export type UdpFactory = (options: UdpOptions) => Promise<Udp>
