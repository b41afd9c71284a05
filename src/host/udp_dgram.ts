// The portable socket: node:dgram. One recvmsg and one sendmsg a datagram, about 4 µs each, is what Node gives.
// libuv reads at most 32 datagrams a turn of the event loop; they gather here until the driver's turn. Which address of ours
// one came to it does not say: an answer leaves from the route's, unless the socket is bound (§4.2-7). Knows no packets.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Address } from '../proto/address.ts'
import { datagramBytesLimit, datagramBytesMaxOf } from './interface_mtu.ts'
import { askedBufferBytes } from './socket_buffers.ts'
import { TurnOutbox } from './turn_outbox.ts'
import type {
  Arrivals,
  TurnBudget,
  Udp,
  UdpHandlers,
  UdpHint,
  UdpOptions,
  UdpOutbox,
  UdpStats,
} from './udp.ts'

/** Asked of the kernel, which grants what net.core.*mem_max lets it: 32 ms of 1 Gbit/s. */
export const socketBufferBytes = 4 * 1024 * 1024
/** Datagrams held for the driver, at most. It empties them every turn, so that only a blocked thread fills this. */
export const queueDatagramsMax = 1024
/** Datagrams of one sender handed over at once. */
const groupDatagramsMax = 64
/** Bytes in Node's own send queue at which to stop, and to go on: the kernel's buffer is full by then. */
const queuedBytesHigh = 256 * 1024
const queuedBytesLow = 64 * 1024
/**
 * Neither a flood of arrivals nor a full window may keep the other waiting, for ACKs that are not read stop the sender
 * as surely as a lost path: about 2 ms of opening, and 0.6 ms of sealing and sending, as much as libuv reads in two.
 */
const turnBudget: TurnBudget = { receiveDatagrams: 256, sendDatagrams: 64 }
/** How often a full queue is looked at: dgram has no event for it. */
const drainCheckMillis = 1

interface Group {
  readonly address: Address
  readonly datagrams: Uint8Array[]
}

export async function openDgramUdp(options: UdpOptions): Promise<Udp> {
  const literal = options.peer?.host ?? options.bind?.host ?? '0.0.0.0'
  const isSix = isIPv6(literal)
  const bufferBytes = askedBufferBytes(socketBufferBytes)
  const socket = createSocket({
    type: isSix ? 'udp6' : 'udp4',
    ipv6Only: options.isSixOnly ?? false,
    // addresses are literals here: answering at once keeps send() away from dns and nextTick
    lookup: (host, _options, found) => found(null, host, isSix ? 6 : 4),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      const { bind, peer } = options
      const connected = (error?: Error) => (error ? reject(error) : resolve())
      const bound = () => (peer ? socket.connect(peer.port, peer.host, connected) : resolve())
      socket.bind({ port: bind?.port ?? 0, ...(bind ? { address: bind.host } : {}), exclusive: true }, bound)
    })
  } catch (error) {
    socket.close()
    throw error
  }
  socket.removeAllListeners('error')
  return new DgramUdp(socket, options.peer !== undefined, bufferBytes, options.handlers)
}

class DgramUdp implements Udp {
  readonly local: Address
  readonly datagramBytesMax: number
  isCongested = false
  /** node:dgram has no word for it. */
  readonly hasEcn = false
  readonly turn = turnBudget
  #destination: Address = { host: '', port: 0 }
  readonly #outbox = new TurnOutbox(datagrams => this.send(this.#destination, datagrams))
  readonly #socket: Socket
  readonly #isConnected: boolean
  readonly #handlers: UdpHandlers
  readonly #groups: Group[] = []
  readonly #byAddress = new Map<string, Group>()
  #last: Group | undefined
  #queuedDatagrams = 0
  #isClosed = false
  #drainTimer: NodeJS.Timeout | undefined
  readonly #stats: { -readonly [name in keyof UdpStats]: UdpStats[name] }

  constructor(socket: Socket, isConnected: boolean, bufferBytes: number, handlers: UdpHandlers) {
    const local = socket.address()
    this.local = { host: local.address, port: local.port }
    this.datagramBytesMax = datagramBytesMaxOf(local.address)
    this.#socket = socket
    this.#isConnected = isConnected
    this.#handlers = handlers
    this.#stats = {
      datagramsReceived: 0,
      datagramsSent: 0,
      datagramsDropped: 0,
      sendErrors: 0,
      receiveErrors: 0,
      sendCalls: 0,
      receiveCalls: 0,
      gsoRefused: 0,
      sendAgain: 0,
      kernelDrops: 0,
      ceMarks: 0,
      sendPath: 'dgram',
      ...growBuffers(socket, bufferBytes),
    }
    socket.on('message', (message, from) => this.#onMessage(message, from))
    socket.on('error', error => this.#onReceiveError(error))
  }

  get stats(): UdpStats {
    return this.#stats
  }

  receive(datagramsMax: number, arrivals: Arrivals): boolean {
    const groups = this.#groups
    let handed = 0
    let at = 0
    for (; at < groups.length && handed < datagramsMax; at++) {
      const { address, datagrams } = groups[at]!
      handed += datagrams.length
      arrivals.datagrams(address, datagrams)
    }
    groups.splice(0, at)
    this.#queuedDatagrams -= handed
    this.#last = undefined
    this.#byAddress.clear()
    return groups.length > 0
  }

  outbox(address: Address): UdpOutbox {
    this.#destination = address
    return this.#outbox
  }

  send(address: Address, datagrams: readonly Uint8Array[]): void {
    if (this.#isClosed) return
    const socket = this.#socket
    for (let i = 0; i < datagrams.length; i++) {
      // a callback costs a nextTick: the first of a batch speaks for all of it
      const done = i === 0 ? this.#onSent : undefined
      if (this.#isConnected) socket.send(datagrams[i]!, done)
      else socket.send(datagrams[i]!, address.port, address.host, done)
    }
    this.#stats.datagramsSent += datagrams.length
    this.#stats.sendCalls += datagrams.length
    if (!this.isCongested && socket.getSendQueueSize() > queuedBytesHigh) {
      this.#stats.sendAgain++
      this.isCongested = true
      this.#drainTimer = setTimeout(this.#checkDrain, drainCheckMillis)
    }
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    this.#isClosed = true
    clearTimeout(this.#drainTimer)
    this.#groups.length = 0
    this.#byAddress.clear()
    return new Promise(resolve => this.#socket.close(resolve))
  }

  readonly #checkDrain = (): void => {
    if (this.#isClosed) return
    if (this.#socket.getSendQueueSize() > queuedBytesLow) {
      this.#drainTimer = setTimeout(this.#checkDrain, drainCheckMillis)
      return
    }
    this.isCongested = false
    this.#handlers.onDrain()
  }

  readonly #onSent = (error: Error | null): void => {
    if (!error || this.#isClosed) return
    this.#stats.sendErrors++
    this.#hint(error)
  }

  #onReceiveError(error: Error): void {
    this.#stats.receiveErrors++
    this.#hint(error)
  }

  // ICMP comes back as the error of whatever call is next
  #hint(error: NodeJS.ErrnoException): void {
    const hint = hints[error.code ?? '']
    if (hint && !this.#isClosed) this.#handlers.onHint(hint)
  }

  #onMessage(message: Uint8Array, from: RemoteInfo): void {
    // port 0 can be forged and not answered; sending to it would throw
    if (
      this.#queuedDatagrams >= queueDatagramsMax ||
      message.length > datagramBytesLimit ||
      from.port === 0
    ) {
      this.#stats.datagramsDropped++
      return
    }
    // the core must not meet a Buffer: its slice() is a view where Uint8Array's is a copy
    const datagram = new Uint8Array(message.buffer as ArrayBuffer, message.byteOffset, message.length)
    this.#groupOf(from).datagrams.push(datagram)
    this.#stats.datagramsReceived++
    this.#stats.receiveCalls++
    if (this.#queuedDatagrams++ === 0) this.#handlers.onReadable()
  }

  #groupOf(from: RemoteInfo): Group {
    const last = this.#last
    if (last && last.address.port === from.port && last.address.host === from.address && hasRoom(last))
      return last
    const key = `${from.address} ${from.port}`
    let group = this.#byAddress.get(key)
    if (group === undefined || !hasRoom(group)) {
      group = { address: { host: from.address, port: from.port }, datagrams: [] }
      this.#groups.push(group)
      this.#byAddress.set(key, group)
    }
    this.#last = group
    return group
  }
}

const hasRoom = (group: Group): boolean => group.datagrams.length < groupDatagramsMax

const hints: Readonly<Record<string, UdpHint>> = {
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  // the address that the socket is bound to is ours no more
  EADDRNOTAVAIL: 'unreachable',
  EINVAL: 'unreachable',
}

function growBuffers(socket: Socket, bytes: number): { receiveBufferBytes: number; sendBufferBytes: number } {
  // a system that refuses so much keeps what it had
  try {
    socket.setRecvBufferSize(bytes)
  } catch {}
  try {
    socket.setSendBufferSize(bytes)
  } catch {}
  return { receiveBufferBytes: socket.getRecvBufferSize(), sendBufferBytes: socket.getSendBufferSize() }
}
