// A ticket: all that a sender needs to be let in, in one line that the receiver's owner hands over. It names the place, the
// key that must answer there, and a secret that stands for the owner's yes. `pfs://HOST:PORT/PEERID.SECRET`. Pure.

import { formatPeerId, parsePeerId } from '../crypto/identity.ts'

export const secretBytes = 16

/** What the line says. */
export interface Ticket {
  readonly host: string
  readonly port: number
  readonly publicKey: Uint8Array
  /** 128 bits: nobody guesses it, so it may stand for a yes. PROTOCOL.md §15.2-8 */
  readonly secret: Uint8Array
}

export function formatTicket({ host, port, publicKey, secret }: Ticket): string {
  const place = host.includes(':') ? `[${host}]` : host
  return `pfs://${place}:${port}/${formatPeerId(publicKey)}.${Buffer.from(secret).toString('hex')}`
}

/** undefined: it is none, or something of it was lost on the way. */
export function parseTicket(text: string): Ticket | undefined {
  const [, place = '', digits = '', id = '', hex = ''] = spelling.exec(text.trim()) ?? []
  const publicKey = parsePeerId(id)
  const port = Number(digits)
  const host = place.replace(/^\[(.*)\]$/, '$1')
  if (!publicKey || host === '' || port < 1 || port > 65_535) return undefined
  return { host, port, publicKey, secret: new Uint8Array(Buffer.from(hex, 'hex')) }
}

const spelling = /^pfs:\/\/(\[[0-9A-Fa-f:.]+\]|[^\s/:[\]]+):(\d{1,5})\/([A-Za-z2-7]{52})\.([0-9a-f]{32})$/
