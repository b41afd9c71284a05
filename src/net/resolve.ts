// A host as the user writes it becomes an address, once. Knows names and IP literals; opens nothing.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { PfsError } from '../base/errors.ts'
import type { Address } from '../proto/address.ts'

/** The first address the system names: its resolver puts the family first that works from here (RFC 6724). */
export async function resolveHost(host: string, port: number): Promise<Address> {
  // a zone belongs to the literal: fe80::1%eth0
  if (isIP(host.split('%')[0] ?? '')) return { host, port }
  try {
    const { address } = await lookup(host)
    return { host: address, port }
  } catch (error) {
    const isTemporary = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN'
    throw new PfsError('PFS_NOT_FOUND', `the name ${host} has no address`, {
      cause: error,
      retryable: isTemporary,
      hint: isTemporary ? 'The name server did not answer: try again.' : 'Check the spelling of the host.',
    })
  }
}

/** For people: `10.0.0.2:4440`, `[fd00::2]:4440`. An IPv4 peer of a socket for both families is shown as IPv4. */
export function formatAddress({ host, port }: Address): string {
  const plain = host.startsWith(mappedPrefix) ? host.slice(mappedPrefix.length) : host
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

const mappedPrefix = '::ffff:'
