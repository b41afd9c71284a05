// What is in flight on a path that is no more: acknowledged or lost like everything else, but it fills no window, and its
// loss is no sign of congestion where the sender is now. PROTOCOL.md §4.2-5.

import { type Micros, never } from '../../base/units.ts'
import type { Ack } from '../../wire/frames/ack.ts'
import { limits } from '../config.ts'
import { takeLost } from './loss.ts'
import type { PieceOwner } from './sent.ts'
import { type Piece, Pieces } from './sent.ts'

export class Strays {
  readonly #inFlight = new Pieces()
  readonly #lostBefore = new Pieces()
  readonly #owner: PieceOwner
  readonly #taken: Piece[] = []
  lossDeadline: Micros = never

  constructor(owner: PieceOwner) {
    this.#owner = owner
  }

  get count(): number {
    return this.#inFlight.count
  }

  get first(): Piece | undefined {
    return this.#inFlight.first
  }

  /** All of what was in flight, in order. */
  add(pieces: Pieces): void {
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) this.#inFlight.push(piece)
  }

  onAck(ack: Pick<Ack, 'ranges'>): void {
    if (this.#inFlight.count + this.#lostBefore.count === 0) return
    for (let i = 0; i < ack.ranges.length; i += 2) {
      this.#inFlight.takeRange(ack.ranges[i]!, ack.ranges[i + 1]!, this.#taken)
      this.#lostBefore.takeRange(ack.ranges[i]!, ack.ranges[i + 1]!, this.#taken)
    }
    for (const piece of this.#taken) this.#owner.onPieceAcked(piece)
    this.#taken.length = 0
  }

  /** Says how many packets are lost by now. */
  detect(now: Micros, largestAcked: number, delayMicros: Micros): number {
    this.lossDeadline = takeLost(this.#inFlight, largestAcked, now, delayMicros, true, this.#taken)
    return this.#lose()
  }

  /** All of it goes again, whatever may still arrive; says how many packets that is. */
  giveUp(): number {
    for (let piece = this.#inFlight.shift(); piece; piece = this.#inFlight.shift()) this.#taken.push(piece)
    this.lossDeadline = never
    return this.#lose()
  }

  #lose(): number {
    let packets = 0
    for (const piece of this.#taken) {
      packets += piece.packets
      this.#owner.onPieceLost(piece)
      this.#lostBefore.push(piece)
    }
    this.#taken.length = 0
    while (this.#lostBefore.count > limits.lostPieces) this.#lostBefore.shift()
    return packets
  }
}
