// Where a peer is, as the host names it. Compared, and read only to tell which addresses are likely one owner's.

import { Writer } from '../base/bytes.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** Which of our own addresses the peer finds us at, where we have several: what goes there leaves from it. §4.2-7 */
  readonly local?: string
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host && a.local === b.local
}

/** What a MAC is made of. */
export function addressBytes({ host, port }: Address): Uint8Array {
  const w = new Writer(new Uint8Array(2 + host.length))
  w.u16(port)
  for (let i = 0; i < host.length; i++) w.u8(host.charCodeAt(i) & 0xff)
  return w.written()
}

/** Addresses that one owner has: all of an IPv6 /64, or one of IPv4. §5-21 */
export function networkOf(host: string): string {
  // IPv4, and IPv4 in IPv6's clothes
  if (!host.includes(':') || host.includes('.')) return host
  const [head = '', tail] = host.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':')
    while (groups.length + behind.length < 8) groups.push('0')
    groups.push(...behind)
  }
  return groups.slice(0, 4).join(':')
}
