// The ports of a listener: UDP, and TCP with the same number beside it, of one family or of both. Knows what cannot be had, and
// what then is done without. PROTOCOL.md §4.1

import { PfsError } from '../base/errors.ts'
import { SlabPool } from '../host/slabs.ts'
import type { TcpListener } from '../host/tcp_listener.ts'
import type { UdpStats } from '../host/udp.ts'
import { emptyStats } from '../host/udp_tcp.ts'
import type { Address } from '../proto/address.ts'
import type { Transport } from './carrier.ts'
import type { LinkOrigin } from './connection_link.ts'
import { Door } from './door.ts'
import { canonical, type Family, formatAddress } from './resolve.ts'
import { openSocket, type Socket, type SocketOptions } from './socket.ts'

export interface PortOptions extends SocketOptions {
  /** 0: the system chooses. */
  readonly port: number
  /** An IP literal; absent: every address of both families, or of `family`. */
  readonly address?: string
  readonly family?: Family | undefined
  /** Default: UDP alone. */
  readonly transport?: Transport
  /** Something is done without: a sentence. */
  readonly onNotice?: (text: string) => void
}

export interface Ports {
  readonly address: Address
  readonly udpStats: UdpStats
  close(code: number): Promise<void>
}

/** A number that the system chose for UDP may be taken for TCP: so often it may choose again. */
const choicesMax = 8

const statsOfNone = emptyStats()

interface Place {
  readonly host: string
  readonly isSixOnly: boolean
}

export async function openPorts(options: PortOptions, origin: LinkOrigin): Promise<Ports> {
  const { transport = 'udp', port } = options
  const pool = new SlabPool()
  const door = new Door(options, origin, pool)
  if (transport === 'tcp') {
    return portsOf(undefined, await listenTcp(options, placesOf(options), port, door), door)
  }
  for (let choice = 1; ; choice++) {
    const [socket, place] = await openUdp(options, pool)
    const { local } = socket.udp
    const tcp =
      transport === 'auto'
        ? await listenTcp(options, [place], local.port, door).catch((error: PfsError) => error)
        : undefined
    if (!(tcp instanceof PfsError)) {
      socket.origin = origin
      return portsOf(socket, tcp, door)
    }
    if (port === 0 && choice < choicesMax) {
      await socket.driver.stop()
      continue
    }
    const why =
      (tcp.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE' ? 'is in use' : 'cannot be had'
    options.onNotice?.(`TCP port ${local.port} ${why}: who gets no UDP through does not reach us`)
    socket.origin = origin
    return portsOf(socket, undefined, door)
  }
}

function portsOf(udp: Socket | undefined, tcp: TcpListener | undefined, door: Door): Ports {
  return {
    address: udp?.udp.local ?? tcp?.local ?? { host: '', port: 0 },
    udpStats: udp?.udp.stats ?? statsOfNone,
    async close(code) {
      tcp?.close()
      udp?.driver.closeAll(code)
      await Promise.all([udp?.driver.stop(), door.close(code)])
    },
  }
}

/** In the order in which they are tried: both families by one socket where the system has IPv6, else IPv4. */
function placesOf({ address, family }: PortOptions): readonly Place[] {
  if (address !== undefined) return [{ host: canonical(address), isSixOnly: false }]
  const four = { host: '0.0.0.0', isSixOnly: false }
  if (family === 4) return [four]
  if (family === 6) return [{ host: '::', isSixOnly: true }]
  return [{ host: '::', isSixOnly: false }, four]
}

async function openUdp(options: PortOptions, pool: SlabPool): Promise<[Socket, Place]> {
  const { port } = options
  return await firstOf('UDP', options, placesOf(options), async place => {
    const { host, isSixOnly } = place
    return [await openSocket(options, { bind: { host, port }, isSixOnly }, true, pool), place]
  })
}

async function listenTcp(
  options: PortOptions,
  places: readonly Place[],
  port: number,
  { onConnection }: Door,
): Promise<TcpListener> {
  return await firstOf('TCP', { ...options, port }, places, ({ host, isSixOnly }) =>
    options.host.listenTcp({ bind: { host, port }, isSixOnly, onConnection }),
  )
}

/** The first place that can be had; another is tried only where the system lacks the family. */
async function firstOf<Got>(
  name: 'UDP' | 'TCP',
  { address = '', port }: PortOptions,
  places: readonly Place[],
  open: (place: Place) => Promise<Got>,
): Promise<Got> {
  let problem: NodeJS.ErrnoException = {} as NodeJS.ErrnoException
  for (const place of places) {
    try {
      return await open(place)
    } catch (error) {
      if (error instanceof PfsError) throw error
      problem = error as NodeJS.ErrnoException
      if (problem.code !== 'EAFNOSUPPORT' && problem.code !== 'EADDRNOTAVAIL') break
    }
  }
  throw bindFault(`${name} ${formatAddress({ host: address, port })}`, problem)
}

function bindFault(where: string, cause: NodeJS.ErrnoException): PfsError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new PfsError('PFS_PORT', `${where} is in use`, {
        cause,
        hint: 'Another pfs may run here: choose another port.',
      })
    case 'EACCES':
      return new PfsError('PFS_PORT', `${where} may not be used`, {
        cause,
        hint: 'Choose a port above 1023.',
      })
    default:
      return new PfsError('PFS_USAGE', `cannot listen on ${where}: ${cause.code ?? cause.message}`, {
        cause,
      })
  }
}
