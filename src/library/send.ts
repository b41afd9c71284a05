// send() as programs call it: what may be left out filled in, whatever has bytes made a stream. The work is transfer/session's.

import { PfsError } from '../base/errors.ts'
import { directories } from '../transfer/directories.ts'
import type * as session from '../transfer/events.ts'
import { send as run } from '../transfer/session.ts'
import type { Ticket } from '../transfer/ticket.ts'
import { isPort, portDefault } from './ports.ts'
import { type ByteSource, chunksOf } from './sources.ts'
import { parseTicket } from './tickets.ts'
import { begin, expectAll, type Hooks, type Transfer, type TransferOptions } from './transfer.ts'

/** What to send, and where to: `paths` or `stream`, and `host` or `ticket`. */
export interface SendOptions
  extends TransferOptions,
    Pick<session.SendOptions, 'links' | 'preservesOwner' | 'rules' | 'isDryRun'> {
  /** One regular file, or whatever makes a tree. A name that is no text is given as its bytes. */
  readonly paths?: string | readonly (string | Uint8Array)[]
  /** In place of paths: bytes, read only as fast as they are sent, and the file name they get at the receiver. */
  readonly stream?: { readonly name: string; readonly chunks: ByteSource }
  /** A name or an IP address. May be left out where the ticket says it. */
  readonly host?: string
  /** UDP; default that of the ticket, else 9419. */
  readonly port?: number
  /** By which the receiver lets us in: the line it wrote, or what parseTicket made of it. */
  readonly ticket?: string | Ticket
}

/**
 * Sends a file, a tree or a stream to a peer that receives: `pfs recv`, or `receive` in another program.
 *
 * Resolves when the receiver has all of it, verified and durable (of a dry run: when it has answered; `planned` says what
 * would travel). The receiver's key is pinned at first contact and insisted on afterwards. A transfer that was cut short
 * goes on where it was when the same is sent again.
 *
 * @returns the transfer: await it, or iterate it for events. Sizes are bytes, durations microseconds.
 * @throws PfsError (as a rejection) with a code of `failures`; `retryable` says whether the same call may help:
 * PFS_USAGE options that contradict each other, PFS_NOT_FOUND no such file or host, PFS_READ the source failed,
 * PFS_SOURCE_CHANGED it changed meanwhile, PFS_UNREACHABLE nobody answers, PFS_STALLED the peer fell silent,
 * PFS_REFUSED it said no, PFS_KEY_CHANGED it is not who it was, PFS_EXISTS the target is there and different,
 * PFS_DISK_FULL or PFS_WRITE at the receiver, PFS_PARTIAL (a PartialTransferError) some files of a tree were not sent,
 * PFS_LIMIT `maxWireBytes` was reached, PFS_CANCELLED the receiver stopped it, PFS_INTERRUPTED this side did.
 * @example
 * ```js
 * await send({ paths: ['big.iso'], host: '192.168.1.7', signal: AbortSignal.timeout(60_000) })
 * await send({ stream: { name: 'log.txt', chunks: response.body }, ticket: 'pfs://…' })
 * ```
 */
export function send(options: SendOptions): Transfer<session.TransferSummary> {
  return begin(options, async hooks => expectAll(await run(complete(options, hooks))))
}

function complete(options: SendOptions, hooks: Hooks): session.SendOptions {
  const { paths, stream, host, port, ticket, ...rest } = options
  const read = typeof ticket === 'string' ? parseTicket(ticket) : ticket
  const place = { host: host ?? read?.host ?? '', port: port ?? read?.port ?? portDefault }
  if (place.host === '') throw new PfsError('PFS_USAGE', 'where to send: a host, or a ticket')
  if (!isPort(place.port) || place.port === 0) throw new PfsError('PFS_USAGE', `${place.port} is not a port`)
  const listed = typeof paths === 'string' ? [paths] : (paths ?? [])
  if (listed.length > 0 === (stream !== undefined)) {
    throw new PfsError('PFS_USAGE', 'what to send: paths, or a stream')
  }
  return {
    ...rest,
    ...hooks,
    ...place,
    directories: options.directories ?? directories(),
    paths: listed,
    ...(stream ? { stream: { name: stream.name, chunks: chunksOf(stream.chunks) } } : {}),
    ...(read ? { ticket: read } : {}),
  }
}
