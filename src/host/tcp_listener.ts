// Where TCP connections come in: a port, and who is told of each. Bounds nothing by itself: how many there may be is for who
// takes them. Knows no packets. PROTOCOL.md §4.1

import { createServer, type Server } from 'node:net'
import type { Address } from '../proto/address.ts'
import type { UdpHandlers } from './udp.ts'
import { TcpCarrier } from './udp_tcp.ts'

export interface TcpListenOptions {
  /** An IP literal; port 0 lets the kernel choose. */
  readonly bind: Address
  /** Of the IPv6 address that stands for all: IPv4 has a port of its own, or none. */
  readonly isSixOnly?: boolean
  /** One has come. False: there is no room for it, and it is closed without a word. */
  readonly onConnection: (adopt: (handlers: UdpHandlers) => TcpCarrier) => boolean
}

export interface TcpListener {
  readonly local: Address
  /** Nobody comes in any more; those that are in stay. */
  close(): void
}

/** Rejects with the system's error when the port cannot be had. */
export async function listenTcp({ bind, isSixOnly, onConnection }: TcpListenOptions): Promise<TcpListener> {
  const server = createServer({ noDelay: true }, socket => {
    const { remoteAddress: host, remotePort: port } = socket
    // gone before we looked
    if (host === undefined || port === undefined) return void socket.destroy()
    const isIn = onConnection(handlers => new TcpCarrier(socket, { host, port }, handlers))
    if (!isIn) socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const family = isSixOnly ? { ipv6Only: true } : {}
    server.listen({ host: bind.host, port: bind.port, exclusive: true, ...family }, resolve)
  })
  server.removeAllListeners('error')
  // out of descriptors: whoever came is gone, and the next may find one
  server.on('error', () => {})
  return { local: localOf(server, bind), close: () => void server.close() }
}

function localOf(server: Server, bind: Address): Address {
  const local = server.address()
  return local !== null && typeof local === 'object' ? { host: local.address, port: local.port } : bind
}
