// Which addresses of ours a peer is to be reached from: as the user names them, by interface or by address. Asks the system
// what there is; opens nothing. PROTOCOL.md §4.3.

import { isIP, isIPv6 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { PfsError } from '../base/errors.ts'
import type { Address } from '../proto/address.ts'
import { pathsMax } from '../wire/limits.ts'

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * One address for each name, of the family of the peer's.
 *
 * @param peerHost an IP literal
 */
export function localsOf(
  names: readonly string[],
  peerHost: string,
  interfaces: Interfaces = networkInterfaces(),
): string[] {
  if (names.length > pathsMax)
    throw new PfsError('PFS_USAGE', `${names.length} paths: there may be ${pathsMax}`)
  const isSix = isIPv6(peerHost.split('%')[0] ?? '')
  return names.map(name => {
    if (isIP(name.split('%')[0] ?? '')) return name
    const known = interfaces[name] ?? []
    const family = isSix ? 'IPv6' : 'IPv4'
    const found = known.filter(({ family: of }) => of === family)
    // an address of the link alone is no way to anywhere else
    const best = found.find(({ address }) => !address.startsWith('fe80:')) ?? found[0]
    if (best) return best.address
    throw new PfsError('PFS_USAGE', `${name} is no interface with an ${family} address`, {
      hint: `This machine has ${Object.keys(interfaces).join(', ')}.`,
    })
  })
}

/** For each address that can be reached from all of them. Throws what the first one lacks where there is none. */
export function localsTo(
  names: readonly string[],
  addresses: readonly Address[],
): ReadonlyMap<Address, readonly string[]> {
  const found = new Map<Address, readonly string[]>()
  let lack: unknown
  for (const address of addresses) {
    try {
      found.set(address, localsOf(names, address.host))
    } catch (error) {
      lack ??= error
    }
  }
  if (found.size === 0 && lack !== undefined) throw lack
  return found
}
