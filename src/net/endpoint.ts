// connect and listen: an address, keys and a policy become links. A pure initiator's socket is connected, so that ICMP
// speaks to it. Knows no transfer.

import { PfsError } from '../base/errors.ts'
import type { PatternName } from '../crypto/noise_patterns.ts'
import type { UdpStats } from '../host/udp.ts'
import type { Address } from '../proto/address.ts'
import { wireCodes } from '../wire/codes.ts'
import type { ConnectionLink, LinkOrigin } from './connection_link.ts'
import { unanswered } from './faults.ts'
import type { Link } from './link.ts'
import { formatAddress, resolveHost } from './resolve.ts'
import { openSocket, type Socket, type SocketOptions } from './socket.ts'

/** ICMP can be forged: so many in a row, before any answer, say that nobody listens. The third INIT leaves after 0.8 s. */
const refusalsMax = 3

export interface ConnectOptions extends SocketOptions {
  /** A name or an IP literal. */
  readonly hostName: string
  readonly port: number
  /** The key the peer is known by: without it the first contact is by XX. §5-1 */
  readonly remoteStatic?: Uint8Array
  readonly psk?: Uint8Array
  /** Control-stream bytes that ride in the first flight. The peer may meet them twice: §5-6. */
  readonly early?: Uint8Array
  /** Gives up when it aborts before keys exist; from then on the link is the owner's to close. */
  readonly signal?: AbortSignal
  /** The key is proven: true lets the connection go on, false ends it. */
  readonly verifyPeer?: (remoteStatic: Uint8Array, pattern: PatternName) => boolean
}

/** Resolves when keys exist. The link's events wait until its handlers are set. */
export async function connect(options: ConnectOptions): Promise<Link> {
  const address = await resolveHost(options.hostName, options.port)
  const peer = formatAddress(address)
  const socket = await openSocket(options, { peer: address }, false).catch(error => {
    throw error instanceof PfsError ? error : unanswered(peer, (error as NodeJS.ErrnoException).code)
  })
  return new Promise<Link>((resolve, reject) => {
    let refusals = 0
    let refusal = ''
    let isEstablished = false
    let isTrusted = true
    const link = socket.link(startConnection(socket, address, options), {
      onPeer(link, remoteStatic, pattern) {
        isTrusted = options.verifyPeer?.(remoteStatic, pattern) ?? true
        if (!isTrusted) link.close(wireCodes[options.remoteStatic ? 'KEY_CHANGED' : 'REFUSED'].code)
      },
      onEstablished(link) {
        isEstablished = true
        options.signal?.removeEventListener('abort', giveUp)
        if (!isTrusted) return
        link.publish()
        resolve(link)
      },
      onClosed(_link, error) {
        options.signal?.removeEventListener('abort', giveUp)
        void socket.driver.stop()
        // nothing happens where it has been resolved
        reject(refusals < refusalsMax ? (error ?? unanswered(peer)) : unanswered(peer, refusal))
      },
    })
    const giveUp = (): void => link.close(wireCodes.CANCELLED.code)
    options.signal?.addEventListener('abort', giveUp, { once: true })
    if (options.signal?.aborted) giveUp()
    socket.onHint = hint => {
      if (isEstablished || socket.udp.stats.datagramsReceived > 0) return
      refusal = hint === 'refused' ? 'the port is closed' : 'no way leads there'
      if (++refusals === refusalsMax) link.close(wireCodes.CANCELLED.code)
    }
  })
}

function startConnection(socket: Socket, address: Address, options: ConnectOptions) {
  const { remoteStatic, psk, early } = options
  return socket.endpoint.connect(socket.driver.now(), address, {
    ...(remoteStatic ? { remoteStatic } : {}),
    ...(psk ? { psk } : {}),
    ...(early ? { early } : {}),
  })
}

export interface ListenOptions extends SocketOptions {
  /** 0: the system chooses. */
  readonly port: number
  /** An IP literal; absent: every address of both families. */
  readonly address?: string
  /** Peers with a connection at once; further ones are told BUSY. */
  readonly linksMax?: number
  /** A peer has proven its key: set the link's handlers and accept() or refuse() it, now or later. */
  readonly onPeer: (link: Link, pattern: PatternName) => void
}

/** Anybody may hold a connection without being welcome. An idle one was measured at 73 KB: so many cost 75 MB. */
const linksMaxDefault = 1024

export interface Listener {
  readonly address: Address
  readonly links: ReadonlySet<Link>
  readonly udpStats: UdpStats
  /** Ends all links, with a code of PROTOCOL.md §17, and frees the port. */
  close(code?: number): Promise<void>
}

export async function listen(options: ListenOptions): Promise<Listener> {
  const socket = await openListening(options)
  const links = new Set<ConnectionLink>()
  let isClosing = false
  const origin: LinkOrigin = {
    onPeer(link, _remoteStatic, pattern) {
      link.publish()
      if (isClosing) return link.refuse()
      if (links.size >= (options.linksMax ?? linksMaxDefault)) return link.close(wireCodes.BUSY.code)
      links.add(link)
      options.onPeer(link, pattern)
    },
    onEstablished() {},
    onClosed: link => void links.delete(link),
  }
  socket.origin = origin
  return {
    address: socket.udp.local,
    links,
    udpStats: socket.udp.stats,
    close(code = wireCodes.NONE.code) {
      isClosing = true
      socket.driver.closeAll(code)
      return socket.driver.stop()
    },
  }
}

/** Both families by one socket where the system has IPv6; else IPv4. */
async function openListening(options: ListenOptions): Promise<Socket> {
  const { address, port } = options
  const wanted = address === undefined ? ['::', '0.0.0.0'] : [address]
  let problem: NodeJS.ErrnoException = {} as NodeJS.ErrnoException
  for (const host of wanted) {
    try {
      return await openSocket(options, { bind: { host, port } }, true)
    } catch (error) {
      if (error instanceof PfsError) throw error
      problem = error as NodeJS.ErrnoException
      if (problem.code !== 'EAFNOSUPPORT' && problem.code !== 'EADDRNOTAVAIL') break
    }
  }
  throw bindFault(formatAddress({ host: address ?? '', port }), problem)
}

function bindFault(where: string, cause: NodeJS.ErrnoException): PfsError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new PfsError('PFS_PORT', `UDP ${where} is in use`, {
        cause,
        hint: 'Another pfs may run here: choose another port.',
      })
    case 'EACCES':
      return new PfsError('PFS_PORT', `UDP ${where} may not be used`, {
        cause,
        hint: 'Choose a port above 1023.',
      })
    default:
      return new PfsError('PFS_USAGE', `cannot listen on UDP ${where}: ${cause.code ?? cause.message}`, {
        cause,
      })
  }
}
