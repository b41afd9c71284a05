// What `pfs recv` says when it listens: the exact line to run on the other machine, for every address it may be
// reached at. Knows the machine's interfaces only as they are handed in.

import type { NetworkInterfaceInfo } from 'node:os'
import { must } from '../base/assert.ts'
import { parsePeerId } from '../crypto/identity.ts'
import { formatTicket } from '../transfer/ticket.ts'
import { formatPlace } from './place.ts'

/** Addresses that stand for all of the machine's. */
const wildcards = new Set(['0.0.0.0', '::', ''])

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * The addresses another machine can use: of those we are bound to, or all non-internal ones. Link-local addresses are
 * left out, because they mean nothing without the other machine's own zone.
 */
export function reachableHosts(bound: readonly string[], interfaces: Interfaces): string[] {
  const named = bound.filter(host => !wildcards.has(host))
  if (named.length > 0) return [...new Set(named)]
  const all = Object.values(interfaces).flatMap(infos => infos ?? [])
  const usable = all.filter(info => !info.internal && !/^fe80:/i.test(info.address) && !isBuiltAlone(info))
  const hosts = [
    ...usable.filter(info => info.family === 'IPv4'),
    ...usable.filter(info => info.family !== 'IPv4'),
  ]
  // a machine without a network can still be sent to by itself
  return hosts.length > 0 ? [...new Set(hosts.map(info => info.address))] : ['127.0.0.1']
}

/** 169.254/16 is what a machine gives itself when nobody gave it an address. */
const isBuiltAlone = (info: NetworkInterfaceInfo): boolean => info.address.startsWith('169.254.')

/** What the sender is to name: the place, or with a secret the ticket for it. */
export function placesOf(of: {
  readonly hosts: readonly string[]
  readonly port: number
  readonly peerId: string
  readonly secret: Uint8Array | undefined
}): string[] {
  const { hosts, port, secret } = of
  if (!secret) return hosts.map(host => formatPlace({ host, port }))
  const publicKey = must(parsePeerId(of.peerId), 'our own id is one')
  return hosts.map(host => formatTicket({ host, port, publicKey, secret }))
}

/** The lines to show, the command lines indented by two. */
export function readyLines(places: readonly string[], fingerprint: string): string[] {
  return [
    'Ready. On the other machine run:',
    ...places.map(place => `  pfs send FILE ${place}`),
    `Our fingerprint is ${fingerprint}: the sender shows the same.`,
  ]
}
