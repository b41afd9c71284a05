// What is in flight, by train: a piece is a run of packets that left together, carry consecutive bytes of one literal
// stream (or is one FRAMES packet) and share one fate. An acknowledgement or a loss cuts a piece; nothing is kept per
// packet. Knows numbers, sizes and times; not what a loss means. PROTOCOL.md §9-8.

import type { Micros } from '../../base/units.ts'
import type { DeliveryStamp } from './delivery.ts'

/** What a FRAMES packet carried, as state to confirm or to make pending again; never the bytes themselves. */
export interface FramesRecord {
  /** Ranges of ordered streams. */
  readonly ranges: readonly OrderedRange[]
  /** WINDOW was in it. */
  readonly window: boolean
  /** Streams whose STREAM_WINDOW, FIN, RESET, STOP were in it. */
  readonly streamWindows: readonly number[]
  readonly fins: readonly number[]
  readonly resets: readonly number[]
  readonly stops: readonly number[]
  /** The datagram size this packet probes, or 0. §11-2 */
  readonly probeBytes: number
  /** The largest number that each ACK in it acknowledged. */
  readonly acks: readonly AckSaid[]
}

export interface AckSaid {
  readonly path: number
  readonly largest: number
}

/** A PING or an ACK went in it, and nothing that would have to be said again. */
export function saysNothing({ ranges, window, streamWindows, fins, resets, stops }: FramesRecord): boolean {
  return !window && [ranges, streamWindows, fins, resets, stops].every(said => said.length === 0)
}

export interface OrderedRange {
  readonly stream: number
  readonly start: number
  readonly end: number
  readonly isLast: boolean
}

export interface Piece {
  readonly firstPacket: number
  packets: number
  readonly sentMicros: Micros
  /** Datagram sizes: of every packet but the last, and of the last. */
  readonly datagramBytes: number
  lastDatagramBytes: number
  /** The literal stream; -1 when this is a FRAMES packet. */
  readonly stream: number
  readonly offset: number
  readonly payloadBytes: number
  lengthBytes: number
  readonly record: FramesRecord | undefined
  readonly stamp: DeliveryStamp
  /** Something between the piece before and this one was acknowledged: the two are no unbroken run of losses. */
  followsAck: boolean
}

/** Who is told what became of a piece: the streams and the pending frames. */
export interface PieceOwner {
  onPieceAcked(piece: Piece): void
  /** It must go again: because it is lost, or as a probe. */
  onPieceLost(piece: Piece): void
}

export function pieceBytes(piece: Piece): number {
  return (piece.packets - 1) * piece.datagramBytes + piece.lastDatagramBytes
}

/** Cuts before packet number `at`, which lies inside: `piece` keeps the front, the back is returned. */
function cutPiece(piece: Piece, at: number): Piece {
  const front = at - piece.firstPacket
  const frontBytes = front * piece.payloadBytes
  const back: Piece = {
    firstPacket: at,
    packets: piece.packets - front,
    sentMicros: piece.sentMicros,
    datagramBytes: piece.datagramBytes,
    lastDatagramBytes: piece.lastDatagramBytes,
    stream: piece.stream,
    offset: piece.offset + frontBytes,
    payloadBytes: piece.payloadBytes,
    lengthBytes: piece.lengthBytes - frontBytes,
    record: undefined,
    stamp: piece.stamp,
    followsAck: false,
  }
  piece.packets = front
  piece.lastDatagramBytes = piece.datagramBytes
  piece.lengthBytes = frontBytes
  return back
}

// The array is compacted when this many places at its front are empty.
const emptyPlacesMax = 64

/** Pieces in order of packet number. Taking from the front is free; elsewhere it costs the pieces touched. */
export class Pieces {
  #pieces: Piece[] = []
  #head = 0
  #bytes = 0

  get count(): number {
    return this.#pieces.length - this.#head
  }

  /** The sum of their datagrams. */
  get bytes(): number {
    return this.#bytes
  }

  get first(): Piece | undefined {
    return this.#pieces[this.#head]
  }

  get last(): Piece | undefined {
    return this.count > 0 ? this.#pieces[this.#pieces.length - 1] : undefined
  }

  at(index: number): Piece | undefined {
    return this.#pieces[this.#head + index]
  }

  /** The piece with that packet, while it is in flight. */
  with(packetNumber: number): Piece | undefined {
    const piece = this.#pieces[this.#seek(packetNumber)]
    return piece && piece.firstPacket <= packetNumber ? piece : undefined
  }

  push(piece: Piece): void {
    this.#pieces.push(piece)
    this.#bytes += pieceBytes(piece)
  }

  shift(): Piece | undefined {
    const piece = this.#pieces[this.#head]
    if (piece === undefined) return undefined
    this.#bytes -= pieceBytes(piece)
    this.#advance(1)
    return piece
  }

  /** Takes packets start … end - 1 out, as whole or cut pieces appended to `taken`. */
  takeRange(start: number, end: number, taken: Piece[]): void {
    let index = this.#seek(start)
    let piece = this.#pieces[index]
    if (piece === undefined || piece.firstPacket >= end) return
    if (piece.firstPacket < start) {
      this.#pieces.splice(index + 1, 0, cutPiece(piece, start))
      index++
    }
    let to = index
    for (piece = this.#pieces[to]; piece !== undefined && piece.firstPacket < end; piece = this.#pieces[to]) {
      if (piece.firstPacket + piece.packets > end) this.#pieces.splice(to + 1, 0, cutPiece(piece, end))
      taken.push(piece)
      this.#bytes -= pieceBytes(piece)
      to++
    }
    const next = this.#pieces[to]
    if (next) next.followsAck = true
    if (index === this.#head) this.#advance(to - index)
    else this.#pieces.splice(index, to - index)
  }

  // The index of the first piece that ends past packet number `start`.
  #seek(start: number): number {
    let low = this.#head
    let high = this.#pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      const piece = this.#pieces[middle]!
      if (piece.firstPacket + piece.packets <= start) low = middle + 1
      else high = middle
    }
    return low
  }

  #advance(count: number): void {
    this.#head += count
    if (this.#head >= emptyPlacesMax && this.#head * 2 >= this.#pieces.length) {
      this.#pieces.splice(0, this.#head)
      this.#head = 0
    }
  }
}
