// syncPools() as programs call it. The work is transfer/session's.

import { directories } from '../transfer/directories.ts'
import type { SyncSummary } from '../transfer/events.ts'
import { syncPools as run } from '../transfer/session.ts'
import { portDefault } from './ports.ts'
import { begin, type Transfer, type TransferOptions } from './transfer.ts'

/** Whose pool shall hold the same as ours. */
export interface SyncOptions extends TransferOptions {
  /** A name or an IP address where `receive` or `pfs recv` runs and knows us. */
  readonly host: string
  /** UDP; default 9419. */
  readonly port?: number
}

/**
 * Makes our pool and that of a peer hold the same blobs.
 * @returns the transfer, which resolves when they do. Sizes are bytes, durations microseconds.
 * @throws PfsError (as a rejection): PFS_UNREACHABLE, PFS_STALLED, PFS_REFUSED, PFS_KEY_CHANGED, PFS_WRONG_SEED the pools
 * have different seeds, PFS_POOL ours is missing or damaged, PFS_INTERRUPTED this side stopped it
 */
export function syncPools(options: SyncOptions): Transfer<SyncSummary> {
  return begin(options, hooks =>
    run({
      ...options,
      ...hooks,
      port: options.port ?? portDefault,
      directories: options.directories ?? directories(),
    }),
  )
}
