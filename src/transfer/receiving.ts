// One object on its way in: answers the OFFER, hands rounds to the storage thread, asks for what is missing, and says
// DONE when it is durable. A state machine over messages and events; it touches no file itself. PROTOCOL.md §15

import { toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { codeFault } from '../net/faults.ts'
import { type Violation, wireCodes } from '../wire/codes.ts'
import type { Message } from '../wire/message.ts'
import * as answerMessage from '../wire/messages/answer.ts'
import * as endMessage from '../wire/messages/end.ts'
import * as holdMessage from '../wire/messages/hold.ts'
import * as missMessage from '../wire/messages/miss.ts'
import * as nodesMessage from '../wire/messages/nodes.ts'
import type { Offer } from '../wire/messages/offer.ts'
import * as refuseMessage from '../wire/messages/refuse.ts'
import * as wantMessage from '../wire/messages/want.ts'
import { refusalText } from '../wire/text.ts'
import type { Channel, RoundSink } from './channel.ts'
import { Holds } from './holds.ts'
import { outOfTurn } from './out_of_turn.ts'
import { doneOf, keptStats, nodesOf, objectOf, refusalOf, standingStats } from './receiving_words.ts'
import { detailOf, uncarried, wireCodeOf } from './storage/carry.ts'
import type {
  BuildEvent,
  BuildProgress,
  BuildStats,
  ConflictPolicy,
  OfferVerdict,
  Placement,
} from './storage/events.ts'
import type { StorageThread } from './storage/thread.ts'

export interface ReceivingHooks {
  onPhase(phase: 'transferring' | 'building' | 'verifying'): void
  /** @param totalBytes 0 where nobody knows yet */
  onProgress(progress: BuildProgress, totalBytes: number): void
  /** A person must say what is to become of what is there. */
  onConflict(count: number, paths: readonly string[]): Promise<ConflictPolicy>
}

export interface ReceivingResult {
  readonly blob: Uint8Array
  readonly stats: BuildStats
}

type Answered = Extract<OfferVerdict, { kind: 'answer' }>

type State =
  | { readonly kind: 'looking' }
  /** Answered, but the first flight may be a replay: nothing is touched. §5-6 */
  | ({ readonly kind: 'answered' } & Opened)
  | ({ readonly kind: 'building' } & Opened)
  /** The answer was all that was wanted. §15.2-7 */
  | { readonly kind: 'inquired'; readonly handle: number }
  /** A person decides about what is there. */
  | { readonly kind: 'asking' }
  /** Looking further means reading the target, which a replay may not cause. §5-6 */
  | { readonly kind: 'unread' }
  /** We asked for the blob id; the next OFFER says it. §15.3-8 */
  | { readonly kind: 'naming' }
  | { readonly kind: 'over' }

/** An object that may be built: the one that was offered, or first the list of a tree. §15.3-9 */
interface Opened {
  readonly handle: number
  readonly state: 'whole' | 'open' | 'list'
  readonly totalBytes: number
}

/** Codes that blame the peer's bytes: they end the connection, not only the transfer. */
const broken: ReadonlySet<keyof typeof wireCodes> = new Set(['MESSAGE_ERROR', 'PROGRAM_ERROR', 'GRANT_ERROR'])
export class Receiving implements RoundSink {
  readonly result: Promise<ReceivingResult>
  readonly #channel: Channel
  readonly #storage: StorageThread
  readonly #peerId: string
  readonly #hooks: ReceivingHooks
  #placement: Placement
  #offer: Offer
  #state: State = { kind: 'looking' }
  #isConfirmed = false
  /** Rounds the peer may have begun, and has. */
  #roundsAllowed = 0
  #roundsBegun = 0
  #ends = 0
  /** Those of the list, once it is here. */
  #endsBefore = 0
  /** Tree nodes asked for that have not come. */
  #nodesAwaited = 0
  readonly #holds = new Holds()
  #resolve!: (result: ReceivingResult) => void
  #reject!: (error: PfsError) => void

  constructor(
    channel: Channel,
    storage: StorageThread,
    offer: Offer,
    peerId: string,
    placement: Placement,
    hooks: ReceivingHooks,
  ) {
    this.#channel = channel
    this.#storage = storage
    this.#offer = offer
    this.#peerId = peerId
    this.#placement = placement
    this.#hooks = hooks
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.result.catch(() => {})
  }

  get transfer(): string {
    return toHex(this.#offer.transfer)
  }

  get isOver(): boolean {
    return this.#state.kind === 'over'
  }

  /** Looks, and answers. Nothing is written before `confirm`. */
  async look(): Promise<void> {
    const offer = this.#offer
    const object = objectOf(offer, this.#peerId)
    try {
      // once it is no replay, the target may be read to tell what it is
      const mayRead = this.#isConfirmed
      const looked = await this.#storage.call('look', [object, this.#placement, mayRead])
      const { handle, verdict, isUnchanged } = looked
      // an object that goes no further leaves nothing behind: a peer may offer as many as it likes
      const goesOn = verdict.kind === 'answer' && verdict.state !== 'name' && verdict.state !== 'kept'
      const isOpen = goesOn && !this.isOver && !isUnchanged
      if (!isOpen) this.#tell(this.#storage.call('closeBuild', [handle]))
      if (this.isOver) return
      switch (verdict.kind) {
        case 'refuse':
          return this.#refuse(verdict.code, verdict.text, verdict.path)
        case 'later':
          this.#state = { kind: 'unread' }
          if (this.#isConfirmed) await this.look()
          return
        case 'conflict':
          return await this.#askOwner(verdict.count, verdict.paths)
        case 'answer':
          return await this.#answer(handle, verdict, isUnchanged)
      }
    } catch (error) {
      this.#failLooking(error)
    }
  }

  async #answer(handle: number, verdict: Answered, isUnchanged: boolean): Promise<void> {
    const { transfer, blob, kind, inquiry = false } = this.#offer
    const { kind: _kind, ...answer } = verdict
    this.#channel.send({ type: answerMessage.type, transfer, ...answer })
    const { state } = verdict
    if (state === 'kept')
      return this.#finish({ blob: new Uint8Array(0), stats: keptStats(this.#offer, this.#placement) })
    if (isUnchanged && blob && !inquiry) return this.#done(blob, standingStats(this.#offer, this.#placement))
    if (state === 'name') {
      this.#state = { kind: 'naming' }
      return
    }
    if (inquiry && state !== 'list') {
      this.#state = { kind: 'inquired', handle }
      return
    }
    this.#roundsAllowed = this.#roundsBegun + (state === 'whole' ? 0 : 1)
    const totalBytes = kind === 'stream' ? 0 : verdict.grant
    this.#state = { kind: 'answered', handle, state, totalBytes }
    if (state !== 'list') this.#hooks.onPhase(state === 'whole' ? 'building' : 'transferring')
    if (this.#isConfirmed) await this.#build()
  }

  async #askOwner(count: number, paths: readonly string[]): Promise<void> {
    if (this.#offer.inquiry) return this.#refuse('EXISTS', `${count} names are taken here`)
    const { transfer } = this.#offer
    this.#state = { kind: 'asking' }
    this.#channel.send({ type: holdMessage.type, transfer, reason: 'asking', done: 0, total: 0 })
    const onConflict = await this.#hooks.onConflict(count, paths)
    if (this.isOver) return
    this.#placement = { ...this.#placement, onConflict }
    this.#state = { kind: 'looking' }
    await this.look()
  }

  #failLooking(error: unknown): void {
    if (error instanceof PfsError) return this.#failHere(wireCodeOf(error), error)
    this.#refuse('INTERNAL', error instanceof Error ? error.message : String(error))
  }

  refuseBusy(): void {
    this.#refuse('BUSY', 'one transfer at a time')
  }

  /** The sender is no replay. */
  confirm(): void {
    if (this.#isConfirmed) return
    this.#isConfirmed = true
    if (this.#state.kind === 'unread') void this.look()
    if (this.#state.kind === 'answered') {
      this.#build().catch(error => this.#failLooking(error))
    }
  }

  async #build(): Promise<void> {
    if (this.#state.kind !== 'answered') return
    const { handle } = this.#state
    this.#state = { ...this.#state, kind: 'building' }
    this.#storage.listenBuild(handle, event => this.#onBuild(handle, event))
    await this.#storage.call('startBuild', [handle, this.#roundsBegun + 1])
  }

  /** The list is here: what it is a list of can be looked for. §15.3-9 */
  #onListed(handle: number): void {
    this.#close(handle)
    this.#endsBefore = this.#ends
    this.#state = { kind: 'looking' }
    void this.look()
  }

  onMessage(message: Message): Violation | undefined {
    const state = this.#state
    if (state.kind === 'over') return undefined
    switch (message.type) {
      case endMessage.type:
        if (state.kind !== 'building' || ++this.#ends > this.#roundsAllowed) return outOfTurn('END')
        this.#storage.tell('buildEnd', [state.handle, message])
        return undefined
      case nodesMessage.type:
        if (state.kind !== 'building' || this.#nodesAwaited === 0) return outOfTurn('NODES') // §15.7-1
        this.#nodesAwaited--
        this.#tell(this.#storage.call('buildNodes', [state.handle, nodesOf(message)]))
        return undefined
      case refuseMessage.type: {
        const who = 'said by the sender'
        this.fail(codeFault(message.code, message.text, who) ?? new PfsError('PFS_REFUSED', who))
        return undefined
      }
      default:
        return outOfTurn('a message that a receiver does not expect')
    }
  }

  /** Another OFFER of the same transfer: the answer to `name`, or out of turn. */
  reoffer(offer: Offer): Violation | undefined {
    if (this.#state.kind !== 'naming' || !offer.blob) return outOfTurn('a second OFFER') // §15.11-1
    this.#offer = offer
    this.#state = { kind: 'looking' }
    void this.look()
    return undefined
  }

  // -- rounds

  openRound(round: number): RoundSink | 'closed' | 'out_of_turn' {
    if (this.#state.kind === 'over') return 'closed'
    const isNext = round === this.#roundsBegun + 1 && round <= this.#roundsAllowed
    if (this.#state.kind !== 'building' || !isNext) return 'out_of_turn'
    this.#roundsBegun++
    return this
  }

  ops(round: number, bytes: Uint8Array, isLast: boolean): void {
    if (this.#state.kind !== 'building') {
      return this.#channel.opsTaken({ sink: this, round }, bytes.length) // dropped unread: §15.4-1
    }
    this.#storage.tell('buildOps', [this.#state.handle, round, bytes, isLast])
  }

  slab(round: number, offset: number, buffer: SharedArrayBuffer, lengthBytes: number): void {
    if (this.#state.kind !== 'building') {
      return this.#channel.slabTaken({ sink: this, round }, offset, lengthBytes, buffer)
    }
    const args = [this.#state.handle, round, offset, buffer, lengthBytes] as const
    this.#storage.tell('buildSlab', [...args])
  }

  endLiterals(round: number, lengthBytes: number): void {
    if (this.#state.kind !== 'building') return
    this.#storage.tell('buildEndLiterals', [this.#state.handle, round, lengthBytes])
  }

  #onBuild(handle: number, event: BuildEvent): void {
    const { transfer } = this.#offer
    switch (event.kind) {
      case 'ops_taken':
        return this.#channel.opsTaken({ sink: this, round: event.round }, event.bytes)
      case 'slab_taken':
        return this.#channel.slabTaken(
          { sink: this, round: event.round },
          event.offset,
          event.length,
          event.buffer,
        )
    }
    // what crossed our own end is nobody's: §15.4-1
    if (this.#state.kind !== 'building' || this.#state.handle !== handle) return
    switch (event.kind) {
      case 'progress':
        return this.#onProgress(event)
      case 'miss':
        this.#roundsAllowed++
        return this.#channel.send({ type: missMessage.type, transfer, ranges: event.ranges })
      case 'want':
        this.#nodesAwaited += event.indexes.length
        return this.#channel.send({
          type: wantMessage.type,
          transfer,
          level: event.level,
          indexes: event.indexes,
        })
      case 'done':
        return this.#state.state === 'list' ? this.#onListed(handle) : this.#done(event.blob, event.stats)
      case 'failed':
        return this.#failHere(event.wire, uncarried(event.error))
    }
  }

  #onProgress(progress: BuildProgress): void {
    const state = this.#state
    if (state.kind !== 'building' || state.state === 'list') return
    const { totalBytes: total } = state
    this.#hooks.onProgress(progress, total)
    if (state.state !== 'whole' && this.#ends === this.#endsBefore) return
    const hold = this.#holds.next(progress.builtBytes, progress.verifiedBytes, total)
    if (!hold) return
    this.#hooks.onPhase(hold.reason)
    this.#channel.send({ type: holdMessage.type, transfer: this.#offer.transfer, ...hold })
  }

  #done(blob: Uint8Array, stats: BuildStats): void {
    if (this.isOver) return
    this.#end()
    this.#channel.endRounds(this) // they have come to their ends, or there would be no object
    this.#channel.send(doneOf(this.#offer.transfer, blob, stats))
    this.#resolve({ blob, stats })
  }

  #finish(result: ReceivingResult): void {
    this.#end()
    this.#resolve(result)
  }

  #refuse(code: keyof typeof wireCodes, text: string, path?: string): void {
    const fault = refusalOf(code, text, path)
    if (fault) this.#failHere(code, fault, text)
  }

  /** @param said for the peer: a fault of ours may name paths here, which are none of its business */
  #failHere(code: keyof typeof wireCodes, error: PfsError, said = ''): void {
    if (this.isOver) return
    const text = refusalText(broken.has(code) ? (detailOf(error) ?? '') : said)
    if (broken.has(code)) {
      // the peer broke a rule: nothing more of what it says is worth an answer. §15.1-1, §15.3-3
      this.fail(error)
      return this.#channel.close(code, text)
    }
    this.#channel.send({
      type: refuseMessage.type,
      transfer: this.#offer.transfer,
      code: wireCodes[code].code,
      text,
    })
    this.fail(error)
  }

  /** The connection, the peer or the caller ended it; what was built stays for the next attempt. */
  fail(error: PfsError): void {
    if (this.isOver) return
    // a file that changed is offered as another transfer, a stream never again: nobody would ever come back for this one.
    // But of a tree the next attempt takes up every file that is what it was. §15.4-2
    const state = this.#state
    const isTree = this.#offer.kind === 'tree' && state.kind === 'building' && state.state !== 'list'
    const isOfNoUse = error.code === 'PFS_SOURCE_CHANGED' && !isTree
    this.#end(isOfNoUse || this.#offer.kind === 'stream')
    this.#reject(error)
  }

  #end(isLost = false): void {
    const state = this.#state
    this.#state = { kind: 'over' }
    if (state.kind !== 'building' && state.kind !== 'answered' && state.kind !== 'inquired') return
    this.#close(state.handle, isLost)
  }

  #close(handle: number, isLost = false): void {
    // until it has given back what it holds, its events are still ours
    const forget = (): void => this.#storage.forget(handle)
    this.#storage.call('closeBuild', [handle, isLost]).then(forget, forget)
  }

  #tell(call: Promise<unknown>): void {
    call.catch((error: PfsError) => this.#failHere('INTERNAL', error))
  }
}
