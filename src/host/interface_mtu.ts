// How large a datagram may leave in one piece, from the MTU of the interface it leaves by. The portable socket cannot
// set the don't-fragment flag, so the core must never be told of more than this: the kernel would fragment behind its
// back. PROTOCOL.md §11.

import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

/** §4-4: the protocol's own limit, which only loopback and jumbo frames reach. */
export const datagramBytesLimit = 9216
/** An interface that does not say is taken for Ethernet. */
const mtuDefault = 1500
/** Every path carries this much (§11-1), whatever an interface claims. */
const datagramBytesLeast = 1200
/** IP and UDP headers: 20 + 8, 40 + 8. */
const overheadBytes = { 4: 28, 6: 48 } as const

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * @param localAddress the address that the route to the peer uses, or that a listener is bound to. The unspecified
 *   address stands for all: the smallest interface decides, and IPv4's header; datagramBytesMaxTo knows IPv6's
 */
export function datagramBytesMaxOf(
  localAddress: string,
  interfaces: Interfaces = networkInterfaces(),
  mtuOf: (name: string) => number | undefined = readMtu,
): number {
  const isAny = localAddress === '0.0.0.0' || localAddress === '::'
  const literal = localAddress.split('%')[0]
  let mtu: number | undefined
  for (const [name, addresses] of Object.entries(interfaces)) {
    const isMeant = addresses?.some(one => (isAny ? !one.internal : one.address === literal)) ?? false
    const found = isMeant ? (mtuOf(name) ?? mtuDefault) : undefined
    if (found !== undefined) mtu = Math.min(mtu ?? found, found)
  }
  const most = (mtu ?? mtuDefault) - overheadBytes[isIPv6(localAddress) && !isAny ? 6 : 4]
  return Math.max(datagramBytesLeast, Math.min(most, datagramBytesLimit))
}

/**
 * Of a socket that stands for all addresses of both families: what its peer at `to` can be sent in one piece.
 * @param most what the socket itself sends at most, by IPv4
 */
export function datagramBytesMaxTo(to: string, local: string, most: number): number {
  const isSix = local === '::' && isIPv6(to) && !to.startsWith('::ffff:')
  return isSix ? Math.max(datagramBytesLeast, most - (overheadBytes[6] - overheadBytes[4])) : most
}

/** Linux says it in a file; elsewhere it is unknown. */
function readMtu(name: string): number | undefined {
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'))
    return Number.isInteger(mtu) && mtu > 0 ? mtu : undefined
  } catch {
    return undefined
  }
}
