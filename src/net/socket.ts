// One socket with all that belongs to it: the core's endpoint, the loop that drives it, the slabs its links share.
// Here the core is told how large a datagram may be. Knows nothing of who connects to whom: that is endpoint.ts.

import type { Micros } from '../base/units.ts'
import type { KeyPair } from '../crypto/primitives.ts'
import type { Host } from '../host/choose.ts'
import { MemoryPayloads } from '../host/payloads.ts'
import { SlabPool, slabBytes } from '../host/slabs.ts'
import type { Udp, UdpHint, UdpOptions } from '../host/udp.ts'
import { type Config, defaultConfig } from '../proto/config.ts'
import type { Connection } from '../proto/connection.ts'
import { Endpoint } from '../proto/endpoint.ts'
import { ConnectionLink, type LinkOrigin } from './connection_link.ts'
import { Driver } from './driver.ts'
import { Rebind } from './rebind.ts'

/** What both ends of a connection are asked for. */
export interface SocketOptions {
  readonly host: Host
  readonly keys: KeyPair
  /** Silence after which a peer counts as gone: the command's stall time-out. */
  readonly idleTimeoutMicros?: Micros
  readonly keepAliveMicros?: Micros
  /** Further knobs of the core, for tests and benches. */
  readonly config?: Partial<Config>
}

export class Socket {
  #udp: Udp
  readonly endpoint: Endpoint
  readonly driver: Driver
  onHint: (hint: UdpHint) => void = () => {}
  /** Who follows the links that peers begin. */
  origin: LinkOrigin | undefined
  readonly #config: Config
  readonly #open: () => Promise<Udp>

  /** @param open another socket of the same kind, as the system makes it now */
  constructor(options: SocketOptions, udp: Udp, open: () => Promise<Udp>, accepts: boolean) {
    const { host, keys } = options
    const pool = new SlabPool()
    this.#udp = udp
    this.#open = open
    this.#config = configOf(options, udp)
    this.endpoint = new Endpoint({
      config: this.#config,
      primitives: host.primitives,
      suites: host.suites,
      staticKeys: keys,
      random: host.random,
      createPlane: host.createPlane,
      createPayloads: () => new MemoryPayloads(pool),
      accepts,
    })
    this.driver = new Driver(this.endpoint, udp, host.clock, connection => {
      if (!this.origin) throw new Error('pfs: internal error: a pure initiator was connected to')
      return this.link(connection, this.origin)
    })
  }

  get udp(): Udp {
    return this.#udp
  }

  /** Follows one connection to whatever address of ours has a way to its peer. */
  rebind(connection: Connection): Rebind {
    return new Rebind({
      open: this.#open,
      current: () => this.#udp,
      onWay: (udp, isNewHost) => {
        if (udp !== this.#udp) {
          this.#udp = udp
          this.driver.replaceSocket(udp)
        }
        connection.handleLocalChange(this.driver.now(), isNewHost, udp.datagramBytesMax)
        this.driver.wake()
      },
    })
  }

  link(connection: Connection, origin: LinkOrigin): ConnectionLink {
    const link = new ConnectionLink(connection, this.driver, this.#config.orderedHighBytes, origin)
    this.driver.adopt(connection, link)
    return link
  }
}

/** Rejects with the system's error when the address cannot be had. */
export async function openSocket(
  options: SocketOptions,
  where: Omit<UdpOptions, 'handlers'>,
  accepts: boolean,
): Promise<Socket> {
  // the socket is there before the loop, because the core must know its MTU; what comes meanwhile waits in its queue
  let socket: Socket | undefined
  const wake = () => socket?.driver.wake()
  const onHint = (hint: UdpHint) => socket?.onHint(hint)
  const handlers = { onReadable: wake, onDrain: wake, onAlarm: wake, onHint }
  const open = () => options.host.openUdp({ ...where, handlers })
  socket = new Socket(options, await open(), open, accepts)
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

function configOf(options: SocketOptions, udp: Udp): Config {
  const { idleTimeoutMicros, keepAliveMicros } = options
  return {
    ...defaultConfig,
    datagramBytesMax: udp.datagramBytesMax,
    streamWindowBytes,
    connectionWindowBytes,
    ...(idleTimeoutMicros === undefined ? {} : { idleTimeoutMicros }),
    ...(keepAliveMicros === undefined ? {} : { keepAliveMicros }),
    ...options.config,
  }
}
