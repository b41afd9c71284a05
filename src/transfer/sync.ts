// `pfs pool sync HOST`: our pool and that of a peer that runs `pfs recv` and knows us hold the same blobs afterwards.

import { PfsError } from '../base/errors.ts'
import { formatPeerId } from '../crypto/identity.ts'
import { wireCodes } from '../wire/codes.ts'
import { Channel } from './channel.ts'
import { contact, placeName } from './contact.ts'
import type { SyncOptions, SyncSummary } from './events.ts'
import { PoolSync } from './pool_sync.ts'
import { setUp } from './setup.ts'
import type { StorageThread } from './storage/thread.ts'

/** Time for a last message to leave before the process may end. */
const lastWordMillis = 50

export async function syncPools(options: SyncOptions, opening: Promise<StorageThread>): Promise<SyncSummary> {
  const setup = await setUp(options, opening)
  const startedMillis = Date.now()
  try {
    options.onEvent({ kind: 'phase', phase: 'connecting' })
    const link = await contact(setup, options, options, new Uint8Array(0))
    const channel: Channel = new Channel(link, {
      onMessage: message => sync.onMessage(message),
      openRound: (transfer, round) => sync.openRound(transfer, round),
      onConfirmed: () => {},
      onDrain: () => {},
      onClosed: error =>
        sync.fail(error ?? new PfsError('PFS_CANCELLED', `${placeName(options)} closed the connection`)),
    })
    const sync = new PoolSync(channel, setup.storage, formatPeerId(link.remoteStatic), {
      onProgress: ({ sentBytes, receivedBytes }) => {
        const doneBytes = sentBytes + receivedBytes
        const { wireBytes } = channel
        const nothing = { totalBytes: 0, reusedBytes: 0, checkedBytes: 0, doneFiles: 0, totalFiles: 0 }
        options.onEvent({ kind: 'progress', doneBytes, wireBytes, ...nothing })
      },
    })
    const cancel = (): void => {
      link.close(wireCodes.CANCELLED.code)
      sync.fail(new PfsError('PFS_INTERRUPTED'))
    }
    options.signal.addEventListener('abort', cancel, { once: true })
    options.onEvent({ kind: 'phase', phase: 'transferring' })
    try {
      await sync.begin()
      await sync.done
    } catch (error) {
      link.close(wireCodes.CANCELLED.code, 'the sync failed on the other side')
      await new Promise(resolve => setTimeout(resolve, lastWordMillis))
      throw error
    }
    options.signal.removeEventListener('abort', cancel)
    await link.finish().catch(() => {})
    return { ...sync.tally, wireBytes: channel.wireBytes, elapsedMicros: (Date.now() - startedMillis) * 1000 }
  } finally {
    await setup.qlog?.close()
    await setup.storage.close()
  }
}
