// `pfs send FILE HOST`: one file to one peer, from the first look at the file to the peer's word that it is durable.

import { toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { formatPeerId } from '../crypto/identity.ts'
import { wireCodes } from '../wire/codes.ts'
import { encodeMessage } from '../wire/message.ts'
import { Channel } from './channel.ts'
import { contact, placeName } from './contact.ts'
import type { SendOptions, TransferSummary } from './events.ts'
import { ProgressWatch } from './progress_watch.ts'
import { offerOf, Sending, type SendingResult } from './sending.ts'
import { type Setup, setUp } from './setup.ts'
import type { StorageThread } from './storage/thread.ts'

/** Resolves when the receiver has the file, verified and durable; rejects with a PfsError. */
export async function send(options: SendOptions, opening: Promise<StorageThread>): Promise<TransferSummary> {
  const setup = await setUp(options, opening)
  try {
    return await sendFile(setup, options)
  } finally {
    await setup.storage.close()
  }
}

async function sendFile(setup: Setup, options: SendOptions): Promise<TransferSummary> {
  const { storage } = setup
  const { onEvent, signal } = options
  const { handle, prepared } = await storage.call('prepareFile', [options.path])
  const offer = offerOf(prepared, 'file')
  const startedMillis = Date.now()
  onEvent({ kind: 'phase', phase: 'connecting' })
  const link = await contact(setup, options, options, encodeMessage(offer))
  const totalBytes = prepared.size
  const host = placeName(options)
  const peerId = formatPeerId(link.remoteStatic)
  onEvent({ kind: 'start', direction: 'send', name: prepared.name, sizeBytes: totalBytes, peerId, host })
  const channel = new Channel(link, {
    onMessage: message => sending.onMessage(message),
    openRound: () => 'out_of_turn',
    onConfirmed: () => {},
    onDrain: () => {},
    onClosed: error => sending.fail(error ?? new PfsError('PFS_CANCELLED', `${host} closed the connection`)),
  })
  const sending = new Sending(channel, storage, handle, prepared, offer, {
    onPhase: phase => {
      if (phase === 'asking') watch.pause()
      else watch.resume()
      onEvent({ kind: 'phase', phase })
    },
    onProgress: (doneBytes, reusedBytes, checkedBytes) => {
      watch.touch()
      const { wireBytes } = channel
      onEvent({ kind: 'progress', doneBytes, totalBytes, wireBytes, reusedBytes, checkedBytes })
    },
  })
  storage.listenSource(handle, event => sending.onSource(event))
  const watch = new ProgressWatch(options.stallMicros, () => {
    link.close(wireCodes.CANCELLED.code, 'nothing has gone forward for too long')
    sending.fail(new PfsError('PFS_STALLED', `${host} answers, and gets nowhere`, { retryable: true }))
  })
  const cancel = (): void => {
    link.close(wireCodes.CANCELLED.code, 'the sender stopped it')
    sending.fail(new PfsError('PFS_INTERRUPTED'))
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (signal.aborted) cancel()
    const result = await sending.result
    await link.finish().catch(() => {}) // the receiver may be gone: it has said DONE
    const summary = summaryOf(options.path, prepared, result, channel, startedMillis)
    onEvent({ kind: 'done', summary })
    return summary
  } catch (error) {
    // what we said last (REFUSE) should arrive; a peer that is gone need not be waited for
    link.finish().catch(() => {})
    await new Promise(resolve => setTimeout(resolve, lastWordMillis))
    throw error
  } finally {
    watch.stop()
    signal.removeEventListener('abort', cancel)
  }
}

/** Time for a last message to leave before the process may end. */
const lastWordMillis = 50

function summaryOf(
  path: string,
  prepared: { readonly name: string; readonly size: number },
  result: SendingResult,
  { wireBytes, suite, link }: Channel,
  startedMillis: number,
): TransferSummary {
  return {
    direction: 'send',
    name: prepared.name,
    path,
    sizeBytes: prepared.size,
    wireBytes,
    reusedBytes: result.reusedBytes,
    elapsedMicros: (Date.now() - startedMillis) * 1000,
    isUnchanged: result.isUnchanged,
    suite,
    transport: link.diagnosis,
    blobId: toHex(result.blob),
  }
}
