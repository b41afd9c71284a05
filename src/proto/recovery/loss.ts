// Which packets are lost now, and when the next may be: a decision over what is in flight, with no timer of its own.
// Three later numbers, or later in time than reordering explains (RACK). PROTOCOL.md §9.

import { type Micros, never } from '../../base/units.ts'
import type { LostBytes } from '../congestion/controller.ts'
import { granularityMicros, type Rtt } from './rtt.ts'
import { type Piece, type Pieces, pieceBytes } from './sent.ts'

/** Later numbers acknowledged that prove a loss, on a path that does not reorder. §9-5 */
export const laterNumbers = 3

/** Round trips without a spurious loss after which what was learnt about reordering is forgotten. §9-10 */
const reorderingRoundTrips = 16

/** What spurious losses have taught about this path. */
export class Reordering {
  #windowMicros: Micros = 0
  #seenAt: Micros = -never
  #isSeen = false

  /** A loss was none. Grows the window at most once per round trip. */
  onSpurious(now: Micros, rtt: Rtt): void {
    if (this.#isSeen && now - this.#seenAt < rtt.smoothed) return
    const step = rtt.minimum / 4
    // the first one already had that much; each later one shows that it was not enough
    this.#windowMicros = Math.min(rtt.smoothed, this.#isSeen ? this.#windowMicros + step : 2 * step)
    this.#seenAt = now
    this.#isSeen = true
  }

  /** How much later than a round trip a packet may be before it counts as lost. */
  delayMicros(now: Micros, rtt: Rtt): Micros {
    this.#forget(now, rtt)
    const longest = Math.max(rtt.smoothed, rtt.latest)
    const window = Math.max(longest / 8, this.#isSeen ? this.#windowMicros : 0)
    return Math.max(longest + window, granularityMicros)
  }

  /** On a path that reorders, only time proves a loss. */
  countsNumbers(now: Micros, rtt: Rtt): boolean {
    this.#forget(now, rtt)
    return !this.#isSeen
  }

  #forget(now: Micros, rtt: Rtt): void {
    if (now - this.#seenAt > reorderingRoundTrips * rtt.smoothed) this.#isSeen = false
  }
}

/**
 * Takes what is lost out of flight and appends it to `lost`. Numbers and times grow together, so that the lost are
 * always a front of what is in flight: the cost is what is lost, and one.
 * @returns when the next packet will be lost if nothing comes; `never` when no later one is acknowledged
 */
export function takeLost(
  inFlight: Pieces,
  largestAcked: number,
  now: Micros,
  delayMicros: Micros,
  countsNumbers: boolean,
  lost: Piece[],
): Micros {
  for (let piece = inFlight.first; piece && piece.firstPacket < largestAcked; piece = inFlight.first) {
    const byNumber = countsNumbers ? largestAcked - laterNumbers + 1 : 0
    const byTime = piece.sentMicros + delayMicros <= now ? largestAcked : 0
    const end = Math.min(piece.firstPacket + piece.packets, Math.max(byNumber, byTime))
    if (end <= piece.firstPacket) return piece.sentMicros + delayMicros
    const follows = piece.followsAck
    inFlight.takeRange(piece.firstPacket, end, lost)
    piece.followsAck = follows
    const next = inFlight.first
    if (next && next.firstPacket === end) next.followsAck = false
  }
  return never
}

/**
 * What a controller is told of these losses, in order. @param before the last that was lost before them
 * @param spanMicros a run that is longer is persistent congestion
 */
export function newsOf(
  now: Micros,
  lost: readonly Piece[],
  before: Piece | undefined,
  spanMicros: Micros,
): LostBytes {
  let [bytes, losses, sentMicros] = [0, 0, -never]
  let last = before
  for (const piece of lost) {
    const continues = last && last.firstPacket + last.packets === piece.firstPacket
    last = piece
    if ((piece.record?.probeBytes ?? 0) > 0) continue // no sign of congestion: §10-6
    bytes += pieceBytes(piece)
    sentMicros = piece.sentMicros
    if (!continues) losses++
  }
  return { now, bytes, losses, sentMicros, isPersistent: isPersistent(lost, spanMicros) }
}

/** Whether these losses hold an unbroken run longer than `spanMicros`: persistent congestion. §9-7 */
function isPersistent(lost: readonly Piece[], spanMicros: Micros): boolean {
  let start: Micros = never
  for (const piece of lost) {
    if (piece.followsAck || start === never) start = piece.sentMicros
    if (piece.sentMicros - start > spanMicros) return true
  }
  return false
}
