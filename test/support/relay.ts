// A path between two processes that a test can listen to and cut: carries datagrams over loopback, one socket towards
// the server for each client, and keeps those it is asked to keep. Understands nothing of what it carries.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

const address = '127.0.0.1'
const socketBufferBytes = 4 * 1024 * 1024
/** Kept datagrams are for small transfers. */
const keptMax = 100_000

export class Relay {
  readonly port: number
  /** What clients sent, in order, while `keeps` was set. */
  readonly toServer: Buffer[] = []
  readonly toClient: Buffer[] = []
  keeps = false
  /** How often each datagram is carried. */
  copies = 1
  /** Nothing passes, either way. */
  isCut = false
  /** Nothing passes to a client: a firewall that lets nothing in. */
  isDeaf = false
  carriedBytes = 0
  readonly #front: Socket
  readonly #serverPort: number
  readonly #backs = new Map<number, Socket>()
  #cutAt = Number.POSITIVE_INFINITY
  #onCut: (() => void) | undefined

  private constructor(front: Socket, serverPort: number) {
    this.#front = front
    this.#serverPort = serverPort
    this.port = front.address().port
    front.on('message', (bytes, { port }) => {
      if (!this.#passes(bytes, this.toServer)) return
      this.racer?.send(bytes, this.#serverPort, address)
      for (let i = 0; i < this.copies; i++) this.#backOf(port).send(bytes, this.#serverPort, address)
    })
    front.on('error', () => {})
  }

  /** @param port 0: the system chooses */
  static async open(serverPort: number, port = 0): Promise<Relay> {
    const front = createSocket({ type: 'udp4', recvBufferSize: socketBufferBytes })
    front.bind(port, address)
    await once(front, 'listening')
    return new Relay(front, serverPort)
  }

  /** Cuts the path once so many bytes more have passed, and says when. */
  cutAfter(bytes: number): Promise<void> {
    this.#cutAt = this.carriedBytes + bytes
    return new Promise(resolve => {
      this.#onCut = resolve
    })
  }

  mend(): void {
    this.#cutAt = Number.POSITIVE_INFINITY
    this.isCut = false
  }

  /** As a NAT that has forgotten: each client comes to the server from another port from now on, and from the old one nothing. */
  rebind(): void {
    for (const back of this.#backs.values()) back.close()
    this.#backs.clear()
  }

  /** What comes from a client reaches the server from `racer` first, who holds no keys and answers nothing. */
  racer: Socket | undefined

  /** To the server, as if the last client had sent it. */
  inject(bytes: Uint8Array): void {
    const last = [...this.#backs.values()].at(-1)
    last?.send(bytes, this.#serverPort, address)
  }

  close(): void {
    this.#front.close()
    for (const back of this.#backs.values()) back.close()
  }

  #passes(bytes: Buffer, kept: Buffer[]): boolean {
    if (this.isCut) return false
    if (this.keeps && kept.length < keptMax) kept.push(Buffer.from(bytes))
    this.carriedBytes += bytes.length
    if (this.carriedBytes >= this.#cutAt) {
      this.isCut = true
      this.#onCut?.()
    }
    return true
  }

  #backOf(clientPort: number): Socket {
    const known = this.#backs.get(clientPort)
    if (known) return known
    const back = createSocket({ type: 'udp4', recvBufferSize: socketBufferBytes })
    this.#backs.set(clientPort, back)
    back.on('message', bytes => {
      if (this.isDeaf || !this.#passes(bytes, this.toClient)) return
      for (let i = 0; i < this.copies; i++) this.#front.send(bytes, clientPort, address)
    })
    back.on('error', () => {}) // a server that has ended answers by ICMP
    return back
  }
}
