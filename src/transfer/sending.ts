// One object on its way to one peer: offers it, streams what the storage thread plans, answers repairs, and is over
// when the peer says that it is durable, or why not. A state machine over messages and events; it moves no byte itself.
// PROTOCOL.md §15

import { must } from '../base/assert.ts'
import { equal, toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { codeFault } from '../net/faults.ts'
import { type Violation, wireCodes } from '../wire/codes.ts'
import type { Message } from '../wire/message.ts'
import * as answerMessage from '../wire/messages/answer.ts'
import * as doneMessage from '../wire/messages/done.ts'
import * as endMessage from '../wire/messages/end.ts'
import * as holdMessage from '../wire/messages/hold.ts'
import * as missMessage from '../wire/messages/miss.ts'
import type * as offerMessage from '../wire/messages/offer.ts'
import * as refuseMessage from '../wire/messages/refuse.ts'
import * as wantMessage from '../wire/messages/want.ts'
import { planOf } from './answer_rules.ts'
import type { Channel, OutRound } from './channel.ts'
import { LoanReturns } from './loan_returns.ts'
import { Missed } from './missed.ts'
import type { SendingSource } from './offering.ts'
import { outOfTurn } from './out_of_turn.ts'
import { SendingNodes } from './sending_nodes.ts'
import { SendingAmounts } from './sending_progress.ts'
import type { Planned, SendingHooks, SendingResult } from './sending_result.ts'
import { uncarried, wireCodeOf } from './storage/carry.ts'
import type { Piece, RoundEnd, SendPlan, SourceEvent } from './storage/events.ts'
import type { StorageThread } from './storage/thread.ts'

/** The object that is under way: of a tree the manifest, then the image. */
interface SentObject {
  readonly handle: number
  size: number
  /** Once it is known, by the OFFER or by END. */
  blob: Uint8Array | undefined
}

type State =
  /** Waiting for ANSWER; `asked` once it wanted the blob id first. */
  | { readonly kind: 'offered'; readonly asked: boolean }
  /** At work on what the receiver asked for: it may ask for nothing else until we have spoken. §15.11-2 */
  | { readonly kind: 'preparing' }
  /** An inquiry: what would be sent is counted, and goes nowhere. §15.2-7 */
  | { readonly kind: 'planning' }
  /** The receiver says that it has it all, which is proven by DONE alone. §15.3-5 */
  | { readonly kind: 'whole' }
  | { readonly kind: 'streaming'; readonly round: OutRound; readonly number: number }
  /** END is said: DONE, MISS or WANT may come. */
  | { readonly kind: 'ended'; readonly number: number }
  | { readonly kind: 'over' }

export class Sending {
  readonly result: Promise<SendingResult>
  readonly amounts = new SendingAmounts()
  readonly #channel: Channel
  readonly #storage: StorageThread
  readonly #source: SendingSource
  readonly #offer: offerMessage.Offer
  readonly #hooks: SendingHooks
  /** The object that was offered, and the one under way. */
  readonly #object: SentObject
  #now: SentObject
  #isListed = false
  readonly #returns: LoanReturns
  #state: State = { kind: 'offered', asked: false }
  #missed = new Missed()
  #unwantedCount = 0
  readonly #nodes: SendingNodes
  #resolve!: (result: SendingResult) => void
  #reject!: (error: PfsError) => void

  /** The OFFER is the caller's to send: it may have gone in the first flight already. */
  constructor(
    channel: Channel,
    storage: StorageThread,
    source: SendingSource,
    offer: offerMessage.Offer,
    hooks: SendingHooks,
  ) {
    this.#channel = channel
    this.#storage = storage
    this.#source = source
    this.#offer = offer
    this.#object = { handle: source.handle, size: offer.size, blob: offer.blob }
    this.#now = this.#object
    this.#hooks = hooks
    this.amounts.fileEnds = source.tree?.prepared.fileEnds
    this.#returns = new LoanReturns(storage, channel.link)
    this.#nodes = new SendingNodes(channel, storage, offer.transfer)
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

  /** What was to be sent cannot be had. */
  abandon(error: unknown): void {
    this.#failHere(error instanceof PfsError ? error : new PfsError('PFS_INTERNAL', String(error)))
  }

  /** The connection or the caller ended it. */
  fail(error: PfsError): void {
    if (this.#state.kind === 'over') return
    this.#state = { kind: 'over' }
    this.#reject(error)
  }

  #failHere(error: PfsError): void {
    if (this.#state.kind === 'over') return
    // a blob of the pool that cannot be read is a source that failed
    const { code } = wireCodes[error.code === 'PFS_POOL' ? 'SOURCE_FAILED' : wireCodeOf(error)]
    const transfer = this.#offer.transfer
    this.#channel.send({ type: refuseMessage.type, transfer, code, text: '' })
    this.fail(error)
  }

  onMessage(message: Message): Violation | undefined {
    if (this.#state.kind === 'over') return undefined // §15.4-1
    const isOurs = 'transfer' in message && equal(message.transfer, this.#offer.transfer)
    if (!isOurs) return outOfTurn('a transfer that is not open') // §15.11-1
    switch (message.type) {
      case answerMessage.type:
        return this.#onAnswer(message)
      case holdMessage.type:
        this.#hooks.onPhase(message.reason)
        if (message.total > 0) this.#onHold(message.done, message.total)
        return undefined
      case refuseMessage.type: {
        const who = 'said by the receiver'
        this.fail(codeFault(message.code, message.text, who) ?? new PfsError('PFS_REFUSED', who))
        return undefined
      }
      case missMessage.type:
        return this.#onMiss(message)
      case wantMessage.type:
        return this.#onWant(message)
      case doneMessage.type:
        return this.#onDone(message)
      default:
        return outOfTurn('a message that a sender does not expect')
    }
  }

  #onAnswer(answer: answerMessage.Answer): Violation | undefined {
    const { kind } = this.#state
    // §15.11-2: the second is for the image, when the list has come
    const isSecond = kind === 'ended' && this.#now !== this.#object
    if (kind !== 'offered' && !isSecond) return outOfTurn('a second ANSWER')
    const plan = planOf(answer, this.#offer, this.#source.tree?.prepared.entryCount ?? 0)
    if ('code' in plan) return plan
    const isTree = this.#source.tree !== undefined
    switch (answer.state) {
      case 'list':
        if (!isTree || this.#isListed) return outOfTurn('a list that nobody has') // §15.3-9
        this.#isListed = true
        this.#takeUp(this.#listOf())
        return this.#open(answer, plan)
      case 'whole':
        if (!this.#object.blob) return outOfTurn('whole without a blob id') // §15.3-7
        this.#takeUp(this.#object)
        this.#state = { kind: 'whole' }
        if (this.#offer.inquiry) this.#answered({ opBytes: 0, literalBytes: 0 })
        return undefined
      case 'name':
        if (isTree || this.#object.blob || kind !== 'offered' || this.#state.asked)
          return outOfTurn('the blob id was said') // §15.3-8
        this.#state = { kind: 'preparing' }
        this.#hooks.onPhase('scanning')
        this.#guarded(this.#sayName())
        return undefined
      case 'kept':
        if (isTree) return outOfTurn('a whole tree that is kept') // §15.3-12
        this.#finish(this.#object.blob ?? new Uint8Array(0), 0, { unwantedCount: 1 })
        return undefined
      case 'open':
        this.#takeUp(this.#object)
        return this.#open(answer, plan)
    }
  }

  #takeUp(object: SentObject): void {
    this.#now = object
    this.#missed = new Missed()
  }

  #listOf(): SentObject {
    const { listHandle, prepared } = must(this.#source.tree, 'a tree')
    return { handle: listHandle, size: prepared.list.size, blob: prepared.list.blob }
  }

  /** §15.3-4: nothing was sent before this. */
  #open(answer: answerMessage.Answer, plan: SendPlan): undefined {
    const number = this.#state.kind === 'ended' ? this.#state.number + 1 : 1
    this.#state = { kind: 'preparing' }
    if (this.#now === this.#object) this.#hooks.onPhase('transferring')
    this.#guarded(this.#stream(answer, plan, number))
    return undefined
  }

  async #sayName(): Promise<void> {
    this.#object.blob = await this.#storage.call('nameSource', [this.#object.handle])
    if (this.#state.kind === 'over') return
    this.#state = { kind: 'offered', asked: true }
    this.#channel.send({ ...this.#offer, blob: this.#object.blob })
  }

  async #stream({ grant }: answerMessage.Answer, plan: SendPlan, number: number): Promise<void> {
    const object = this.#now
    const { size, heldBytes, fileEnds } = await this.#storage.call('openSource', [object.handle, plan])
    if (this.#state.kind === 'over') return
    if (this.#offer.kind !== 'stream' && grant < size - heldBytes) {
      throw new PfsError('PFS_DISK_FULL', 'the receiver grants less than is missing') // §15.3-3
    }
    if (object === this.#object) {
      this.amounts.heldBytes = heldBytes
      this.amounts.fileEnds = fileEnds
      for (const { start, end } of plan.unwanted ?? []) this.#unwantedCount += end - start
      // §15.3-10
      if (this.#unwantedCount > 0) object.blob = undefined
    }
    object.size = size
    if (this.#offer.inquiry && object === this.#object) this.#state = { kind: 'planning' }
    else await this.#beginRound(number)
    this.#returns.begin(object.handle)
    await this.#storage.call('streamSource', [object.handle])
  }

  async #beginRound(number: number): Promise<void> {
    for (;;) {
      if (this.#state.kind === 'over') return
      const round = this.#channel.openRound(this.#offer.transfer, number)
      if (round) {
        this.#state = { kind: 'streaming', round, number }
        return
      }
      // the peer still counts streams of an earlier transfer as open
      await new Promise(resolve => setTimeout(resolve, streamRetryMillis))
    }
  }

  onSource(event: SourceEvent): void {
    switch (event.kind) {
      case 'piece':
        return this.#onPiece(event.piece)
      case 'round_end':
        return this.#onRoundEnd(event.end)
      case 'scanned':
        return this.#tellProgress(event.scannedBytes)
      case 'failed':
        return this.#failHere(uncarried(event.error))
    }
  }

  #onPiece(piece: Piece): void {
    const state = this.#state
    if (state.kind === 'planning') return this.#count(piece)
    if (state.kind !== 'streaming') return
    const { handle } = this.#now
    state.round.ops.write(piece.ops)
    for (const { loan, bytes } of piece.literals) {
      this.amounts.outBytes += bytes.length
      state.round.literals.write(bytes, () => this.#release(handle, loan, bytes.length))
    }
    this.amounts.onPlanned(piece.plannedBytes, piece.reusedBytes)
  }

  #count({ literals, plannedBytes, reusedBytes }: Piece): void {
    this.amounts.onPlanned(plannedBytes, reusedBytes)
    for (const { loan } of literals) this.#release(this.#now.handle, loan, 0)
  }

  /** Acknowledged: the memory goes back to where it is filled again. */
  #release(handle: number, loan: number, length: number): void {
    this.amounts.outBytes -= length
    this.#returns.give(handle, loan, () => this.#tellProgress(this.amounts.plannedBytes))
  }

  #onRoundEnd(end: RoundEnd): void {
    const state = this.#state
    if (state.kind === 'planning') {
      this.#now.blob = end.blob
      return this.#answered(end)
    }
    if (state.kind !== 'streaming') return
    if (this.#now.blob && !equal(this.#now.blob, end.blob)) {
      return this.#failHere(new PfsError('PFS_SOURCE_CHANGED', this.#offer.name, { retryable: true }))
    }
    this.#now.blob = end.blob
    this.#now.size = end.size
    state.round.ops.end()
    state.round.literals.end()
    this.#channel.send({ type: endMessage.type, transfer: this.#offer.transfer, ...end })
    this.#state = { kind: 'ended', number: state.number }
  }

  /** All that an inquiry wanted to know. §15.2-7 */
  #answered({ opBytes, literalBytes }: Planned): void {
    const reusedBytes = this.#state.kind === 'whole' ? this.#now.size : this.amounts.reusedBytes
    const { transfer } = this.#offer
    this.#channel.send({ type: refuseMessage.type, transfer, code: wireCodes.NONE.code, text: '' })
    this.#finish(must(this.#now.blob, 'a name'), reusedBytes, { planned: { opBytes, literalBytes } })
  }

  #finish(blob: Uint8Array, reusedBytes: number, more: Partial<SendingResult>): void {
    this.#state = { kind: 'over' }
    this.#resolve({
      blob,
      sizeBytes: this.#now.size,
      reusedBytes,
      isUnchanged: false,
      failed: [],
      failures: 0,
      unwantedCount: this.#unwantedCount,
      planned: undefined,
      ...more,
    })
  }

  #onMiss(miss: missMessage.Miss): Violation | undefined {
    const state = this.#state
    if (state.kind !== 'ended' && state.kind !== 'whole') return outOfTurn('MISS before END') // §15.11-2
    if ((miss.ranges.at(-1)?.end ?? 0) > this.#now.size) return outOfTurn('missing ranges past the end') // §15.6-1
    if (this.#missed.add(miss.ranges)) {
      // §15.6-1
      this.#failHere(new PfsError('PFS_CORRUPT', 'the receiver cannot make the object right'))
      return undefined
    }
    const number = state.kind === 'ended' ? state.number + 1 : 1
    this.#state = { kind: 'preparing' }
    this.#guarded(this.#repair(miss, number))
    return undefined
  }

  async #repair(miss: missMessage.Miss, number: number): Promise<void> {
    await this.#storage.call('openSource', [this.#now.handle, { held: [], sources: [], codecs: [] }])
    await this.#beginRound(number)
    await this.#storage.call('repairSource', [this.#now.handle, miss.ranges])
  }

  #onWant(want: wantMessage.Want): Violation | undefined {
    if (this.#state.kind !== 'ended' && this.#state.kind !== 'whole') return outOfTurn('WANT before END')
    if (this.#nodes.mayAsk(want)) this.#guarded(this.#answerWant(want))
    else this.#refuseNodes('too many tree nodes')
    return undefined
  }

  async #answerWant(want: wantMessage.Want): Promise<void> {
    const isAnswered = await this.#nodes.answer(this.#now.handle, want, () => this.#state.kind === 'over')
    if (!isAnswered) this.#refuseNodes('a tree node that does not exist')
  }

  /** §15.7-2 */
  #refuseNodes(text: string): void {
    const { code } = wireCodes.MESSAGE_ERROR
    this.#channel.send({ type: refuseMessage.type, transfer: this.#offer.transfer, code, text })
    this.fail(new PfsError('PFS_PROTOCOL', `the receiver asked for ${text}`))
  }

  #onDone(done: doneMessage.Done): Violation | undefined {
    const state = this.#state
    if (state.kind !== 'ended' && state.kind !== 'whole') return outOfTurn('DONE before END')
    const { blob } = this.#object
    if (this.#now !== this.#object || !blob || !equal(done.blob, blob))
      return outOfTurn('DONE for another blob') // §15.8-2
    const { unchanged: isUnchanged = false, failed = [], failures = 0 } = done
    if (failures > 0 && !this.#source.tree) return outOfTurn('entries of no tree') // §15.8-3
    const reusedBytes = state.kind === 'whole' ? this.#object.size : this.amounts.reusedBytes
    this.#finish(blob, reusedBytes, { isUnchanged, failed, failures })
    return undefined
  }

  #onHold(done: number, total: number): void {
    const reusedBytes = this.#state.kind === 'whole' ? done : this.amounts.reusedBytes
    this.#hooks.onProgress(this.amounts.progress(done, total, reusedBytes, done))
  }

  #tellProgress(checkedBytes: number): void {
    if (this.#state.kind === 'over' || this.#now !== this.#object) return
    const { doneBytes, reusedBytes } = this.amounts
    this.#hooks.onProgress(this.amounts.progress(doneBytes, this.#now.size, reusedBytes, checkedBytes))
  }

  #guarded(work: Promise<void>): void {
    work.catch((error: unknown) => this.abandon(error))
  }
}

const streamRetryMillis = 5
