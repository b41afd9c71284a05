// One peer at our door: its link, whether it may come in, and the objects it offers. Trusted peers are answered in
// their first flight; a stranger waits until it is proven to be there and somebody has said yes. PROTOCOL.md §5-6

import { timingSafeEqual } from 'node:crypto'
import { equal, toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { MiB } from '../base/units.ts'
import { fingerprint, formatPeerId } from '../crypto/identity.ts'
import type { Link } from '../net/link.ts'
import { formatAddress } from '../net/resolve.ts'
import { type Violation, wireCodes } from '../wire/codes.ts'
import type { Message } from '../wire/message.ts'
import * as holdMessage from '../wire/messages/hold.ts'
import * as offerMessage from '../wire/messages/offer.ts'
import * as refuseMessage from '../wire/messages/refuse.ts'
import * as syncListMessage from '../wire/messages/sync_list.ts'
import { Channel, type RoundSink } from './channel.ts'
import type {
  Conflict,
  ConflictPolicy,
  ReceiveOptions,
  Stranger,
  TransferEvent,
  TransferSummary,
} from './events.ts'
import { outOfTurn } from './out_of_turn.ts'
import { PoolSync } from './pool_sync.ts'
import { RateLimit } from './rate_limit.ts'
import { receiveSummary } from './receive_summary.ts'
import { Receiving } from './receiving.ts'
import type { Setup } from './setup.ts'

/** What the house decides and hears. */
export interface House {
  readonly setup: Setup
  readonly options: ReceiveOptions
  /** False: another transfer is under way and this one must wait its turn. */
  mayBegin(admission: Admission, transfer: string): boolean
  onEnded(admission: Admission, outcome: TransferSummary | PfsError, transfer: string): void
  /** Its connection is over. */
  onGone(admission: Admission): void
}

/** Messages of a sync kept until somebody has decided: 45 KB each, lists of 64 Ki blobs. */
const waitingSyncMax = 64

/** Transfers of one connection that are under way at once. §15.11-3 */
const openMax = 16
/** Transfers of one connection that are remembered when they are over, so that what crosses their end is ignored. */
const endedMax = 1024
/** Answers that a peer lets wait before it counts as one that only asks: some 10,000 of them. */
const unheardBytesMax = MiB

export class Admission {
  readonly channel: Channel
  readonly peerId: string
  readonly #house: House
  readonly #link: Link
  readonly #receivings = new Map<string, Receiving>()
  readonly #ended = new Set<string>()
  /** Trees that changed while they were sent, and that come again as they are then. §15.4-2 */
  readonly #unfollowed = new Map<string, { readonly outcome: PfsError; readonly transfer: string }>()
  readonly #startedMillis = Date.now()
  readonly #rates: RateLimit | undefined
  #sync: PoolSync | undefined
  #isTrusted: boolean
  #isTurnedAway = false
  /** Something of this peer's was begun: it has been granted room, and may fill its windows. */
  #hasBegun = false
  #isAsking = false
  /** Offers of a stranger, until somebody has decided. */
  #waiting: offerMessage.Offer[] = []
  /** The beginning of a sync, likewise. */
  readonly #waitingSync: Message[] = []
  /** What the house hears once the first flight has proven to be no replay, and else never. §5-6 */
  #untold: (() => void)[] = []

  constructor(house: House, link: Link) {
    this.#house = house
    this.#link = link
    this.peerId = formatPeerId(link.remoteStatic)
    this.#isTrusted = house.setup.peers.maySend(link.remoteStatic)
    this.channel = new Channel(link, {
      onMessage: message => this.#onMessage(message),
      openRound: (transfer, round) => this.#openRound(transfer, round),
      // §15.3-4: nobody fills a window who was granted nothing; what was refused since may still be under way
      expectsLiterals: () => this.#hasBegun || this.#sync !== undefined,
      onConfirmed: () => this.#onConfirmed(),
      onDrain: () => {},
      onClosed: error => this.#onClosed(error),
    })
    const { rates } = house.options
    this.#rates = rates && new RateLimit(link, rates)
    link.accept()
  }

  /** Transfers that are under way. A first flight that may be a replay keeps nobody else waiting. */
  get open(): readonly string[] {
    return this.#link.isConfirmed ? this.#underWay() : []
  }

  #underWay(): readonly string[] {
    return [...this.#receivings].filter(([, receiving]) => !receiving.isOver).map(([transfer]) => transfer)
  }

  close(code: number): void {
    this.#link.close(code)
  }

  #whenConfirmed(tell: () => void): void {
    if (this.#link.isConfirmed) tell()
    else this.#untold.push(tell)
  }

  #tell(event: TransferEvent): void {
    this.#house.options.onEvent(event)
  }

  #onMessage(message: Message): Violation | undefined {
    if (message.type === offerMessage.type) return this.#onOffer(message)
    // §15.2-2: nothing else may come before the peer is proven to be there
    if (!this.#link.isConfirmed) return outOfTurn('a message in the first flight')
    if (message.type >= syncListMessage.type) return this.#onSync(message)
    if (this.#sync?.isItsMessage(message)) return this.#sync.onMessage(message)
    if (!('transfer' in message)) return outOfTurn('a message without a transfer')
    const transfer = toHex(message.transfer)
    const receiving = this.#receivings.get(transfer)
    if (receiving) return receiving.onMessage(message)
    const isOver =
      this.#ended.has(transfer) || (message.type === refuseMessage.type && this.#withdraw(transfer))
    return isOver ? undefined : outOfTurn('a transfer that is not open') // §15.11-1
  }

  #onOffer(offer: offerMessage.Offer): Violation | undefined {
    if (offer.kind === 'blob')
      return this.#sync ? this.#sync.onMessage(offer) : outOfTurn('a blob nobody wants')
    const transfer = toHex(offer.transfer)
    const known = this.#receivings.get(transfer)
    if (known) return known.reoffer(offer)
    if (this.#ended.has(transfer)) return outOfTurn('a second OFFER')
    if (this.#link.unheardBytes > unheardBytesMax) return outOfTurn('OFFERs by a peer that hears no answer')
    if (offer.kind === 'tree' && this.#house.options.takesTrees === false) {
      this.#refuse(offer, 'TARGET_FAILED', 'it takes one file, and no directory')
      return undefined
    }
    if (this.#waiting.some(({ transfer }) => equal(transfer, offer.transfer)))
      return outOfTurn('a second OFFER')
    if (this.#underWay().length + this.#waiting.length >= openMax) {
      this.#refuse(offer, 'BUSY', '')
      return undefined
    }
    if (this.#isTrusted || this.#isExpected(offer)) this.#begin(offer)
    else if (this.#isTurnedAway) this.#refuse(offer, 'REFUSED', strangerText)
    else {
      this.#waiting.push(offer)
      this.#ask()
    }
    return undefined
  }

  /** Its owner's yes came by the ticket, and holds for the connection. §15.2-8 */
  #isExpected({ ticket: secret }: offerMessage.Offer): boolean {
    const { ticket } = this.#house.options
    const isIt =
      secret !== undefined &&
      ticket !== undefined &&
      Date.now() < ticket.expiresMillis &&
      timingSafeEqual(secret, ticket.secret)
    if (isIt) this.#isTrusted = true
    return isIt
  }

  /** A sender that is through with its OFFER before anybody has decided: true when there was one. §15.4-1 */
  #withdraw(transfer: string): boolean {
    const before = this.#waiting.length
    this.#waiting = this.#waiting.filter(offer => toHex(offer.transfer) !== transfer)
    if (this.#waiting.length === before) return false
    this.#remember(transfer)
    return true
  }

  #refuse(offer: offerMessage.Offer, name: 'BUSY' | 'REFUSED' | 'TARGET_FAILED', text: string): void {
    const { code } = wireCodes[name]
    this.#remember(toHex(offer.transfer)) // what crosses it on the way is ignored: §15.4-1
    this.channel.send({ type: refuseMessage.type, transfer: offer.transfer, code, text })
  }

  /** It is over; of many, the last. */
  #remember(transfer: string): void {
    this.#receivings.delete(transfer)
    this.#ended.add(transfer)
    const [oldest] = this.#ended
    if (this.#ended.size > endedMax && oldest !== undefined) this.#ended.delete(oldest)
  }

  #begin(offer: offerMessage.Offer): void {
    const transfer = toHex(offer.transfer)
    if (!this.#house.mayBegin(this, transfer)) return this.#refuse(offer, 'BUSY', 'one transfer at a time')
    this.#hasBegun = true
    this.#unfollowed.delete(topsOf(offer))
    const { options, setup } = this.#house
    const placement = {
      directory: options.directory,
      onConflict: options.onConflict,
      preservesOwner: options.preservesOwner ?? false,
      mayShare: true,
    }
    const host = formatAddress(this.#link.address)
    const { name, size: sizeBytes } = offer
    const { peerId } = this
    if (!offer.inquiry)
      this.#whenConfirmed(() =>
        this.#tell({
          kind: 'start',
          transfer,
          direction: 'recv',
          name,
          sizeBytes,
          fileCount: 1,
          peerId,
          host,
        }),
      )
    const receiving = new Receiving(this.channel, setup.storage, offer, this.peerId, placement, {
      onPhase: phase => this.#tell({ kind: 'phase', phase, transfer }),
      onConflict: (count, paths) => this.#askOwner({ transfer, name, peerId, host, sizeBytes, count, paths }),
      onProgress: ({ builtBytes, verifiedBytes, ...built }, totalBytes) => {
        this.#tell({
          kind: 'progress',
          transfer,
          doneBytes: builtBytes,
          totalBytes,
          wireBytes: this.channel.wireBytes,
          checkedBytes: verifiedBytes,
          reusedBytes: built.reusedBytes,
          doneFiles: built.doneFiles,
          totalFiles: built.totalFiles,
        })
        if (this.channel.wireBytes > (options.maxWireBytes ?? Number.POSITIVE_INFINITY)) this.#stop()
      },
    })
    this.#receivings.set(transfer, receiving)
    const onEnded = (outcome: TransferSummary | PfsError): void => {
      if (this.#receivings.get(transfer) !== receiving) return // it was turned away
      this.#remember(transfer)
      if (offer.inquiry) return // nobody was to be troubled: §15.2-7
      if (isToBeFollowed(offer, outcome)) this.#unfollowed.set(topsOf(offer), { outcome, transfer })
      else this.#whenConfirmed(() => this.#house.onEnded(this, outcome, transfer))
    }
    receiving.result.then(
      result => onEnded(receiveSummary(this.channel, offer.name, result, this.#startedMillis)),
      onEnded,
    )
    if (this.#link.isConfirmed) receiving.confirm()
    void receiving.look()
  }

  /** Who cannot say has not said yes. */
  async #askOwner(conflict: Conflict): Promise<ConflictPolicy> {
    const said = await this.#house.options.decide?.(conflict).catch(() => undefined)
    return said === undefined || said === 'ask' ? 'fail' : said
  }

  /** As much as the owner lets come. */
  #stop(): void {
    const limit = `${this.#house.options.maxWireBytes} bytes on the wire`
    const error = new PfsError('PFS_LIMIT', limit, { retryable: true })
    this.channel.close('CANCELLED', 'as much as the receiver lets come')
    for (const receiving of this.#receivings.values()) receiving.fail(error)
  }

  #openRound(transfer: string, round: number): RoundSink | 'closed' | 'out_of_turn' {
    const receiving = this.#receivings.get(transfer)
    if (receiving) return receiving.openRound(round)
    if (this.#sync) return this.#sync.openRound(transfer, round)
    return this.#ended.has(transfer) ? 'closed' : 'out_of_turn'
  }

  #onConfirmed(): void {
    for (const [transfer, receiving] of this.#receivings) {
      if (this.#house.mayBegin(this, transfer)) receiving.confirm()
      else this.#turnAway(transfer, receiving) // others were confirmed first
    }
    for (const tell of this.#untold.splice(0)) tell()
    this.#ask()
  }

  #turnAway(transfer: string, receiving: Receiving): void {
    this.#remember(transfer)
    receiving.refuseBusy()
  }

  /** A person, or a flag, decides about a stranger: once for a connection, and only about one that is really there. */
  #ask(): void {
    const offer = this.#waiting[0]
    const isAny = offer !== undefined || this.#waitingSync.length > 0
    if (!isAny || this.#isAsking || !this.#link.isConfirmed) return
    this.#isAsking = true
    if (offer) {
      const { transfer } = offer
      this.channel.send({ type: holdMessage.type, transfer, reason: 'asking', done: 0, total: 0 })
    }
    const stranger: Stranger = {
      peerId: this.peerId,
      fingerprint: fingerprint(this.#link.remoteStatic),
      host: formatAddress(this.#link.address),
      wants: offer ? { kind: 'send', name: offer.name, sizeBytes: offer.size } : { kind: 'sync' },
    }
    this.#house.options.accept(stranger).then(
      isWelcome => this.#decide(isWelcome),
      () => this.#decide(false),
    )
  }

  #decide(isWelcome: boolean): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#isAsking = false
    this.#isTrusted = isWelcome
    this.#isTurnedAway = !isWelcome
    for (const message of this.#waitingSync.splice(0)) {
      const violation = this.#onSync(message)
      if (violation) return this.#link.close(wireCodes[violation.code].code, violation.reason)
    }
    for (const offer of waiting) {
      if (isWelcome) {
        this.#begin(offer)
        continue
      }
      this.#refuse(offer, 'REFUSED', strangerText)
      const error = new PfsError('PFS_REFUSED', `${this.peerId} is not among the peers we accept`)
      this.#tell({ kind: 'failed', error, peerId: this.peerId, transfer: toHex(offer.transfer) })
    }
  }

  #onSync(message: Message): Violation | undefined {
    if (!this.#isTrusted) return this.#holdSync(message)
    this.#sync ??= new PoolSync(this.channel, this.#house.setup.storage, this.peerId, {
      onProgress: () => {},
    })
    return this.#sync.onMessage(message)
  }

  /** A list of what we hold is for those it is shared with: somebody must say so first. */
  #holdSync(message: Message): Violation | undefined {
    if (this.#isTurnedAway || this.#waitingSync.push(message) > waitingSyncMax) {
      this.#link.close(wireCodes.REFUSED.code, strangerText)
      return undefined
    }
    this.#ask()
    return undefined
  }

  #onClosed(error: PfsError | undefined): void {
    const fault = error ?? new PfsError('PFS_CANCELLED', 'the sender closed the connection')
    for (const receiving of this.#receivings.values()) receiving.fail(fault)
    this.#sync?.fail(fault)
    this.#rates?.stop()
    for (const { outcome, transfer } of this.#unfollowed.values()) {
      this.#house.onEnded(this, outcome, transfer)
    }
    this.#untold = []
    // an answer that comes now is about somebody who has left
    this.#waiting = []
    this.#waitingSync.length = 0
    this.#house.onGone(this)
  }
}

/** What is the same for every attempt at a tree. §15.2-5 */
const topsOf = ({ transfer }: offerMessage.Offer): string => toHex(transfer.subarray(0, 12))

function isToBeFollowed(
  { kind }: offerMessage.Offer,
  outcome: TransferSummary | PfsError,
): outcome is PfsError {
  return kind === 'tree' && outcome instanceof PfsError && outcome.code === 'PFS_SOURCE_CHANGED'
}

const strangerText = 'it does not know you'
