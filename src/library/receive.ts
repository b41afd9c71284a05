// receive() as programs call it: into a directory or a stream, once or one after the other. Who is let in is the program's to
// say, and nobody is where it says nothing. The work is transfer/session's and transfer/sink's.

import { PfsError } from '../base/errors.ts'
import { directories } from '../transfer/directories.ts'
import type * as session from '../transfer/events.ts'
import { receive as run } from '../transfer/session.ts'
import { type ByteSink, receiveInto } from '../transfer/sink.ts'
import { isPort, portDefault } from './ports.ts'
import type { TicketSecret } from './tickets.ts'
import { begin, expectAll, type Hooks, type Transfer, type TransferOptions } from './transfer.ts'

/** Where to, and from whom: `directory` or `sink`. */
export interface ReceiveOptions
  extends TransferOptions,
    Pick<session.ReceiveOptions, 'decide' | 'preservesOwner' | 'takesTrees'> {
  /** Where files and trees are put, under the names the sender gives them. It must exist. */
  readonly directory?: string
  /**
   * In place of a directory: takes one file, and no tree. It is gathered among the journals, verified, and only then written,
   * as fast as the sink takes it: never a byte of it that is not right. The sink is ended after the last byte; where
   * nothing comes, it is destroyed or aborted.
   */
  readonly sink?: ByteSink
  /** UDP; default 9419. 0: the system chooses, and the event `listening` says which. */
  readonly port?: number
  /** When something different has the name; default `fail`. */
  readonly onConflict?: session.ConflictPolicy
  /** Who brings this secret is let in without being asked about. */
  readonly ticket?: TicketSecret
  /** Decides about a peer that is not among those that may send; absent: it is refused. One that throws has said no. */
  readonly accept?: (stranger: session.Stranger) => boolean | Promise<boolean>
  /** True: go on after the first transfer, until aborted. */
  readonly keep?: boolean
}

/**
 * Waits for a peer and takes what it sends: `pfs send`, or `send` in another program.
 *
 * Once (default): resolves when the object is in its place, verified and durable. With `keep`: goes on until aborted and then
 * resolves with undefined; each transfer tells its end as the event `done` or `failed`. Peers that were trusted with
 * `pfs peers trust`, or that bring the ticket, are let in; about any other `accept` is asked, and without it nobody is.
 *
 * @returns the transfer: await it, or iterate it for events: `listening` (hosts, port, peerId) is the first. Sizes are
 * bytes, durations microseconds.
 * @throws PfsError (as a rejection) with a code of `failures`: PFS_USAGE options that contradict each other, PFS_PORT the
 * port is taken, PFS_WRITE the directory or the sink does not take it, PFS_DISK_FULL, PFS_EXISTS the target is there and
 * different, PFS_CORRUPT what came was not what was named, PFS_STALLED the sender fell silent, PFS_CANCELLED it
 * stopped, PFS_PARTIAL (a PartialTransferError) some files are missing, PFS_INTERRUPTED this side stopped it.
 * @example
 * ```js
 * const { path } = await receive({ directory: 'in', accept: ({ peerId }) => friends.has(peerId) })
 * await receive({ sink: process.stdout, ticket })
 * ```
 */
export function receive(
  options: ReceiveOptions & { readonly keep?: false },
): Transfer<session.TransferSummary>
/**
 * Takes one transfer after the other until aborted.
 * @returns resolves with undefined once aborted; every outcome is an event
 */
export function receive(options: ReceiveOptions & { readonly keep: true }): Transfer<undefined>
/** Once or one after the other, as `keep` says. */
export function receive(options: ReceiveOptions): Transfer<session.TransferSummary | undefined>
export function receive(options: ReceiveOptions): Transfer<session.TransferSummary | undefined> {
  return begin(options, async hooks => {
    const { directory, sink, ...common } = complete(options, hooks)
    const summary =
      sink === undefined
        ? await run({ ...common, directory: directory ?? '' })
        : await receiveInto(sink, common)
    return summary && expectAll(summary)
  })
}

function complete(options: ReceiveOptions, hooks: Hooks) {
  const { port = portDefault, keep = false, directory, sink, accept } = options
  if ((directory === undefined) === (sink === undefined)) {
    throw new PfsError('PFS_USAGE', 'where to receive: a directory, or a sink')
  }
  if (sink && keep) throw new PfsError('PFS_USAGE', 'a sink takes one file, so it cannot be kept')
  if (!isPort(port)) throw new PfsError('PFS_USAGE', `${port} is not a port`)
  return {
    ...options,
    ...hooks,
    port,
    keep,
    directories: options.directories ?? directories(),
    onConflict: options.onConflict ?? ('fail' as const),
    accept: async (stranger: session.Stranger) => (await accept?.(stranger)) ?? false,
  }
}
