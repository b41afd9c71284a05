// One socket with all that belongs to it: the core's endpoint, the loop that drives it, the slabs its links share.
// Here the core is told how large a datagram may be, and what carries it. Knows nothing of who connects to whom: that is
// endpoint.ts.

import { must } from '../base/assert.ts'
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
import { Rebind } from './rebind.ts'

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

/** @param host another address of ours than the first one's */
type Reopen = (handlers: UdpHandlers, host?: string) => Promise<Udp>

export class Socket {
  // by path, and where each is bound by wish
  readonly #udps: Udp[]
  readonly #binds: (string | undefined)[] = [undefined]
  readonly #reopen: Reopen | undefined
  readonly endpoint: Endpoint
  readonly driver: Driver
  onHint: (hint: UdpHint, path: number) => void = () => {}
  /** Who follows the links that peers begin. */
  origin: LinkOrigin | undefined
  readonly #config: Config

  /**
   * @param pool shared with other sockets where there are many, for what lies idle in it is kept
   * @param reopen another socket of the same kind, as the system makes it now: where there is none, nobody moves
   */
  constructor(options: SocketOptions, udp: Udp, accepts: boolean, pool = new SlabPool(), reopen?: Reopen) {
    const { host, keys } = options
    const carrier = carrierOf(udp.stats)
    const { local, datagramBytesMax } = udp
    this.#udps = [udp]
    this.#reopen = reopen
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

  /** That of the first path. */
  get udp(): Udp {
    return must(this.#udps[0], 'a socket')
  }

  /** Whether there may be another socket in place of this one, or beside it. */
  get canMove(): boolean {
    return this.#reopen !== undefined
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
    const path = this.#udps.length
    const udp = await this.#open(path, host)
    if (connection.openPath(this.driver.now(), udp.datagramBytesMax) !== path) {
      void udp.close()
      return undefined
    }
    this.#udps.push(udp)
    this.#binds.push(host)
    this.driver.useSocket(path, udp)
    return path
  }

  #open(path: number, host: string | undefined): Promise<Udp> {
    const wake = () => this.driver.wake()
    const onHint = (hint: UdpHint) => this.onHint(hint, path)
    const reopen = must(this.#reopen, 'a socket that can be had again')
    return reopen({ onReadable: wake, onDrain: wake, onAlarm: wake, onHint }, host)
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
  const reopen: Reopen = (handlers, host) =>
    options.host.openUdp({ ...where, ...(host === undefined ? {} : { bind: { host, port: 0 } }), handlers })
  return socketOver(options, accepts, reopen, pool, reopen)
}

/** @param open there before the loop, because the core must know its MTU; what comes meanwhile waits in its queue */
export async function socketOver(
  options: SocketOptions,
  accepts: boolean,
  open: (handlers: UdpHandlers) => Udp | Promise<Udp>,
  pool?: SlabPool,
  reopen?: Reopen,
): Promise<Socket> {
  let socket: Socket | undefined
  const wake = () => socket?.driver.wake()
  const onHint = (hint: UdpHint) => socket?.onHint(hint, 0)
  const udp = await open({ onReadable: wake, onDrain: wake, onAlarm: wake, onHint })
  socket = new Socket(options, udp, accepts, pool, reopen)
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
const overTcp: Partial<Config> = {
  isLossless: true,
  pathsMax: 1,
  createController: fixedWindow(windowBytesMax),
}

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
