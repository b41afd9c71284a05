// `pfs send PATH… HOST`: one file or one tree to one peer, from the first look at it to the peer's word that it is durable.
// A tree of which files changed while they were read is offered again as it is then. PROTOCOL.md §15.4-2

import { toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { formatPeerId } from '../crypto/identity.ts'
import type { Link } from '../net/link.ts'
import { wireCodes } from '../wire/codes.ts'
import { encodeMessage } from '../wire/message.ts'
import type { Offer } from '../wire/messages/offer.ts'
import { Channel } from './channel.ts'
import { contact, placeName } from './contact.ts'
import type { SendOptions, TransferSummary } from './events.ts'
import { offerOf, type SendingSource } from './offering.ts'
import { PathMemory } from './path_memory.ts'
import { ProgressWatch } from './progress_watch.ts'
import { RateLimit } from './rate_limit.ts'
import { summaryOf } from './send_summary.ts'
import { Sending } from './sending.ts'
import type { SendingResult } from './sending_result.ts'
import { type Setup, setUp } from './setup.ts'
import { closeSource, prepareSource } from './source_of.ts'
import type { StorageThread } from './storage/thread.ts'
import { feedStream } from './stream_feed.ts'
import { TreeAttempts } from './tree_attempts.ts'

/** Resolves when the receiver has it, verified and durable; rejects with a PfsError. */
export async function send(options: SendOptions, opening: Promise<StorageThread>): Promise<TransferSummary> {
  const setup = await setUp(options, opening)
  try {
    return await new Outgoing(setup, options).run()
  } finally {
    await setup.qlog?.close()
    await setup.storage.close()
  }
}

class Outgoing {
  readonly #setup: Setup
  readonly #options: SendOptions
  readonly #attempts = new TreeAttempts()
  readonly #startedMillis = Date.now()
  #sending: Sending | undefined
  #watch: ProgressWatch | undefined

  constructor(setup: Setup, options: SendOptions) {
    this.#setup = setup
    this.#options = options
  }

  async run(): Promise<TransferSummary> {
    const { onEvent } = this.#options
    const source = await this.#prepare()
    const offer = this.#offerOf(source)
    onEvent({ kind: 'phase', phase: 'connecting' })
    const { ticket } = this.#options
    const first = encodeMessage(offer)
    const pathMemory = new PathMemory(this.#options.directories.jobs)
    const met = { ...this.#options, pathMemory }
    const link = await contact(this.#setup, met, this.#options, first, ticket?.publicKey)
    const { prepared, tree } = source
    onEvent({
      kind: 'start',
      transfer: toHex(offer.transfer),
      direction: 'send',
      name: prepared.name,
      sizeBytes: prepared.size,
      fileCount: tree?.prepared.fileCount ?? 1,
      peerId: formatPeerId(link.remoteStatic),
      host: placeName(this.#options),
    })
    return await this.#over(link, source, offer)
  }

  async #prepare(): Promise<SendingSource> {
    const source = await prepareSource(this.#setup.storage, this.#options, this.#attempts.without)
    for (const failure of this.#attempts.takeNew(source.tree?.prepared.failures ?? []))
      this.#options.onEvent({ kind: 'file', state: 'failed', failure })
    return source
  }

  #offerOf(source: SendingSource): Offer {
    const { isDryRun = false, ticket, stream } = this.#options
    const kind = source.tree ? 'tree' : stream ? 'stream' : 'file'
    return offerOf(source, kind, { isInquiry: isDryRun, ...(ticket ? { ticket: ticket.secret } : {}) })
  }

  /** Everything that happens on one connection. */
  async #over(link: Link, first: SendingSource, offer: Offer): Promise<TransferSummary> {
    const { signal, stallMicros } = this.#options
    const host = placeName(this.#options)
    const channel = new Channel(link, {
      onMessage: message => this.#sending?.onMessage(message),
      openRound: () => 'out_of_turn',
      onConfirmed: () => {},
      onDrain: () => {},
      onClosed: error => this.#fail(error ?? new PfsError('PFS_CANCELLED', `${host} closed the connection`)),
    })
    const rates = this.#options.rates && new RateLimit(link, this.#options.rates)
    this.#sending = this.#begin(channel, first, offer)
    this.#feed(this.#sending, first)
    const watch = new ProgressWatch(stallMicros, () => {
      link.close(wireCodes.CANCELLED.code, 'nothing has gone forward for too long')
      this.#fail(new PfsError('PFS_STALLED', `${host} answers, and gets nowhere`, { retryable: true }))
    })
    this.#watch = watch
    const cancel = (): void => {
      link.close(wireCodes.CANCELLED.code, 'the sender stopped it')
      this.#fail(new PfsError('PFS_INTERRUPTED'))
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      if (signal.aborted) cancel()
      const summary = await this.#untilSent(channel, this.#sending, first)
      await link.finish().catch(() => {}) // the receiver may be gone: it has said DONE
      // a path that we held back ourselves, or TCP's, has shown nothing
      if (!rates && link.diagnosis.carrier === 'udp')
        new PathMemory(this.#options.directories.jobs).remember(placeName(this.#options), link.stats)
      if (!summary.planned) this.#tellAll(summary, toHex(offer.transfer))
      this.#options.onEvent({ kind: 'done', summary })
      return summary
    } catch (error) {
      // what we said last (REFUSE) should arrive; a peer that is gone need not be waited for
      link.finish().catch(() => {})
      await new Promise(resolve => setTimeout(resolve, lastWordMillis))
      throw error
    } finally {
      watch.stop()
      rates?.stop()
      signal.removeEventListener('abort', cancel)
    }
  }

  /** The receiver's word may come before the last acknowledgement: whoever looks at progress sees that all of it is there. */
  #tellAll({ sizeBytes, wireBytes, reusedBytes }: TransferSummary, transfer: string): void {
    const totalFiles = this.#sending?.amounts.totalFiles ?? 1
    const amounts = {
      doneBytes: sizeBytes,
      totalBytes: sizeBytes,
      checkedBytes: sizeBytes,
      wireBytes,
      reusedBytes,
      doneFiles: totalFiles,
      totalFiles,
    }
    this.#options.onEvent({ kind: 'progress', transfer, ...amounts })
  }

  async #untilSent(channel: Channel, first: Sending, source: SendingSource): Promise<TransferSummary> {
    for (let sending = first, sent = source; ; ) {
      try {
        return await this.#summaryOf(channel, sent, await sending.result)
      } catch (error) {
        const changed = sent.tree ? await this.#setup.storage.call('sourceFailures', [sent.handle]) : []
        if (!this.#attempts.mayFollow(error, changed)) throw error
      } finally {
        await closeSource(this.#setup.storage, sent)
      }
      sent = await this.#prepare()
      const offer = this.#offerOf(sent)
      sending = this.#begin(channel, sent, offer)
      this.#sending = sending
      channel.send(offer)
    }
  }

  #begin(channel: Channel, source: SendingSource, offer: Offer): Sending {
    const { onEvent, maxWireBytes = Number.POSITIVE_INFINITY } = this.#options
    const { storage } = this.#setup
    const transfer = toHex(offer.transfer)
    const sending = new Sending(channel, storage, source, offer, {
      onPhase: phase => {
        if (phase === 'asking') this.#watch?.pause()
        else this.#watch?.resume()
        onEvent({ kind: 'phase', phase, transfer })
      },
      onProgress: progress => {
        this.#watch?.touch()
        const { wireBytes } = channel
        onEvent({ kind: 'progress', transfer, wireBytes, ...progress })
        if (wireBytes > maxWireBytes) this.#stop(channel)
      },
    })
    storage.listenSource(source.handle, event => sending.onSource(event))
    if (source.tree) storage.listenSource(source.tree.listHandle, event => sending.onSource(event))
    return sending
  }

  async #summaryOf(channel: Channel, source: SendingSource, result: SendingResult): Promise<TransferSummary> {
    const indexes = result.failed.map(({ index }) => index)
    const paths =
      indexes.length > 0 ? await this.#setup.storage.call('sourcePaths', [source.handle, indexes]) : []
    const summary = summaryOf({
      options: this.#options,
      source,
      result,
      channel,
      paths,
      failures: this.#attempts.failures,
      elapsedMicros: (Date.now() - this.#startedMillis) * 1000,
    })
    for (const failure of summary.failures.slice(this.#attempts.failures.length))
      this.#options.onEvent({ kind: 'file', state: 'failed', failure })
    return summary
  }

  #feed(sending: Sending, { handle }: SendingSource): void {
    const { stream } = this.#options
    if (!stream) return
    feedStream(this.#setup.storage, handle, stream.chunks, () => !sending.isOver).catch((error: unknown) =>
      sending.abandon(error),
    )
  }

  #stop(channel: Channel): void {
    channel.close('CANCELLED', 'as much as the sender lets go')
    this.#fail(new PfsError('PFS_LIMIT', formatLimit(this.#options.maxWireBytes), { retryable: true }))
  }

  #fail(error: PfsError): void {
    this.#sending?.fail(error)
  }
}

const formatLimit = (bytes = 0): string => `${bytes} bytes on the wire`

/** Time for a last message to leave before the process may end. */
const lastWordMillis = 50
