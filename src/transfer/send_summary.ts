// What a sending leaves behind for its owner. Plain data from plain data.

import { toHex } from '../base/bytes.ts'
import { codeFault } from '../net/faults.ts'
import type { Channel } from './channel.ts'
import type { FileFailure, SendOptions, TransferSummary } from './events.ts'
import type { SendingSource } from './offering.ts'
import type { SendingResult } from './sending_result.ts'

export interface Sent {
  readonly options: SendOptions
  readonly source: SendingSource
  readonly result: SendingResult
  readonly channel: Channel
  /** Of the entries that the receiver could not put in place. */
  readonly paths: readonly string[]
  /** What could not be sent. */
  readonly failures: readonly FileFailure[]
  readonly elapsedMicros: number
}

export function summaryOf({ options, source, result, channel, ...sent }: Sent): TransferSummary {
  const { prepared, tree } = source
  const { failed, failures } = result
  const unplaced = failed.map(({ code }, i): FileFailure => {
    const fault = codeFault(code, '', 'said by the receiver')
    return {
      path: sent.paths[i] ?? '',
      code: fault?.code ?? 'PFS_WRITE',
      message: fault?.message ?? 'the receiver could not put it in place',
    }
  })
  return {
    direction: 'send',
    name: prepared.name,
    path: options.paths.map(path => Buffer.from(path).toString()).join(', '),
    sizeBytes: result.sizeBytes,
    wireBytes: channel.wireBytes,
    reusedBytes: result.reusedBytes,
    elapsedMicros: sent.elapsedMicros,
    isUnchanged: result.isUnchanged,
    fileCount: tree?.prepared.fileCount ?? 1,
    failures: [...sent.failures, ...unplaced],
    failureCount: sent.failures.length + failures,
    unwantedCount: result.unwantedCount,
    planned: result.planned,
    suite: channel.suite,
    transport: channel.link.diagnosis,
    blobId: toHex(result.blob),
  }
}
