// One socket with all that belongs to it: the core's endpoint, the loop that drives it, the slabs its links share.
// Here the core is told how large a datagram may be, and what carries it. Knows nothing of who connects to whom: that is
// endpoint.ts.

import type { Micros } from '../base/units.ts'
import type { KeyPair } from '../crypto/primitives.ts'
import type { Host } from '../host/choose.ts'
import { datagramBytesMaxTo } from '../host/interface_mtu.ts'
import { MemoryPayloads } from '../host/payloads.ts'
import { SlabPool, slabBytes } from '../host/slabs.ts'
import type { Udp, UdpHandlers, UdpHint, UdpOptions } from '../host/udp.ts'
import { type Config, defaultConfig } from '../proto/config.ts'
import { windowBytesMax } from '../proto/congestion/cubic.ts'
import { fixedWindow } from '../proto/congestion/fixed.ts'
import type { Connection } from '../proto/connection.ts'
import { Endpoint } from '../proto/endpoint.ts'
import type { ObserverFactory } from '../proto/observer.ts'
import { type Carrier, carrierOf } from './carrier.ts'
import { ConnectionLink, type LinkOrigin } from './connection_link.ts'
import { Driver } from './driver.ts'

/** What both ends of a connection are asked for. */
export interface SocketOptions {
  readonly host: Host
  readonly keys: KeyPair
  /** Silence after which a peer counts as gone: the command's stall time-out. */
  readonly idleTimeoutMicros?: Micros
  readonly keepAliveMicros?: Micros
  /** Who watches the connections of this socket. */
  readonly observe?: ObserverFactory | undefined
  /** Further knobs of the core, for tests and benches. */
  readonly config?: Partial<Config>
}

export class Socket {
  readonly udp: Udp
  readonly endpoint: Endpoint
  readonly driver: Driver
  onHint: (hint: UdpHint) => void = () => {}
  /** Who follows the links that peers begin. */
  origin: LinkOrigin | undefined
  readonly #config: Config

  /** @param pool shared with other sockets where there are many, for what lies idle in it is kept */
  constructor(options: SocketOptions, udp: Udp, accepts: boolean, pool = new SlabPool()) {
    const { host, keys } = options
    const carrier = carrierOf(udp.stats)
    const { local, datagramBytesMax } = udp
    this.udp = udp
    this.#config = configOf(options, carrier, udp.hasEcn, datagramBytesMax)
    this.endpoint = new Endpoint({
      config: this.#config,
      primitives: host.primitives,
      suites: host.suites,
      staticKeys: keys,
      random: host.random,
      createPlane: host.createPlane,
      createPayloads: () => new MemoryPayloads(pool),
      accepts,
      observe: options.observe,
      isSingle: carrier === 'tcp',
      datagramBytesMaxOf: ({ host }) => datagramBytesMaxTo(host, local.host, datagramBytesMax),
    })
    this.driver = new Driver(this.endpoint, udp, host.clock, connection => {
      if (!this.origin) throw new Error('pfs: internal error: a pure initiator was connected to')
      return this.link(connection, this.origin)
    })
  }

  link(connection: Connection, origin: LinkOrigin): ConnectionLink {
    const link = new ConnectionLink(connection, this.driver, this.#config.orderedHighBytes, origin)
    this.driver.adopt(connection, link)
    return link
  }
}

/** Rejects with the system's error when the address cannot be had. */
export function openSocket(
  options: SocketOptions,
  where: Omit<UdpOptions, 'handlers'>,
  accepts: boolean,
  pool?: SlabPool,
): Promise<Socket> {
  return socketOver(options, accepts, handlers => options.host.openUdp({ ...where, handlers }), pool)
}

/** @param open there before the loop, because the core must know its MTU; what comes meanwhile waits in its queue */
export async function socketOver(
  options: SocketOptions,
  accepts: boolean,
  open: (handlers: UdpHandlers) => Udp | Promise<Udp>,
  pool?: SlabPool,
): Promise<Socket> {
  let socket: Socket | undefined
  const wake = () => socket?.driver.wake()
  const onHint = (hint: UdpHint) => socket?.onHint(hint)
  const udp = await open({ onReadable: wake, onDrain: wake, onAlarm: wake, onHint })
  socket = new Socket(options, udp, accepts, pool)
  socket.driver.wake()
  return socket
}

/**
 * Windows to begin with. Eight slabs to a stream let the reader be busy with some while others fill; all of it fits
 * the socket's buffer (8 MiB as Linux counts), so that a reader that is away for a while loses nothing. A local
 * path's round trip is too short to ever double them (§8-7).
 */
const streamWindowBytes = 8 * slabBytes
const connectionWindowBytes = 16 * slabBytes

/** TCP has a controller of its own, and loses nothing: ours lets all go that the peer's windows let. §4.1-5 */
const overTcp: Partial<Config> = { isLossless: true, createController: fixedWindow(windowBytesMax) }

function configOf(options: SocketOptions, carrier: Carrier, ecn: boolean, datagramBytesMax: number): Config {
  const { idleTimeoutMicros, keepAliveMicros } = options
  return {
    ...defaultConfig,
    datagramBytesMax,
    ecn,
    streamWindowBytes,
    connectionWindowBytes,
    ...(idleTimeoutMicros === undefined ? {} : { idleTimeoutMicros }),
    ...(keepAliveMicros === undefined ? {} : { keepAliveMicros }),
    ...options.config,
    ...(carrier === 'tcp' ? overTcp : {}),
  }
}
