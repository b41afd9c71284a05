// Two pools made to hold the same blobs: each side lists what it holds, wants what it lacks, and the other offers it as
// an ordinary transfer that ends in the pool. Both ends run this, over one channel. PROTOCOL.md §15.10

import { toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { type Violation, wireCodes } from '../wire/codes.ts'
import { blobsMax } from '../wire/limits.ts'
import type { Message } from '../wire/message.ts'
import * as offerMessage from '../wire/messages/offer.ts'
import * as refuseMessage from '../wire/messages/refuse.ts'
import * as syncEndMessage from '../wire/messages/sync_end.ts'
import * as syncListMessage from '../wire/messages/sync_list.ts'
import * as syncWantMessage from '../wire/messages/sync_want.ts'
import type { Channel, RoundSink } from './channel.ts'
import { offerOf } from './offering.ts'
import { outOfTurn } from './out_of_turn.ts'
import { Receiving } from './receiving.ts'
import { Sending } from './sending.ts'
import type { StorageThread } from './storage/thread.ts'

export interface SyncTally {
  sentBlobs: number
  receivedBlobs: number
  sentBytes: number
  receivedBytes: number
  /** Blobs that whoever listed them could not read after all. */
  passedOver: number
}

/** The transfer id of a blob is the beginning of its id. §15.10-2 */
const transferBytes = 16

/** Blobs of a peer's list that we take note of: 40 MB of memory, 32 TiB of content at the sizes files have. */
const listedMax = 1_000_000

export class PoolSync {
  readonly tally: SyncTally = {
    sentBlobs: 0,
    receivedBlobs: 0,
    sentBytes: 0,
    receivedBytes: 0,
    passedOver: 0,
  }
  readonly done: Promise<void>
  readonly #channel: Channel
  readonly #storage: StorageThread
  readonly #peerId: string
  readonly #hooks: { readonly onProgress: (tally: SyncTally) => void }
  #part = 0
  #isListed = false
  #hasTold = false
  readonly #theirs = new Map<string, number>()
  #ours: Set<string> | undefined
  readonly #wanted = new Set<string>()
  readonly #toSend: Uint8Array[] = []
  #isSending = false
  #sending: Sending | undefined
  readonly #receivings = new Map<string, Receiving>()
  /** Transfers of either side that were open: what still comes of them is ignored. §15.11-1 */
  readonly #ended = new Set<string>()
  #theyEnded = false
  #weEnded = false
  #resolve!: () => void
  #reject!: (error: PfsError) => void

  constructor(
    channel: Channel,
    storage: StorageThread,
    peerId: string,
    hooks: { readonly onProgress: (tally: SyncTally) => void },
  ) {
    this.#channel = channel
    this.#storage = storage
    this.#peerId = peerId
    this.#hooks = hooks
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.done.catch(() => {})
  }

  /** Says what we hold; the responder does so when the initiator has begun. */
  async begin(): Promise<void> {
    if (this.#hasTold) return
    this.#hasTold = true
    const blobs = await this.#storage.call('listBlobs', [])
    this.#ours = new Set(blobs.map(({ blob }) => toHex(blob)))
    for (let part = 0, at = 0; part === 0 || at < blobs.length; part++, at += blobsMax) {
      const isLast = at + blobsMax >= blobs.length
      this.#channel.send({ type: syncListMessage.type, part, isLast, blobs: blobs.slice(at, at + blobsMax) })
    }
    this.#want()
  }

  fail(error: PfsError): void {
    this.#sending?.fail(error)
    for (const receiving of this.#receivings.values()) receiving.fail(error)
    this.#reject(error)
  }

  isItsMessage(message: Message): boolean {
    if (!('transfer' in message)) return false
    const transfer = toHex(message.transfer)
    const isOpen = this.#receivings.has(transfer) || this.#sending?.transfer === transfer
    return isOpen || this.#ended.has(transfer) || this.#wantedAs(transfer) !== undefined
  }

  onMessage(message: Message): Violation | undefined {
    switch (message.type) {
      case syncListMessage.type:
        return this.#onList(message)
      case syncWantMessage.type:
        return this.#onWant(message)
      case syncEndMessage.type:
        if (this.#theyEnded || !this.#isListed) return outOfTurn('the end of a sync')
        this.#theyEnded = true
        this.#settle()
        return undefined
      case offerMessage.type:
        return this.#onOffer(message)
      default: {
        if (!('transfer' in message)) return outOfTurn('a message of no transfer')
        const transfer = toHex(message.transfer)
        if (this.#sending?.transfer === transfer) return this.#sending.onMessage(message)
        const receiving = this.#receivings.get(transfer)
        if (receiving) return receiving.onMessage(message)
        const wanted = message.type === refuseMessage.type ? this.#wantedAs(transfer) : undefined
        if (wanted) return this.#passOver(transfer, wanted)
        return this.#ended.has(transfer) ? undefined : outOfTurn('a transfer that is not open') // §15.11-1
      }
    }
  }

  /** The blob we asked for whose transfer this is: it is named by the beginning of the blob's id. §15.10 */
  #wantedAs(transfer: string): string | undefined {
    for (const blob of this.#wanted) if (blob.startsWith(transfer)) return blob
    return undefined
  }

  /** They listed it, and cannot read it any more: the others still come. §15.10-2 */
  #passOver(transfer: string, blob: string): undefined {
    this.tally.passedOver++
    this.#receivings.delete(transfer)
    this.#ended.add(transfer)
    this.#wanted.delete(blob)
    this.#settle()
    return undefined
  }

  openRound(transfer: string, round: number): RoundSink | 'closed' | 'out_of_turn' {
    const receiving = this.#receivings.get(transfer)
    if (receiving) return receiving.openRound(round)
    return this.#ended.has(transfer) ? 'closed' : 'out_of_turn'
  }

  #onList(list: syncListMessage.SyncList): Violation | undefined {
    if (this.#isListed || list.part !== this.#part++) return outOfTurn('a part of a list') // §15.10-1
    for (const { blob, size } of list.blobs) {
      if (this.#theirs.size < listedMax) this.#theirs.set(toHex(blob), size)
    }
    this.#isListed = list.isLast
    if (!list.isLast) return undefined
    if (this.#hasTold) this.#want()
    else this.begin().catch((error: PfsError) => this.fail(error))
    return undefined
  }

  /** Both lists are there: ask for what we lack. */
  #want(): void {
    const ours = this.#ours
    if (!this.#isListed || !ours) return
    for (const blob of this.#theirs.keys()) if (!ours.has(blob)) this.#wanted.add(blob)
    const blobs = [...this.#wanted].map(blob => new Uint8Array(Buffer.from(blob, 'hex')))
    for (let at = 0; at < blobs.length; at += blobsMax) {
      this.#channel.send({ type: syncWantMessage.type, blobs: blobs.slice(at, at + blobsMax) })
    }
    this.#settle()
  }

  #onWant(want: syncWantMessage.SyncWant): Violation | undefined {
    if (this.#theyEnded) return outOfTurn('a wish after the last')
    if (!this.#ours || want.blobs.some(blob => !this.#ours?.has(toHex(blob)))) {
      return outOfTurn('a blob that was not listed') // §15.10-1
    }
    this.#toSend.push(...want.blobs)
    this.#sendNext()
    return undefined
  }

  #sendNext(): void {
    if (this.#isSending) return
    const blob = this.#toSend.shift()
    if (!blob) return this.#settle()
    this.#isSending = true
    this.#send(blob).catch((error: PfsError) => this.fail(error))
  }

  async #send(blob: Uint8Array): Promise<void> {
    const transfer = blob.subarray(0, transferBytes)
    try {
      await this.#sendBlob(blob)
    } catch (error) {
      // only a blob that is not readable any more: everything else ends the sync
      if (!(error instanceof PfsError) || error.code !== 'PFS_POOL') throw error
      const { code } = wireCodes.SOURCE_FAILED
      if (!this.#sending) this.#channel.send({ type: refuseMessage.type, transfer, code, text: '' })
      this.tally.passedOver++
    }
    this.#ended.add(toHex(transfer))
    this.#sending = undefined
    this.#isSending = false
    this.#sendNext()
  }

  async #sendBlob(blob: Uint8Array): Promise<void> {
    const { handle, prepared } = await this.#storage.call('prepareBlob', [blob])
    try {
      const source = { handle, prepared }
      const offer = offerOf(source, 'blob')
      const hooks = { onPhase: () => {}, onProgress: () => {} }
      const sending = new Sending(this.#channel, this.#storage, source, offer, hooks)
      this.#sending = sending
      this.#storage.listenSource(handle, event => sending.onSource(event))
      this.#channel.send(offer)
      await sending.result
    } finally {
      await this.#storage.call('closeSource', [handle])
      this.#storage.forget(handle)
    }
    this.tally.sentBlobs++
    this.tally.sentBytes += prepared.size
    this.#hooks.onProgress(this.tally)
  }

  #onOffer(offer: offerMessage.Offer): Violation | undefined {
    const blob = offer.blob ? toHex(offer.blob) : ''
    const isOpen = this.#receivings.has(toHex(offer.transfer))
    if (offer.kind !== 'blob' || !this.#wanted.has(blob) || isOpen)
      return outOfTurn('a blob that nobody wants') // §15.2-4
    const placement = { directory: '', onConflict: 'overwrite' as const, mayShare: true }
    const onConflict = async () => 'overwrite' as const
    const hooks = { onPhase: () => {}, onProgress: () => {}, onConflict }
    const receiving = new Receiving(this.#channel, this.#storage, offer, this.#peerId, placement, hooks)
    this.#receivings.set(receiving.transfer, receiving)
    receiving.confirm()
    void receiving.look()
    receiving.result.then(
      () => {
        this.tally.receivedBlobs++
        this.tally.receivedBytes += offer.size
        this.#receivings.delete(receiving.transfer)
        this.#ended.add(receiving.transfer)
        this.#wanted.delete(blob)
        this.#hooks.onProgress(this.tally)
        this.#settle()
      },
      (error: PfsError) => {
        // what the other side says of its own source, and no fault of ours
        if (error.code === 'PFS_READ') this.#passOver(receiving.transfer, blob)
        else this.fail(error)
      },
    )
    return undefined
  }

  /** We want nothing more: say so once. Over, when neither wants anything and all was sent. */
  #settle(): void {
    if (!this.#weEnded && this.#isListed && this.#hasTold && this.#ours && this.#wanted.size === 0) {
      this.#weEnded = true
      this.#channel.send({ type: syncEndMessage.type })
    }
    if (this.#weEnded && this.#theyEnded && !this.#isSending && this.#toSend.length === 0) this.#resolve()
  }
}
