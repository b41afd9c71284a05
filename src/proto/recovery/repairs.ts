// Packets that are worth sending twice before anybody knows that they are lost: control and op bytes, which are few and hold up
// megabytes, and the last packets of all, behind which nothing comes that would prove their loss. Says which and when, on a
// path that has lost packets of late, and keeps to a budget. Knows numbers, bytes and times; sends nothing. PROTOCOL.md §9-11.

import { type Micros, never } from '../../base/units.ts'
import { granularityMicros, type Rtt } from './rtt.ts'
import { type Piece, type Pieces, pieceBytes } from './sent.ts'

/** Losses of late are those among about so many packets. */
const recentPackets = 1024
/** A path that lost more than this share is worth doubling control bytes for. §9-11 */
const lossShareMin = 0.005
/** Round trips until the repeat. */
const delayShare = 1 / 4
/** Of the packets in flight, and at most, those that end them. */
const tailShare = 0.05
const tailPacketsMax = 3
/** §9-12 */
const redundantShare = 0.015
const redundantDatagrams = 3

/** Control packets of a quarter of a round trip; more than this is no handful of bytes worth doubling. */
const plannedMax = 256
/** Pieces that are looked at for the last DATA: behind it there are few FRAMES. */
const tailPiecesMax = 16

const nothing = { stream: -1, end: 0 }

interface Planned {
  readonly packetNumber: number
  readonly due: Micros
}

export class Repairs {
  readonly #isOn: boolean
  #packets = 0
  #lost = 0
  #sentBytes = 0
  #redundantBytes = 0
  // in order of time: the round trip hardly changes between two, and who is late by that is no harm
  readonly #planned: Planned[] = []
  #tailDue: Micros = never
  // the end of everything, and the one that was repeated: once is enough
  #tail = nothing
  #tailDone = nothing

  constructor(isOn: boolean) {
    this.#isOn = isOn
  }

  /** Of the packets of late, the share that was lost. */
  get lossShare(): number {
    return this.#packets > 0 ? this.#lost / this.#packets : 0
  }

  get redundantBytes(): number {
    return this.#redundantBytes
  }

  get deadline(): Micros {
    return Math.min(this.#tailDue, this.#planned[0]?.due ?? never)
  }

  onArrived(packets: number): void {
    this.#packets += packets
    if (this.#packets < recentPackets) return
    this.#packets /= 2
    // one loss alone is forgotten at last
    this.#lost = this.#lost < 1 ? 0 : this.#lost / 2
  }

  onLost(packets: number): void {
    this.#lost += packets
    this.onArrived(packets)
  }

  onSpurious(packets: number): void {
    this.#lost = Math.max(0, this.#lost - packets)
  }

  onSent(bytes: number): void {
    this.#sentBytes += bytes
    this.#tailDue = never
  }

  /** A packet left with control or op bytes that never left before. */
  onFresh(now: Micros, packetNumber: number, rtt: Rtt): void {
    if (!this.#isOn || this.lossShare <= lossShareMin || !rtt.hasSample) return
    if (this.#planned.length >= plannedMax) return
    this.#planned.push({ packetNumber, due: now + wait(rtt) })
  }

  /** The next packet whose time has come; undefined when none has. */
  takeDue(now: Micros): number | undefined {
    const next = this.#planned[0]
    if (next === undefined || next.due > now) return undefined
    this.#planned.shift()
    return next.packetNumber
  }

  /** All whose time has come, as far as the budget goes. */
  due(now: Micros, inFlight: Pieces, datagramBytes: number): Piece[] {
    const pieces: Piece[] = []
    const want = (piece: Piece | undefined): void => {
      if (piece && this.spend(pieceBytes(piece), datagramBytes)) pieces.push(piece)
    }
    for (let number = this.takeDue(now); number !== undefined; number = this.takeDue(now))
      want(inFlight.with(number))
    for (const piece of lastPackets(inFlight, this.takeTail(now, inFlight.bytes / datagramBytes))) want(piece)
    return pieces
  }

  /** False: what is sent again before it is lost is as much as may be. §9-12 */
  spend(bytes: number, datagramBytes: number): boolean {
    const most = redundantShare * this.#sentBytes + redundantDatagrams * datagramBytes
    if (this.#redundantBytes + bytes > most) return false
    this.#redundantBytes += bytes
    return true
  }

  /** Worth looking for a tail at all: cheap to ask, as it is asked at every pause. */
  get mayRepeatTail(): boolean {
    return this.#isOn && this.#lost > 0 && this.#tailDue === never
  }

  /** Everything has been sent, and these are the last bytes of it. */
  onAllSent(now: Micros, lastSentMicros: Micros, stream: number, end: number, rtt: Rtt): void {
    if (stream === this.#tailDone.stream && end === this.#tailDone.end) return
    this.#tailDue = Math.max(now + granularityMicros, lastSentMicros + wait(rtt))
    this.#tail = { stream, end }
  }

  /** How many of the last packets go again now; 0 before their time. */
  takeTail(now: Micros, packetsInFlight: number): number {
    if (now < this.#tailDue) return 0
    this.#tailDue = never
    this.#tailDone = this.#tail
    return Math.min(tailPacketsMax, Math.ceil(tailShare * packetsInFlight))
  }
}

/** The newest DATA in flight. */
export function lastData(inFlight: Pieces): Piece | undefined {
  const least = Math.max(0, inFlight.count - tailPiecesMax)
  for (let i = inFlight.count - 1; i >= least; i--) {
    const piece = inFlight.at(i)
    if (piece && piece.record === undefined) return piece
  }
  return undefined
}

/** The last packets of DATA in flight, as pieces of their own, which stay in flight all the same. */
export function lastPackets(inFlight: Pieces, packets: number): Piece[] {
  const last: Piece[] = []
  const least = Math.max(0, inFlight.count - tailPiecesMax)
  let left = packets
  for (let i = inFlight.count - 1; i >= least && left > 0; i--) {
    const piece = inFlight.at(i)
    if (!piece || piece.record) continue
    const taken = Math.min(left, piece.packets)
    const before = (piece.packets - taken) * piece.payloadBytes
    last.push({
      ...piece,
      firstPacket: piece.firstPacket + piece.packets - taken,
      packets: taken,
      offset: piece.offset + before,
      lengthBytes: piece.lengthBytes - before,
    })
    left -= taken
  }
  return last
}

const wait = (rtt: Rtt): Micros => Math.max(granularityMicros, rtt.smoothed * delayShare)
