// A host as the user writes it becomes addresses, once, in the order in which they are tried. Knows names and IP literals;
// opens nothing.

import { lookup } from 'node:dns/promises'
import { isIP, isIPv6, SocketAddress } from 'node:net'
import { networkInterfaces } from 'node:os'
import { PfsError } from '../base/errors.ts'
import type { Address } from '../proto/address.ts'

/** The only IP version to use. */
export type Family = 4 | 6

/** The addresses of a name, the best first. Rejects with the system's error. */
export type Resolver = (name: string) => Promise<readonly string[]>

/** The system's, which puts what works from here first (RFC 6724), and asks for both families at once. */
export const systemResolver: Resolver = async name =>
  (await lookup(name, { all: true })).map(({ address }) => address)

/** Of one name: more would not be reached before the time is up. */
export const addressesMax = 6

export interface ResolveOptions {
  readonly family?: Family | undefined
  readonly resolver?: Resolver | undefined
}

/** At least one; the families take turns, from the better one on, so that neither waits for all of the other (RFC 8305 §4). */
export async function resolveHost(
  host: string,
  port: number,
  { family, resolver = systemResolver }: ResolveOptions = {},
): Promise<readonly Address[]> {
  if (isLiteral(host)) {
    const literal = canonical(host)
    if (family === undefined || familyOf(literal) === family) return [{ host: literal, port }]
    throw new PfsError('PFS_USAGE', `${host} is no IPv${family} address`)
  }
  const found = [...new Set((await resolved(host, resolver)).map(canonical))]
  const wanted = found.filter(one => family === undefined || familyOf(one) === family)
  if (wanted.length === 0) throw nameless(host, family === undefined ? 'address' : `IPv${family} address`)
  return inTurns(wanted)
    .slice(0, addressesMax)
    .map(one => ({ host: one, port }))
}

async function resolved(host: string, resolver: Resolver): Promise<readonly string[]> {
  try {
    return await resolver(host)
  } catch (error) {
    throw nameless(host, 'address', error)
  }
}

function nameless(host: string, what: string, cause?: unknown): PfsError {
  const isTemporary = (cause as NodeJS.ErrnoException | undefined)?.code === 'EAI_AGAIN'
  return new PfsError('PFS_NOT_FOUND', `the name ${host} has no ${what}`, {
    cause,
    retryable: isTemporary,
    hint: isTemporary ? 'The name server did not answer: try again.' : 'Check the spelling of the host.',
  })
}

function inTurns(hosts: readonly string[]): string[] {
  const first = familyOf(hosts[0] ?? '')
  const better = hosts.filter(host => familyOf(host) === first)
  const other = hosts.filter(host => familyOf(host) !== first)
  return hosts.flatMap((_, i) => [better.slice(i, i + 1), other.slice(i, i + 1)].flat())
}

const familyOf = (literal: string): Family => (literal.includes(':') ? 6 : 4)

const isLiteral = (host: string): boolean => isIP(host.split('%')[0] ?? '') !== 0

/**
 * As the system writes it, for what arrives is compared with it: `FD00:0::2` is `fd00::2`, a zone's number is its name
 * (fe80::1%2 is fe80::1%eth0), and an IPv4 address in IPv6's clothes is plain IPv4.
 */
export function canonical(literal: string): string {
  const [address = '', zone] = literal.split('%')
  if (!isIPv6(address)) return literal
  const plain = new SocketAddress({ address, family: 'ipv6' }).address
  if (plain.startsWith(mappedPrefix)) return plain.slice(mappedPrefix.length)
  return zone === undefined ? plain : `${plain}%${zoneName(zone)}`
}

function zoneName(zone: string): string {
  if (!/^\d+$/.test(zone)) return zone
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    if (addresses?.some(one => one.family === 'IPv6' && one.scopeid === Number(zone))) return name
  return zone
}

/** For people: `10.0.0.2:4440`, `[fd00::2]:4440`. An IPv4 peer of a socket for both families is shown as IPv4. */
export function formatAddress({ host, port }: Address): string {
  const plain = host.startsWith(mappedPrefix) ? host.slice(mappedPrefix.length) : host
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

const mappedPrefix = '::ffff:'
