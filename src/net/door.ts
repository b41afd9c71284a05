// TCP connections that come in: each gets a core and a loop of its own, so that one that does not read holds up no other. How
// many there may be, and how long one may stay that proves nothing, is decided here. PROTOCOL.md §4.1-7

import { SlabPool } from '../host/slabs.ts'
import type { UdpHandlers } from '../host/udp.ts'
import type { TcpCarrier } from '../host/udp_tcp.ts'
import type { LinkOrigin } from './connection_link.ts'
import { Socket, type SocketOptions } from './socket.ts'

/** At once. An idle one is a descriptor and about as much memory as a link. */
export const tcpConnectionsMax = 256
/** Of them, those whose handshake is not complete; one more pushes out the oldest. */
export const tcpStrangersMax = 64
/** For a handshake that takes longer nobody waits. §12-5 */
export const tcpStrangerMillisMax = 10_000

interface Guest {
  readonly carrier: TcpCarrier
  readonly socket: Socket
}

export class Door {
  readonly #options: SocketOptions
  readonly #origin: LinkOrigin
  readonly #pool: SlabPool
  /** In order of arrival. */
  readonly #guests = new Set<Guest>()
  /** Turned away, or put out for a later one. */
  turnedAway = 0

  /** @param pool of all of them: each its own would keep 16 MiB */
  constructor(options: SocketOptions, origin: LinkOrigin, pool = new SlabPool()) {
    this.#options = options
    this.#origin = origin
    this.#pool = pool
  }

  get guests(): number {
    return this.#guests.size
  }

  /** False: it finds no room. */
  readonly onConnection = (adopt: (handlers: UdpHandlers) => TcpCarrier): boolean => {
    if (!this.#makeRoom()) {
      this.turnedAway++
      return false
    }
    let socket: Socket | undefined
    const wake = (): void => socket?.driver.wake()
    const carrier = adopt({ onReadable: wake, onDrain: wake, onHint() {} })
    socket = new Socket(this.#options, carrier, true, this.#pool)
    this.#welcome({ carrier, socket })
    return true
  }

  /** Ends all of them with a code. */
  async close(code: number): Promise<void> {
    const leaving = [...this.#guests].map(async ({ carrier, socket }) => {
      socket.driver.closeAll(code)
      await socket.driver.stop()
      await carrier.ended
    })
    await Promise.all(leaving)
  }

  #welcome(guest: Guest): void {
    const { carrier, socket } = guest
    socket.origin = {
      onPeer: (link, remoteStatic, pattern) => this.#origin.onPeer(link, remoteStatic, pattern),
      onEstablished: link => this.#origin.onEstablished(link),
      onClosed: (link, error) => {
        this.#origin.onClosed(link, error)
        void socket.driver.stop() // it carries no other: §4.1-2
      },
    }
    this.#guests.add(guest)
    const limit = setTimeout(() => {
      if (!isProven(guest)) carrier.destroy()
    }, tcpStrangerMillisMax)
    void carrier.ended.then(() => {
      clearTimeout(limit)
      this.#guests.delete(guest)
      void socket.driver.stop()
    })
    socket.driver.wake()
  }

  #makeRoom(): boolean {
    const strangers = [...this.#guests].filter(guest => !isProven(guest))
    if (strangers.length < tcpStrangersMax && this.#guests.size < tcpConnectionsMax) return true
    const [oldest] = strangers
    if (!oldest) return false
    this.turnedAway++
    this.#guests.delete(oldest)
    oldest.carrier.destroy()
    return true
  }
}

/** Somebody is really there: its handshake is complete. §5-6 */
const isProven = ({ socket: { endpoint } }: Guest): boolean =>
  endpoint.connections > endpoint.halfOpenConnections
