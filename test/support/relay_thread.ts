// A path on a thread of its own, for tests whose main thread stands still: carries datagrams of one client to one
// server over loopback, at most so many a tick, and counts in shared memory. Runs from dist, because a worker does.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const role = 'relay'
const address = '127.0.0.1'
const tickMillis = 5
/** A bottleneck has a buffer, and drops what does not fit. */
const queuedMax = 256
const socketBufferBytes = 4 * 1024 * 1024

interface Order {
  readonly role: typeof role
  readonly serverPort: number
  readonly datagramsPerTick: number
  readonly counts: Int32Array
}

/** Where the counts lie. */
const place = { toServer: 0, toClient: 1, silenceMillis: 2 } as const

export class RelayThread {
  readonly port: number
  readonly #worker: Worker
  readonly #counts: Int32Array

  private constructor(port: number, worker: Worker, counts: Int32Array) {
    this.port = port
    this.#worker = worker
    this.#counts = counts
  }

  /** @param datagramsPerTick towards the server, each 5 ms; left out: as they come */
  static async open(serverPort: number, datagramsPerTick = Number.POSITIVE_INFINITY): Promise<RelayThread> {
    const counts = new Int32Array(new SharedArrayBuffer(4 * Object.keys(place).length))
    const order: Order = { role, serverPort, datagramsPerTick, counts }
    const worker = new Worker(new URL(import.meta.url), { workerData: order })
    const [port] = (await once(worker, 'message')) as [number]
    return new RelayThread(port, worker, counts)
  }

  get toServer(): number {
    return Atomics.load(this.#counts, place.toServer)
  }

  /** What the server said: acknowledgements, of a receiver. */
  get toClient(): number {
    return Atomics.load(this.#counts, place.toClient)
  }

  /** The longest that the server answered nothing of what it was sent, since the last time this was asked. */
  takeSilenceMillis(): number {
    return Atomics.exchange(this.#counts, place.silenceMillis, 0)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: socketBufferBytes })
  socket.on('error', () => {}) // who has ended answers by ICMP
  socket.bind(0, address)
  await once(socket, 'listening')
  return socket
}

async function serve({ serverPort, datagramsPerTick, counts }: Order): Promise<void> {
  const [front, back] = [await bound(), await bound()]
  const queue: Buffer[] = []
  let clientPort = 0
  /** When the first of what the server has not answered was passed; 0: nothing waits. */
  let unheardSince = 0
  const pass = (bytes: Buffer): void => {
    Atomics.add(counts, place.toServer, 1)
    unheardSince ||= Date.now()
    back.send(bytes, serverPort, address)
  }
  front.on('message', (bytes, { port }) => {
    clientPort = port
    if (datagramsPerTick === Number.POSITIVE_INFINITY) pass(bytes)
    else if (queue.length < queuedMax) queue.push(bytes)
  })
  back.on('message', bytes => {
    const silence = unheardSince === 0 ? 0 : Date.now() - unheardSince
    unheardSince = 0
    if (silence > Atomics.load(counts, place.silenceMillis)) {
      Atomics.store(counts, place.silenceMillis, silence)
    }
    Atomics.add(counts, place.toClient, 1)
    front.send(bytes, clientPort, address)
  })
  setInterval(() => {
    for (const bytes of queue.splice(0, datagramsPerTick)) pass(bytes)
  }, tickMillis)
  parentPort?.postMessage(front.address().port)
}

if (!isMainThread && (workerData as Partial<Order> | null)?.role === role) void serve(workerData as Order)
