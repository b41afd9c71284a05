// One object on its way in: answers the OFFER, hands rounds to the storage thread, asks for what is missing, and says
// DONE when it is durable. A state machine over messages and events; it touches no file itself. PROTOCOL.md §15

import { toHex } from '../base/bytes.ts'
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
import type { Offer } from '../wire/messages/offer.ts'
import * as refuseMessage from '../wire/messages/refuse.ts'
import * as wantMessage from '../wire/messages/want.ts'
import { refusalText } from '../wire/text.ts'
import type { Channel, RoundSink } from './channel.ts'
import { detailOf, uncarried, wireCodeOf } from './storage/carry.ts'
import type { BuildEvent, BuildStats, OfferedObject, Placement } from './storage/events.ts'
import type { StorageThread } from './storage/thread.ts'

export interface ReceivingHooks {
  onPhase(phase: 'transferring' | 'building' | 'verifying'): void
  onProgress(builtBytes: number, verifiedBytes: number): void
}

export interface ReceivingResult {
  readonly blob: Uint8Array
  readonly stats: BuildStats
}

type State =
  | { readonly kind: 'looking' }
  /** Answered, but the first flight may be a replay: nothing is touched. §5-6 */
  | { readonly kind: 'answered'; readonly handle: number; readonly isWhole: boolean }
  | { readonly kind: 'building'; readonly handle: number; readonly isWhole: boolean }
  /** Looking further means reading the target, which a replay may not cause. §5-6 */
  | { readonly kind: 'unread' }
  /** We asked for the blob id; the next OFFER says it. §15.3-8 */
  | { readonly kind: 'naming' }
  | { readonly kind: 'over' }

/** Codes that blame the peer's bytes: they end the connection, not only the transfer. */
const broken: ReadonlySet<keyof typeof wireCodes> = new Set(['MESSAGE_ERROR', 'PROGRAM_ERROR', 'GRANT_ERROR'])
/** The first HOLD comes after so long, each further one after twice as long: on a metered path silence is cheap. §15.9-1 */
const holdMillisFirst = 1_000
const holdMillisMax = 16_000

export class Receiving implements RoundSink {
  readonly result: Promise<ReceivingResult>
  readonly #channel: Channel
  readonly #storage: StorageThread
  readonly #peerId: string
  readonly #placement: Placement
  readonly #hooks: ReceivingHooks
  #offer: Offer
  #state: State = { kind: 'looking' }
  #isConfirmed = false
  /** Rounds the peer may have begun, and has. */
  #roundsAllowed = 0
  #roundsBegun = 0
  #ends = 0
  /** Tree nodes asked for that have not come. */
  #nodesAwaited = 0
  #holdAtMillis = 0
  #holdMillis = holdMillisFirst
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
    const object: OfferedObject = {
      ...offer,
      peer: this.#peerId,
      isFile: offer.kind === 'file',
      blob: offer.blob,
    }
    try {
      // once it is no replay, the target may be read to tell what it is
      const mayRead = this.#isConfirmed
      const looked = await this.#storage.call('look', [object, this.#placement, mayRead])
      const { handle, verdict, isUnchanged } = looked
      // an object that goes no further leaves nothing behind: a peer may offer as many as it likes
      const isKept = !this.isOver && verdict.kind === 'answer' && verdict.state !== 'name' && !isUnchanged
      if (!isKept) this.#tell(this.#storage.call('closeBuild', [handle]))
      if (this.isOver) return
      if (verdict.kind === 'refuse') return this.#refuse(verdict.code, verdict.text)
      if (verdict.kind === 'later') {
        this.#state = { kind: 'unread' }
        if (this.#isConfirmed) await this.look()
        return
      }
      const { kind: _kind, ...answer } = verdict
      this.#channel.send({ type: answerMessage.type, transfer: offer.transfer, ...answer })
      if (isUnchanged && offer.blob) return this.#done(offer.blob, this.#unchanged())
      if (verdict.state === 'name') {
        this.#state = { kind: 'naming' }
        return
      }
      const isWhole = verdict.state === 'whole'
      this.#roundsAllowed = isWhole ? 0 : 1
      this.#state = { kind: 'answered', handle, isWhole }
      this.#hooks.onPhase(isWhole ? 'building' : 'transferring')
      if (this.#isConfirmed) await this.#build()
    } catch (error) {
      this.#failLooking(error)
    }
  }

  #failLooking(error: unknown): void {
    if (error instanceof PfsError) return this.#failHere(wireCodeOf(error), error)
    this.#refuse('INTERNAL', error instanceof Error ? error.message : String(error))
  }

  #unchanged(): BuildStats {
    const { name, size } = this.#offer
    const path = `${this.#placement.directory}/${name}`
    return { path, size, reusedBytes: size, literalBytes: 0, isUnchanged: true }
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
    const { handle, isWhole } = this.#state
    this.#state = { kind: 'building', handle, isWhole }
    this.#storage.listenBuild(handle, event => this.#onBuild(event))
    await this.#storage.call('startBuild', [handle])
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
        this.#tell(
          this.#storage.call('buildNodes', [
            state.handle,
            {
              level: message.level,
              index: message.index,
              nodes: message.nodes.map(({ bytes, hash }) => ({ byteLength: bytes, hash })),
            },
          ]),
        )
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

  #onBuild(event: BuildEvent): void {
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
    if (this.isOver) return // what crossed our own end is nobody's: §15.4-1
    switch (event.kind) {
      case 'progress':
        return this.#onProgress(event.builtBytes, event.verifiedBytes)
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
        return this.#done(event.blob, event.stats)
      case 'failed':
        return this.#failHere(event.wire, uncarried(event.error))
    }
  }

  #onProgress(builtBytes: number, verifiedBytes: number): void {
    this.#hooks.onProgress(builtBytes, verifiedBytes)
    const state = this.#state
    if (state.kind !== 'building' || (!state.isWhole && this.#ends === 0)) return
    const now = Date.now()
    if (this.#holdAtMillis === 0) this.#holdAtMillis = now + this.#holdMillis
    if (now < this.#holdAtMillis) return
    this.#holdMillis = Math.min(2 * this.#holdMillis, holdMillisMax)
    this.#holdAtMillis = now + this.#holdMillis
    const total = this.#offer.size
    const reason = builtBytes < total ? 'building' : 'verifying'
    const done = builtBytes < total ? builtBytes : verifiedBytes
    this.#hooks.onPhase(reason)
    this.#channel.send({ type: holdMessage.type, transfer: this.#offer.transfer, reason, done, total })
  }

  #done(blob: Uint8Array, stats: BuildStats): void {
    if (this.isOver) return
    this.#end()
    this.#channel.endRounds(this) // they have come to their ends, or there would be no object
    const unchanged = stats.isUnchanged ? { unchanged: true } : {}
    this.#channel.send({ type: doneMessage.type, transfer: this.#offer.transfer, blob, ...unchanged })
    this.#resolve({ blob, stats })
  }

  #refuse(code: keyof typeof wireCodes, text: string): void {
    const fault = codeFault(wireCodes[code].code, text, 'said by this side')
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
    // a file that changed is offered as another transfer: nobody would ever come back for this one
    this.#end(error.code === 'PFS_SOURCE_CHANGED')
    this.#reject(error)
  }

  #end(isLost = false): void {
    const state = this.#state
    this.#state = { kind: 'over' }
    if (state.kind !== 'building' && state.kind !== 'answered') return
    // until it has given back what it holds, its events are still ours
    const forget = (): void => this.#storage.forget(state.handle)
    this.#storage.call('closeBuild', [state.handle, isLost]).then(forget, forget)
  }

  #tell(call: Promise<unknown>): void {
    call.catch((error: PfsError) => this.#failHere('INTERNAL', error))
  }
}

function outOfTurn(what: string): Violation {
  return { code: 'MESSAGE_ERROR', frameType: 0, reason: `${what} out of turn` }
}
