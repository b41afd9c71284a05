// One socket with all that belongs to it: the core's endpoint, the loop that drives it, the slabs its links share.
// Here the core is told how large a datagram may be. Knows nothing of who connects to whom: that is endpoint.ts.

import { must } from '../base/assert.ts'
import type { Micros } from '../base/units.ts'
import type { KeyPair } from '../crypto/primitives.ts'
import type { Host } from '../host/choose.ts'
import { MemoryPayloads } from '../host/payloads.ts'
import { SlabPool, slabBytes } from '../host/slabs.ts'
import type { Udp, UdpHint, UdpOptions } from '../host/udp.ts'
import type { Address } from '../proto/address.ts'
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

type OpenUdp = (path: number, bind: Address | undefined) => Promise<Udp>

export class Socket {
  // by path
  readonly #udps: Udp[]
  readonly #binds: (Address | undefined)[]
  readonly endpoint: Endpoint
  readonly driver: Driver
  onHint: (hint: UdpHint, path: number) => void = () => {}
  /** Who follows the links that peers begin. */
  origin: LinkOrigin | undefined
  readonly #config: Config
  readonly #open: OpenUdp

  /** @param open another socket of the same kind, as the system makes it now */
  constructor(options: SocketOptions, udp: Udp, bind: Address | undefined, open: OpenUdp, accepts: boolean) {
    const { host, keys } = options
    const pool = new SlabPool()
    this.#udps = [udp]
    this.#binds = [bind]
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

  /** That of the first path. */
  get udp(): Udp {
    return must(this.#udps[0], 'a socket')
  }

  /** Follows the connection on one of its paths to whatever address of ours has a way to its peer. */
  rebind(connection: Connection, path: number): Rebind {
    return new Rebind({
      open: () => this.#open(path, this.#binds[path]),
      current: () => must(this.#udps[path], 'a path with a socket'),
      onWay: (udp, isNewHost) => {
        if (udp !== this.#udps[path]) {
          this.#udps[path] = udp
          this.driver.useSocket(path, udp)
        }
        connection.handleLocalChange(this.driver.now(), isNewHost, udp.datagramBytesMax, path)
        this.driver.wake()
      },
    })
  }

  /** Another path of the connection, from that address of ours; undefined where the peer takes no more. §4.3-2 */
  async openPath(connection: Connection, host: string): Promise<number | undefined> {
    const bind = { host, port: 0 }
    const path = this.#udps.length
    const udp = await this.#open(path, bind)
    if (connection.openPath(this.driver.now(), udp.datagramBytesMax) !== path) {
      void udp.close()
      return undefined
    }
    this.#udps.push(udp)
    this.#binds.push(bind)
    this.driver.useSocket(path, udp)
    return path
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
  const open: OpenUdp = (path, bind) => {
    const onHint = (hint: UdpHint) => socket?.onHint(hint, path)
    const handlers = { onReadable: wake, onDrain: wake, onAlarm: wake, onHint }
    return options.host.openUdp({ ...where, ...(bind ? { bind } : {}), handlers })
  }
  socket = new Socket(options, await open(0, where.bind), where.bind, open, accepts)
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
