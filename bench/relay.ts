// A relay of datagrams that keeps what it carries, both ways: how a capture is made where none can be taken from an
// interface. One socket towards the server per client, so that answers find their way. Loopback only.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const address = '127.0.0.1'
/** Enough for the small files a capture is taken of; a relay that forgets must not pass for one that saw nothing. */
const keptBytesMax = 64 * 1024 * 1024
const socketBufferBytes = 4 * 1024 * 1024

export class RecordingRelay {
  readonly port: number
  readonly datagrams: Buffer[] = []
  readonly #front: Socket
  readonly #backs = new Map<string, Socket>()
  readonly #serverPort: number
  #keptBytes = 0

  private constructor(front: Socket, serverPort: number) {
    this.#front = front
    this.#serverPort = serverPort
    this.port = (front.address() as AddressInfo).port
    front.on('message', (bytes, { port }) => {
      this.#keep(bytes)
      this.#backOf(port).send(bytes, this.#serverPort, address)
    })
  }

  /** Listens on a port of its own and carries to `serverPort`. */
  static async open(serverPort: number): Promise<RecordingRelay> {
    const front = createSocket({ type: 'udp4', recvBufferSize: socketBufferBytes })
    front.bind(0, address)
    await once(front, 'listening')
    return new RecordingRelay(front, serverPort)
  }

  close(): void {
    this.#front.close()
    for (const back of this.#backs.values()) back.close()
  }

  #backOf(clientPort: number): Socket {
    const known = this.#backs.get(String(clientPort))
    if (known) return known
    const back = createSocket({ type: 'udp4', recvBufferSize: socketBufferBytes })
    back.on('message', bytes => {
      this.#keep(bytes)
      this.#front.send(bytes, clientPort, address)
    })
    // a server that has ended answers by ICMP; that is the client's to find out
    back.on('error', () => {})
    this.#backs.set(String(clientPort), back)
    return back
  }

  #keep(bytes: Buffer): void {
    this.#keptBytes += bytes.length
    if (this.#keptBytes > keptBytesMax) throw new Error('the relay has carried more than it can keep')
    this.datagrams.push(bytes)
  }
}
