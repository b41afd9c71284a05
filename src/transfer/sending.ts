// One object on its way to one peer: offers it, streams what the storage thread plans, answers repairs, and is over
// when the peer says that it is durable, or why not. A state machine over messages and events; it moves no byte itself.
// PROTOCOL.md §15

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
import * as nodesMessage from '../wire/messages/nodes.ts'
import * as offerMessage from '../wire/messages/offer.ts'
import * as refuseMessage from '../wire/messages/refuse.ts'
import * as wantMessage from '../wire/messages/want.ts'
import type { Channel, OutRound } from './channel.ts'
import { Missed } from './missed.ts'
import { uncarried, wireCodeOf } from './storage/carry.ts'
import type { Piece, PreparedSource, RoundEnd, SourceEvent } from './storage/events.ts'
import type { StorageThread } from './storage/thread.ts'

export interface SendingHooks {
  onPhase(phase: 'asking' | 'scanning' | 'transferring' | 'building' | 'verifying'): void
  onProgress(doneBytes: number, reusedBytes: number, checkedBytes: number): void
}

export interface SendingResult {
  readonly blob: Uint8Array
  readonly reusedBytes: number
  readonly isUnchanged: boolean
}

type State =
  /** Waiting for ANSWER; `asked` once it wanted the blob id first. */
  | { readonly kind: 'offered'; readonly asked: boolean }
  /** At work on what the receiver asked for: it may ask for nothing else until we have spoken. §15.11-2 */
  | { readonly kind: 'preparing' }
  /** The receiver says that it has it all, which is proven by DONE alone. §15.3-5 */
  | { readonly kind: 'whole' }
  | { readonly kind: 'streaming'; readonly round: OutRound; readonly number: number }
  /** END is said: DONE, MISS or WANT may come. */
  | { readonly kind: 'ended'; readonly number: number }
  | { readonly kind: 'over' }

/** Tree nodes one transfer may ask for. §15.7-2 */
const nodesAskedMax = 65_536

export function offerOf(
  prepared: PreparedSource,
  kind: 'file' | 'blob',
  blob = prepared.blob,
): offerMessage.Offer {
  return {
    type: offerMessage.type,
    transfer: prepared.transfer,
    kind,
    name: prepared.name,
    size: prepared.size,
    mtimeMillis: Math.round(prepared.mtimeMillis),
    mode: prepared.mode,
    poolId: prepared.poolId,
    chunking: prepared.chunking,
    ...(blob ? { blob } : {}),
    candidates: prepared.candidates.map(({ blob, size }) => ({ short: blob.subarray(0, 8), size })),
  }
}

export class Sending {
  readonly result: Promise<SendingResult>
  readonly #channel: Channel
  readonly #storage: StorageThread
  readonly #handle: number
  readonly #offer: offerMessage.Offer
  readonly #prepared: PreparedSource
  readonly #hooks: SendingHooks
  readonly #returned: number[] = []
  #state: State = { kind: 'offered', asked: false }
  #blob: Uint8Array | undefined
  readonly #missed = new Missed()
  #nodesAsked = 0
  #plannedBytes = 0
  #reusedBytes = 0
  /** What an earlier attempt left at the receiver: planned, and neither copied nor sent. */
  #heldBytes = 0
  #outBytes = 0
  #resolve!: (result: SendingResult) => void
  #reject!: (error: PfsError) => void

  /** The OFFER is the caller's to send: it may have gone in the first flight already. */
  constructor(
    channel: Channel,
    storage: StorageThread,
    handle: number,
    prepared: PreparedSource,
    offer: offerMessage.Offer,
    hooks: SendingHooks,
  ) {
    this.#channel = channel
    this.#storage = storage
    this.#handle = handle
    this.#prepared = prepared
    this.#offer = offer
    this.#blob = offer.blob
    this.#hooks = hooks
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.result.catch(() => {}) // whoever awaits it hears; nobody else has to
  }

  get transfer(): string {
    return toHex(this.#offer.transfer)
  }

  /** The connection or the caller ended it. */
  fail(error: PfsError): void {
    if (this.#state.kind === 'over') return
    this.#state = { kind: 'over' }
    this.#reject(error)
  }

  /** A fault of ours: the peer hears why. */
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
        if (message.total > 0) this.#hooks.onProgress(message.done, message.done, message.done)
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
    if (this.#state.kind !== 'offered') return outOfTurn('a second ANSWER') // §15.11-2
    const last = answer.held.at(-1)
    if (last && last.end > this.#offer.size) return outOfTurn('held ranges past the end') // §15.3-1
    if (!this.#areOurs(answer.candidates)) return outOfTurn('candidates that were not offered') // §15.3-2
    switch (answer.state) {
      case 'whole':
        if (!this.#blob) return outOfTurn('whole without a blob id') // §15.3-7
        this.#state = { kind: 'whole' }
        return undefined
      case 'name':
        if (this.#blob || this.#state.asked) return outOfTurn('the blob id was said') // §15.3-8
        this.#state = { kind: 'preparing' }
        this.#hooks.onPhase('scanning')
        this.#guarded(this.#sayName())
        return undefined
      case 'open':
        // §15.3-4: nothing was sent before this
        if (answer.grant < this.#offer.size - heldBytes(answer)) {
          this.#failHere(new PfsError('PFS_DISK_FULL', 'the receiver grants less than is missing')) // §15.3-3
          return undefined
        }
        this.#state = { kind: 'preparing' }
        this.#hooks.onPhase('transferring')
        this.#guarded(this.#stream(answer))
        return undefined
    }
  }

  #areOurs(candidates: readonly answerMessage.HeldCandidate[]): boolean {
    let previous = -1
    return candidates.every(({ index, blob, size }) => {
      const offered = this.#offer.candidates[index]
      const isOurs =
        offered && index > previous && offered.size === size && equal(blob.subarray(0, 8), offered.short)
      previous = index
      return isOurs
    })
  }

  async #sayName(): Promise<void> {
    this.#blob = await this.#storage.call('nameSource', [this.#handle])
    if (this.#state.kind === 'over') return
    this.#state = { kind: 'offered', asked: true }
    this.#channel.send({ ...this.#offer, blob: this.#blob })
  }

  async #stream(answer: answerMessage.Answer): Promise<void> {
    for (const { start, end } of answer.held) this.#heldBytes += end - start
    await this.#storage.call('openSource', [
      this.#handle,
      {
        held: answer.held,
        sources: answer.candidates.map(({ alias, blob }) => ({ alias, blob })),
        codecs: answer.codecs,
      },
    ])
    await this.#beginRound(1)
    await this.#storage.call('streamSource', [this.#handle])
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
    if (state.kind !== 'streaming') return
    state.round.ops.write(piece.ops)
    for (const { loan, bytes } of piece.literals) {
      this.#outBytes += bytes.length
      state.round.literals.write(bytes, () => this.#release(loan, bytes.length))
    }
    this.#plannedBytes = piece.plannedBytes
    this.#reusedBytes = piece.reusedBytes
  }

  /** Acknowledged: the memory goes back to where it is filled again. */
  #release(loan: number, length: number): void {
    this.#outBytes -= length
    this.#returned.push(loan)
    if (this.#returned.length > 1) return
    setImmediate(() => {
      const loans = this.#returned.splice(0)
      this.#storage.tell('creditSource', [this.#handle, loans, this.#channel.link.stats.bytesInFlight])
      this.#tellProgress(this.#plannedBytes)
    })
  }

  #onRoundEnd(end: RoundEnd): void {
    const state = this.#state
    if (state.kind !== 'streaming') return
    if (this.#blob && !equal(this.#blob, end.blob)) {
      return this.#failHere(new PfsError('PFS_SOURCE_CHANGED', this.#prepared.name, { retryable: true }))
    }
    this.#blob = end.blob
    state.round.ops.end()
    state.round.literals.end()
    this.#channel.send({ type: endMessage.type, transfer: this.#offer.transfer, ...end })
    this.#state = { kind: 'ended', number: state.number }
  }

  #onMiss(miss: missMessage.Miss): Violation | undefined {
    const state = this.#state
    if (state.kind !== 'ended' && state.kind !== 'whole') return outOfTurn('MISS before END') // §15.11-2
    if ((miss.ranges.at(-1)?.end ?? 0) > this.#offer.size) return outOfTurn('missing ranges past the end') // §15.6-1
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
    await this.#storage.call('openSource', [this.#handle, { held: [], sources: [], codecs: [] }])
    await this.#beginRound(number)
    await this.#storage.call('repairSource', [this.#handle, miss.ranges])
  }

  #onWant(want: wantMessage.Want): Violation | undefined {
    if (this.#state.kind !== 'ended' && this.#state.kind !== 'whole') return outOfTurn('WANT before END')
    this.#nodesAsked += want.indexes.length
    if (this.#nodesAsked > nodesAskedMax) {
      this.#refuseNodes('too many tree nodes')
      return undefined
    }
    this.#guarded(this.#answerWant(want))
    return undefined
  }

  async #answerWant({ level, indexes }: wantMessage.Want): Promise<void> {
    await this.#storage.call('openSource', [this.#handle, { held: [], sources: [], codecs: [] }])
    const found = await this.#storage.call('sourceNodes', [this.#handle, level, indexes])
    if (this.#state.kind === 'over') return
    if (!found) return this.#refuseNodes('a tree node that does not exist')
    // one for each index, in order: §15.7-1
    for (const { level, index, nodes } of found) {
      this.#channel.send({
        type: nodesMessage.type,
        transfer: this.#offer.transfer,
        level,
        index,
        nodes: nodes.map(({ byteLength, hash }) => ({ bytes: byteLength, hash })),
      })
    }
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
    if (!this.#blob || !equal(done.blob, this.#blob)) return outOfTurn('DONE for another blob') // §15.8-2
    this.#state = { kind: 'over' }
    const isWhole = state.kind === 'whole'
    const reusedBytes = isWhole ? this.#offer.size : this.#heldBytes + this.#reusedBytes
    this.#resolve({ blob: done.blob, reusedBytes, isUnchanged: done.unchanged ?? false })
    return undefined
  }

  #tellProgress(checkedBytes: number): void {
    if (this.#state.kind === 'over') return
    this.#hooks.onProgress(Math.max(0, this.#plannedBytes - this.#outBytes), this.#reusedBytes, checkedBytes)
  }

  #guarded(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.#failHere(error instanceof PfsError ? error : new PfsError('PFS_INTERNAL', String(error))),
    )
  }
}

const streamRetryMillis = 5

const heldBytes = ({ held }: answerMessage.Answer): number =>
  held.reduce((sum, { start, end }) => sum + end - start, 0)

function outOfTurn(reason: string): Violation {
  return { code: 'MESSAGE_ERROR', frameType: 0, reason }
}
