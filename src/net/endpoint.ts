// connect and listen: a host, keys and a policy become links, whatever carries them. Knows no transfer.

import { PfsError } from '../base/errors.ts'
import { millisecond } from '../base/units.ts'
import type { PatternName } from '../crypto/noise_patterns.ts'
import type { UdpStats } from '../host/udp.ts'
import { type Address, isSameAddress } from '../proto/address.ts'
import { defaultConfig } from '../proto/config.ts'
import { wireCodes } from '../wire/codes.ts'
import { type Attempt, type AttemptOptions, attempt } from './attempt.ts'
import type { Transport } from './carrier.ts'
import type { ConnectionLink, LinkOrigin } from './connection_link.ts'
import { unanswered } from './faults.ts'
import type { Link } from './link.ts'
import { localsTo } from './locals.ts'
import { openPorts, type PortOptions } from './ports.ts'
import { race } from './race.ts'
import { formatAddress, type ResolveOptions, resolveHost } from './resolve.ts'

/** Between one address and the next (RFC 8305 §5). */
const nextAddressMillis = 250
/**
 * UDP has so long to answer before TCP is tried beside it: a lost INIT goes again after 1.0 s, and its answer may take half a
 * second more. §4.1-8
 */
const tcpAfterMillis = 1_500
const afterLimitMillis = 100
/** Where there is less time in all, TCP still gets some of it. */
const tcpShare = 1 / 2

export interface ConnectOptions extends AttemptOptions, ResolveOptions {
  /** A name or an IP literal. */
  readonly hostName: string
  readonly port: number
  /** Default: UDP alone. */
  readonly transport?: Transport
  /** Our interfaces or addresses to use: the first for the handshake, each further one is a path of its own. §4.3 */
  readonly locals?: readonly string[]
  /** Control-stream bytes that ride in the first flight. The peer may meet them twice: §5-6. */
  readonly early?: Uint8Array
  /** Gives up when it aborts before keys exist; from then on the link is the owner's to close. */
  readonly signal?: AbortSignal
}

/**
 * Resolves when keys exist. The addresses of a name are tried one after another, each carrier of its own; whichever handshake
 * completes first is the connection. The link's events wait until its handlers are set.
 */
export async function connect(options: ConnectOptions): Promise<Link> {
  const { hostName, port, transport = 'udp', early, signal, config } = options
  const resolved = await resolveHost(hostName, port, options)
  const ours = localsTo(options.locals ?? [], resolved)
  const addresses = resolved.filter(address => ours.has(address))
  const limitMillis = (config?.handshakeTimeoutMicros ?? defaultConfig.handshakeTimeoutMicros) / millisecond
  const ways = waysTo(addresses, transport, limitMillis)
  return await race(
    ways.map(({ address, carrier, afterMillis }, index) => {
      // once only: what lies in one first flight must not lie in another. §4.1-9
      const bytes = index === 0 ? { early } : { late: early }
      return {
        afterMillis,
        begin: (signal, onWon) =>
          attempt(options, { address, carrier, signal, onWon, locals: ours.get(address) ?? [], ...bytes }),
      }
    }),
    {
      signal,
      // a handshake has this limit of its own, and says so better; but none begins while TCP connects
      limitMillis: limitMillis + afterLimitMillis,
      isFinal: fault => !(fault instanceof PfsError) || !ofOneWay.has(fault.code),
      failed: faults => failure(hostName, port, addresses, faults),
    },
  )
}

/** What one way may come to while another leads there. */
const ofOneWay: ReadonlySet<string> = new Set(['PFS_UNREACHABLE', 'PFS_STALLED'])

interface WayTo extends Pick<Attempt, 'address' | 'carrier'> {
  readonly afterMillis: number
}

function waysTo(addresses: readonly Address[], transport: Transport, limitMillis: number): readonly WayTo[] {
  const over = (carrier: Attempt['carrier'], fromMillis: number): WayTo[] =>
    addresses.map((address, i) => ({ address, carrier, afterMillis: fromMillis + i * nextAddressMillis }))
  if (transport !== 'auto') return over(transport, 0)
  return [...over('udp', 0), ...over('tcp', Math.min(tcpAfterMillis, limitMillis * tcpShare))]
}

function failure(
  hostName: string,
  port: number,
  addresses: readonly Address[],
  faults: readonly unknown[],
): unknown {
  const [first] = addresses
  if (!first || addresses.every(one => isSameAddress(one, first)))
    return faults[0] ?? unanswered(formatAddress(first ?? { host: hostName, port }))
  const shown = addresses.map(formatAddress).join(', ')
  return unanswered(`${hostName} port ${port}`, `none of ${shown}`, faults[0])
}

export interface ListenOptions extends PortOptions {
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
  /** All zero where only TCP is listened on. */
  readonly udpStats: UdpStats
  /** Ends all links, with a code of PROTOCOL.md §17, and frees the port. */
  close(code?: number): Promise<void>
}

export async function listen(options: ListenOptions): Promise<Listener> {
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
  const ports = await openPorts(options, origin)
  return {
    address: ports.address,
    links,
    udpStats: ports.udpStats,
    close(code = wireCodes.NONE.code) {
      isClosing = true
      return ports.close(code)
    },
  }
}
