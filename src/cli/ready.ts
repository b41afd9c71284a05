// What `pfs recv` says when it listens: the exact line to run on the other machine, for every address it may be
// reached at. Knows the machine's interfaces only as they are handed in.

import type { NetworkInterfaceInfo } from 'node:os'
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

/** The lines to show, the command lines indented by two. */
export function readyLines(hosts: readonly string[], port: number, fingerprint: string): string[] {
  return [
    'Ready. On the other machine run:',
    ...hosts.map(host => `  pfs send FILE ${formatPlace({ host, port })}`),
    `Our fingerprint is ${fingerprint}: the sender shows the same.`,
  ]
}
