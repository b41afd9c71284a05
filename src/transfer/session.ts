// The faces of send, receive and sync, and where each runs. By default a worker thread drives the protocol: a caller
// whose own thread stands still (a long computation, a terminal stopped by Ctrl-S, whose writes block) must not fall
// silent towards the peer. `thread: 'main'` runs it on the caller's thread, for who embeds pfs where workers are not
// wanted, and accepts the silence. The storage thread is the protocol thread's own worker either way: what those two
// say to each other never waits for the caller.
//
// Measured on two cores, node 20, without the addon, both ends and the path on one machine. A receiver whose main thread
// stands still for 200 of every 250 ms: on that thread 0.10 Gbit/s instead of 0.57 and up to 231 ms without a word for
// what arrived; on a worker 0.51 instead of 0.49. A sender whose terminal is stopped: the peer gives it up after 30 s, or
// the transfer ends. The price of a worker: `pfs send` of 1 KiB takes 410 ms instead of 363, and 10 to 30 MB of memory
// for another heap. Undisturbed, 512 MiB take as long either way.

import { checkTarget } from './directories.ts'
import type {
  CommonOptions,
  ReceiveOptions,
  SendOptions,
  SyncOptions,
  SyncSummary,
  TransferSummary,
} from './events.ts'
import { type Result, runHere, type SessionName, type Sessions } from './session_kinds.ts'
import { runOnWorker } from './session_thread.ts'

/** Resolves when the receiver has the file, verified and durable; rejects with a PfsError. */
export const send = (options: SendOptions): Promise<TransferSummary> => run('send', options)

/**
 * Once: resolves with the transfer that ended well, rejects with why it did not. Keep: resolves when aborted; every
 * outcome is an event.
 */
export async function receive(options: ReceiveOptions): Promise<TransferSummary | undefined> {
  options.signal.throwIfAborted()
  checkTarget(options.directory)
  return await run('receive', options)
}

/** Resolves when both pools hold the same. */
export const syncPools = (options: SyncOptions): Promise<SyncSummary> => run('sync', options)

const threadDefault: NonNullable<CommonOptions['thread']> = 'worker'

async function run<Name extends SessionName>(
  name: Name,
  options: Sessions[Name]['options'],
): Promise<Result<Name>> {
  options.signal.throwIfAborted()
  const isHere = (options.thread ?? threadDefault) === 'main'
  return await (isHere ? runHere(name, options) : runOnWorker(name, options))
}
