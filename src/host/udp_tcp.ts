// One TCP connection behind the face of a UDP socket: what is pushed into it comes out at its other end as it was, in order,
// and nothing is lost but with the connection. For networks that let no UDP through. Knows no packets. PROTOCOL.md §4.1

import { connect, type Socket } from 'node:net'
import type { Address } from '../proto/address.ts'
import { datagramBytesLimit } from './interface_mtu.ts'
import { RecordReader, recordsOf } from './tcp_records.ts'
import { TurnOutbox } from './turn_outbox.ts'
import type { Arrivals, TurnBudget, Udp, UdpHandlers, UdpOptions, UdpOutbox, UdpStats } from './udp.ts'

/** Bytes held for a core that does not take them, at which reading stops: §4.1-4. A quarter of it, and it goes on. */
export const heldBytesHigh = 256 * 1024
const heldBytesLow = 64 * 1024
/** Bytes that TCP has not taken, at which to make no more (§4.1-4) … */
export const queuedBytesHigh = 256 * 1024
/** … and at which what is made all the same, answers to strangers for one, goes nowhere. */
export const queuedBytesMax = 1024 * 1024
/** Datagrams handed over at once. */
const groupDatagramsMax = 64
/** What the last words may take to leave. §4.1-2 */
export const closeMillisMax = 1_000
/** As the portable socket has it: a turn of either is short enough for the other. */
const turnBudget: TurnBudget = { receiveDatagrams: 256, sendDatagrams: 64 }

export interface TcpOptions extends Omit<UdpOptions, 'peer' | 'isSixOnly'> {
  readonly peer: Address
  /** Gives up while it is not there yet. */
  readonly signal?: AbortSignal
}

/** Rejects with the system's error. */
export async function openTcp({ bind, peer, handlers, signal }: TcpOptions): Promise<TcpCarrier> {
  const local = bind ? { localAddress: bind.host, localPort: bind.port } : {}
  const socket = connect({ host: peer.host, port: peer.port, noDelay: true, ...local })
  const giveUp = (): void => void socket.destroy(new Error('given up'))
  return await new Promise<TcpCarrier>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      signal?.removeEventListener('abort', giveUp)
      socket.off('error', reject)
      resolve(new TcpCarrier(socket, peer, handlers))
    })
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted) giveUp()
  })
}

export class TcpCarrier implements Udp {
  readonly local: Address
  readonly datagramBytesMax: number = datagramBytesLimit
  readonly turn = turnBudget
  isCongested = false
  /** A stream of bytes has no datagrams to mark. */
  readonly hasEcn = false
  /** Resolves when nothing of it is left. */
  readonly ended: Promise<void>
  readonly #socket: Socket
  readonly #peer: Address
  readonly #handlers: UdpHandlers
  readonly #records = new RecordReader()
  readonly #outbox = new TurnOutbox(datagrams => this.send(datagrams))
  #isPaused = false
  #isOver = false
  #isLossTold = false
  #isClosed = false
  readonly #stats: { -readonly [name in keyof UdpStats]: UdpStats[name] }

  /** @param socket connected */
  constructor(socket: Socket, peer: Address, handlers: UdpHandlers) {
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 }
    this.#socket = socket
    this.#peer = peer
    this.#handlers = handlers
    this.#stats = emptyStats()
    socket.on('data', chunk => this.#onData(chunk))
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onOver())
    socket.on('error', () => void this.#stats.receiveErrors++)
    this.ended = new Promise(resolve => {
      socket.once('close', () => {
        this.#onOver()
        resolve()
      })
    })
  }

  get stats(): UdpStats {
    return this.#stats
  }

  receive(datagramsMax: number, arrivals: Arrivals): boolean {
    let handed = 0
    while (handed < datagramsMax && !this.#isClosed) {
      const group = this.#group(Math.min(groupDatagramsMax, datagramsMax - handed))
      if (group.length === 0) break
      handed += group.length
      this.#stats.datagramsReceived += group.length
      arrivals.datagrams(this.#peer, group)
    }
    if (this.#records.isBroken) this.destroy() // §4.1-1
    if (this.#isPaused && this.#records.bufferedBytes < heldBytesLow) {
      this.#isPaused = false
      this.#socket.resume()
    }
    if (handed === datagramsMax) return true
    if (this.#isOver && !this.#isLossTold) {
      this.#isLossTold = true
      arrivals.lost?.(this.#peer)
    }
    return false
  }

  outbox(_address: Address): UdpOutbox {
    return this.#outbox
  }

  send(datagrams: readonly Uint8Array[]): void {
    if (this.#isClosed || this.#isOver) return
    const good = datagrams.filter(({ length }) => length > 0 && length <= datagramBytesLimit) // §4-4
    const hasRoom = this.#socket.writableLength <= queuedBytesMax
    this.#stats.sendErrors += datagrams.length - (hasRoom ? good.length : 0)
    if (!hasRoom || good.length === 0) return
    this.#socket.write(recordsOf(good))
    this.#stats.datagramsSent += good.length
    this.#stats.sendCalls++
    if (this.isCongested || this.#socket.writableLength <= queuedBytesHigh) return
    this.#stats.sendAgain++
    this.isCongested = true
  }

  /** What was written leaves first, where the peer takes it in time. */
  close(): Promise<void> {
    if (this.#isClosed) return this.ended
    this.#isClosed = true
    this.isCongested = false
    this.#records.clear()
    // what comes now is thrown away: unread, it would turn our goodbye into a reset, and what is under way with it
    this.#socket.resume()
    this.#socket.end()
    const limit = setTimeout(() => this.#socket.destroy(), closeMillisMax)
    void this.ended.then(() => clearTimeout(limit))
    return this.ended
  }

  /** At once. */
  destroy(): void {
    this.#socket.destroy()
  }

  #group(datagramsMax: number): Uint8Array[] {
    const group: Uint8Array[] = []
    while (group.length < datagramsMax) {
      const datagram = this.#records.next()
      if (!datagram) break
      group.push(datagram)
    }
    return group
  }

  #onData(chunk: Uint8Array): void {
    if (this.#isClosed) return
    this.#stats.receiveCalls++
    // the core must not meet a Buffer: its slice() is a view where Uint8Array's is a copy
    this.#records.push(new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length))
    if (this.#records.bufferedBytes > heldBytesHigh && !this.#isPaused) {
      this.#isPaused = true
      this.#socket.pause()
    }
    this.#handlers.onReadable()
  }

  #onDrain(): void {
    if (!this.isCongested) return
    this.isCongested = false
    this.#handlers.onDrain()
  }

  #onOver(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.isCongested = false
    this.#handlers.onReadable()
  }
}

/** Of a carrier that has carried nothing. */
export const emptyStats = (): UdpStats => ({
  datagramsReceived: 0,
  datagramsSent: 0,
  datagramsDropped: 0,
  sendErrors: 0,
  receiveErrors: 0,
  // the kernel's own, which grow as they are needed
  receiveBufferBytes: heldBytesHigh,
  sendBufferBytes: queuedBytesHigh,
  sendCalls: 0,
  receiveCalls: 0,
  gsoRefused: 0,
  sendAgain: 0,
  kernelDrops: 0,
  ceMarks: 0,
  sendPath: 'tcp',
})
