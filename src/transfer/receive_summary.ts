// What a reception leaves behind for its owner. Plain data from plain data.

import { toHex } from '../base/bytes.ts'
import type { Channel } from './channel.ts'
import type { TransferSummary } from './events.ts'
import type { ReceivingResult } from './receiving.ts'

/** Files of a tree that are named one by one when they did not come to their place. */
const failuresToldMax = 1_000

export function receiveSummary(
  channel: Channel,
  name: string,
  { blob, stats }: ReceivingResult,
  startedMillis: number,
): TransferSummary {
  const failed = stats.failed ?? []
  return {
    direction: 'recv',
    name,
    path: stats.path,
    sizeBytes: stats.size,
    wireBytes: channel.wireBytes,
    reusedBytes: stats.reusedBytes,
    elapsedMicros: (Date.now() - startedMillis) * 1000,
    isUnchanged: stats.isUnchanged,
    fileCount: stats.fileCount ?? 1,
    failures: failed
      .slice(0, failuresToldMax)
      .map(({ path, error }) => ({ path, code: error.code, message: error.message })),
    failureCount: stats.failureCount ?? 0,
    unwantedCount: stats.unwantedCount ?? 0,
    planned: undefined,
    suite: channel.suite,
    transport: channel.link.diagnosis,
    blobId: toHex(blob),
  }
}
