// HOST[:port] as the user writes it, and as we print it for the user to write. Pure; whether the host exists is the
// transport's business.

import { isIPv6 } from 'node:net'
import { PfsError } from '../base/errors.ts'
import { portDefault } from '../config/table.ts'
import { parsePort } from './sizes.ts'

export { portDefault }

export interface Place {
  readonly host: string
  readonly port: number
}

/** `host`, `host:port`, `10.0.0.2:9419`, `fd00::2`, `[fd00::2]:9419`. */
export function parsePlace(text: string): Place {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text)
  if (bracketed) {
    const [, host = '', port] = bracketed
    if (!isIPv6(withoutZone(host))) throw notAPlace(text)
    return { host, port: port === undefined ? portDefault : parsePort(port) }
  }
  if (isIPv6(withoutZone(text))) return { host: text, port: portDefault }
  const [host = '', port, ...rest] = text.split(':')
  if (!hostName.test(host) || rest.length > 0) throw notAPlace(text)
  return { host, port: port === undefined ? portDefault : parsePort(port) }
}

/** The shortest writing that parsePlace reads as this place. */
export function formatPlace({ host, port }: Place): string {
  if (port === portDefault) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

// letters of any script are for the resolver to judge; what cannot be in a name is a slip of the shell
const hostName = /^[^\s/\\[\]@%-][^\s/\\[\]@%]*$/

const withoutZone = (host: string): string => host.replace(/%[\w.-]+$/, '')

const notAPlace = (text: string): PfsError =>
  new PfsError('PFS_USAGE', `${text} is not a host`, {
    hint: `Write HOST or HOST:PORT; an IPv6 address with a port as [fd00::2]:${portDefault}.`,
  })
