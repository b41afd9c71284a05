// Tickets in a program's hands: made by who receives, written as one line, read by who sends. The wire's side of it is
// transfer/ticket; here a key is its peer id, as events have it.

import { PfsError } from '../base/errors.ts'
import { parsePeerId } from '../crypto/identity.ts'
import { randomBytes } from '../host/random.ts'
import { formatTicket as format, parseTicket as parse, secretBytes, type Ticket } from '../transfer/ticket.ts'

/** What `receive` lets somebody in by: a secret, and until when it is good. */
export interface TicketSecret {
  /** 16 random bytes. */
  readonly secret: Uint8Array
  /** Milliseconds since 1970. */
  readonly expiresMillis: number
}

/** A place, and the secret that opens its door. */
export interface TicketPlace {
  /** A name or an IP address by which the sender reaches the receiver. */
  readonly host: string
  readonly port: number
  /** The receiver's, from its event `listening`. */
  readonly peerId: string
  readonly secret: Uint8Array
}

/**
 * Makes the secret of a ticket, for `receive({ ticket })`.
 * @param validMillis for how long; default one hour
 */
export function createTicket(validMillis = 3_600_000): TicketSecret {
  return { secret: randomBytes(secretBytes), expiresMillis: Date.now() + validMillis }
}

/**
 * Writes a ticket as the line `pfs://HOST:PORT/PEERID.SECRET`, which whoever has it may send by: hand it over in private.
 * @throws PfsError PFS_USAGE when `peerId` is none
 */
export function formatTicket({ host, port, peerId, secret }: TicketPlace): string {
  const publicKey = parsePeerId(peerId)
  if (!publicKey || secret.length !== secretBytes) throw new PfsError('PFS_USAGE', 'not a ticket')
  return format({ host, port, publicKey, secret })
}

/**
 * Reads a ticket.
 * @param text the line that formatTicket or `pfs recv --ticket` wrote
 * @throws PfsError PFS_USAGE when it is none, or part of one
 */
export function parseTicket(text: string): Ticket {
  const ticket = parse(text)
  if (ticket) return ticket
  throw new PfsError('PFS_USAGE', 'this is not a ticket', {
    hint: 'A ticket is one line, pfs://HOST:PORT/ and 85 more characters: take all of it.',
  })
}
