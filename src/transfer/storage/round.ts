// One round of a program: an op stream and its literal stream, played in bounded steps. The first round is the whole
// program; a repair is a round of its own. Knows ops and their order, and hands every byte to its ground.
// PROTOCOL.md §14.5, §15.6

import { unreachable } from '../../base/assert.ts'
import type { OpDecoder } from '../../offset/decode.ts'
import type { CompressedOp, CopyOp, Op, ProgramFault } from '../../offset/ops.ts'
import type { Player } from '../../offset/play.ts'
import { Literals, type Slab } from './literals.ts'

/** Where the bytes of a round go. All of it is synchronous and may throw a PfsError of the disk. */
export interface Ground {
  write(bytes: Uint8Array, output: number): void
  /** One COPY step: bounds how long a step takes. */
  readonly copyBytesMax: number
  /** Copies [op.output, + length) or knows that it is missing. false: not now; somebody wakes whoever steps us. */
  copy(op: CopyOp): boolean
  zero(output: number, length: number): void
  decode(op: CompressedOp, stored: Uint8Array): Uint8Array | undefined
}

/** What a round gives back as it goes on: credit for the streams. */
export interface RoundCredit {
  ops(bytes: number): void
  slab(slab: Slab): void
}

/** Ops decoded and waiting: two blocks, so that a small stream of many ops cannot fill the memory. */
const waitingOpsMax = 8192

export class Round {
  readonly #decoder: OpDecoder
  readonly #player: Player
  readonly #ground: Ground
  readonly #credit: RoundCredit
  readonly #literals: Literals
  #pieces: Uint8Array[] = []
  #ops: Op[] = []
  #opsIsLast = false
  #literalLength: number | undefined
  #fault: ProgramFault | undefined

  constructor(decoder: OpDecoder, player: Player, ground: Ground, credit: RoundCredit) {
    this.#decoder = decoder
    this.#player = player
    this.#ground = ground
    this.#credit = credit
    this.#literals = new Literals(ground)
  }

  /** Everything the two streams brought has reached its place. */
  get isComplete(): boolean {
    return (
      this.#opsIsLast &&
      this.#pieces.length === 0 &&
      this.#ops.length === 0 &&
      this.#literals.waitingOps === 0 &&
      this.#literalLength === this.#literals.knownEnd
    )
  }

  addOps(bytes: Uint8Array, isLast: boolean): void {
    if (bytes.length > 0) this.#pieces.push(bytes)
    this.#opsIsLast ||= isLast
  }

  /** Ops of our own making, in front of what the peer sends. */
  addLocal(ops: readonly Op[]): void {
    this.#ops.push(...ops)
  }

  addSlab(slab: Slab): void {
    this.#literals.addSlab(slab)
  }

  /** The literal stream ends at `length`. */
  endLiterals(length: number): void {
    this.#literalLength = length
  }

  /** Does about `budgetBytes` of work; true when there is more to do at once. */
  step(budgetBytes: number): boolean | ProgramFault {
    let left = budgetBytes
    let isDrained = false
    let isWaiting = false
    const isHeldBack = (): boolean => this.#literals.waitingOps >= waitingOpsMax
    while (left > 0 && !isDrained && !isWaiting && !this.#fault) {
      const op = this.#ops[0]
      const cost = op ? this.#stepOp(op) : 0
      left -= cost
      if (op) isWaiting = cost === 0
      else isDrained = !this.#decodeMore()
    }
    const wasHeldBack = isHeldBack()
    if (!this.#fault && !this.#literals.settle(slab => this.#credit.slab(slab))) this.#fault = 'malformed'
    const mayGoOn = wasHeldBack && !isHeldBack()
    if (!this.#fault && isDrained && !mayGoOn && this.#isEndWrong()) this.#fault = 'malformed'
    return this.#fault ?? (left <= 0 || mayGoOn)
  }

  /** Gives back what is held; the round is over. */
  abandon(): void {
    this.#literals.abandon(slab => this.#credit.slab(slab))
  }

  /** The next block, or the next piece of the stream towards one. false: nothing to do now. */
  #decodeMore(): boolean {
    if (this.#literals.waitingOps >= waitingOpsMax) return false
    const block = this.#decoder.next()
    if (typeof block === 'string') {
      this.#fault = block
      return false
    }
    if (block) {
      this.#fault = this.#player.play(block)
      if (!this.#fault) this.#ops = [...block]
      return !this.#fault
    }
    const piece = this.#pieces.shift()
    if (!piece) return false
    this.#decoder.push(piece)
    this.#credit.ops(piece.length)
    return true
  }

  /** Carries out an op, or a step of it. Returns what it cost; 0: nothing can be done now. */
  #stepOp(op: Op): number {
    switch (op.kind) {
      case 'literal':
      case 'compressed':
        this.#literals.addOp(op)
        this.#ops.shift()
        return 64
      case 'zero':
        this.#ground.zero(op.output, op.length)
        this.#ops.shift()
        return 64
      case 'copy': {
        const length = Math.min(op.length, this.#ground.copyBytesMax)
        if (!this.#ground.copy({ ...op, length })) return 0
        if (length === op.length) this.#ops.shift()
        else {
          const rest = { output: op.output + length, offset: op.offset + length, length: op.length - length }
          this.#ops[0] = { ...op, ...rest }
        }
        return length
      }
      default:
        return unreachable(op)
    }
  }

  /** Streams that ended inside a block, or with bytes that no op names. */
  #isEndWrong(): boolean {
    if (!this.#opsIsLast || this.#pieces.length > 0 || this.#literals.waitingOps >= waitingOpsMax)
      return false
    if (this.#decoder.pendingBytes > 0) return true
    return this.#literalLength !== undefined && this.#literalLength !== this.#literals.knownEnd
  }
}
