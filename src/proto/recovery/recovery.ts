// The sender's view of the path: numbers its packets, keeps what is in flight, turns acknowledgements and timers into
// news for the streams, the congestion controller, the pacer and the path's size. A joint of the files beside it.
// Knows no streams and no frames but ACK. PROTOCOL.md §9 to §11.

import { type Micros, never } from '../../base/units.ts'
import type { Ack } from '../../wire/frames/ack.ts'
import { type Config, limits } from '../config.ts'
import type { Controller } from '../congestion/controller.ts'
import { datagramBytesBase, PathMtu } from '../path/mtu.ts'
import { dataOverheadBytes, type Train } from '../plane/plane.ts'
import { Pacer, pacingRate } from '../send/pacer.ts'
import type { ConnectionStats } from '../stats.ts'
import { isPersistent, Reordering, takeLost } from './loss.ts'
import { ackDelayMicrosMax, initialRttMicros, openingWait, Rtt } from './rtt.ts'
import { type FramesRecord, type Piece, Pieces, pieceBytes, saysNothing } from './sent.ts'

/** Who is told what became of a piece: the streams and the pending frames. */
export interface PieceOwner {
  onPieceAcked(piece: Piece): void
  /** It must go again: because it is lost, or as a probe. */
  onPieceLost(piece: Piece): void
}

export class Recovery {
  readonly rtt = new Rtt()
  readonly inFlight = new Pieces()
  readonly controller: Controller
  readonly pacer: Pacer
  readonly mtu: PathMtu
  /** Packets that may go although the window is full: the probe time-out expired. §10-1 */
  probes = 0
  /** The peer was heard under the handshake's keys. §9-11 */
  isOpen = false
  /** The sender had more to send than the window let go. §10-5 */
  isWindowLimited = false
  /** What the owner lets go, whatever the path would bear: bytes a second. §10-3 */
  #rateMax = Number.POSITIVE_INFINITY
  readonly #lostBefore = new Pieces()
  readonly #reordering = new Reordering()
  readonly #owner: PieceOwner
  readonly #stats: ConnectionStats
  #nextNumber = 0
  #largestAcked = -1
  #lastElicitingMicros: Micros = never
  #probeTimeouts = 0
  // probes since data last went: the peer answers them, and its reader may still stand for hours. §8-8
  #creditProbes = 0
  #lossDeadline: Micros = never
  // reused by every ACK
  readonly #acked: Piece[] = []
  readonly #lost: Piece[] = []
  readonly #late: Piece[] = []

  constructor(now: Micros, config: Config, owner: PieceOwner, stats: ConnectionStats) {
    this.mtu = new PathMtu(datagramBytesBase)
    this.controller = config.createController(now, this.mtu.datagramBytes)
    this.pacer = new Pacer(now, this.#pacingRate, this.mtu.datagramBytes)
    this.#owner = owner
    this.#stats = stats
  }

  get largestAcked(): number {
    return this.#largestAcked
  }

  get nextNumber(): number {
    return this.#nextNumber
  }

  get bytesInFlight(): number {
    return this.inFlight.bytes
  }

  /** What the window leaves, in bytes. */
  get roomBytes(): number {
    return this.controller.windowBytes - this.inFlight.bytes
  }

  /** What the peer and our driver let us try. §11-2 */
  setCeiling(datagramBytes: number): void {
    this.mtu.setCeiling(datagramBytes)
  }

  /** A round trip that the handshake measured. */
  onHandshakeRtt(now: Micros, rttMicros: Micros): void {
    this.rtt.onSample(rttMicros, 0, false)
    this.#setPace(now)
  }

  /** Upwards from 0, none twice (§9-1): what is sent again is a new packet with the same bytes and offset (§8-9). */
  takeNumbers(count: number): number {
    const first = this.#nextNumber
    this.#nextNumber += count
    return first
  }

  onTrainSent(now: Micros, train: Train): void {
    const { packets, lengthBytes, payloadBytes } = train
    const lastPayload = lengthBytes - (packets - 1) * payloadBytes
    this.#onSent(now, {
      firstPacket: train.firstPacket,
      packets,
      sentMicros: now,
      datagramBytes: payloadBytes + dataOverheadBytes,
      lastDatagramBytes: lastPayload + dataOverheadBytes,
      stream: train.stream,
      offset: train.offset,
      payloadBytes,
      lengthBytes,
      record: undefined,
      followsAck: false,
    })
  }

  onFramesSent(now: Micros, packetNumber: number, record: FramesRecord, datagramBytes: number): void {
    if (record.probeBytes > 0) this.mtu.onProbeSent(record.probeBytes)
    this.#onSent(now, {
      firstPacket: packetNumber,
      packets: 1,
      sentMicros: now,
      datagramBytes,
      lastDatagramBytes: datagramBytes,
      stream: -1,
      offset: 0,
      payloadBytes: 0,
      lengthBytes: 0,
      record,
      followsAck: false,
    })
  }

  #onSent(now: Micros, piece: Piece): void {
    const bytes = pieceBytes(piece)
    if (piece.record === undefined || piece.record.ranges.length > 0) this.#creditProbes = 0
    this.inFlight.push(piece)
    this.controller.onSent(now, bytes)
    this.pacer.onSent(now, bytes)
    this.#lastElicitingMicros = now
    if (this.probes > 0) this.probes--
  }

  /** False when it acknowledges what was never sent. §7.3-2 */
  onAck(now: Micros, ack: Ack, isConfirmed: boolean): boolean {
    if (ack.largest >= this.#nextNumber) return false
    const inFlightBefore = this.inFlight.bytes
    for (let i = 0; i < ack.ranges.length; i += 2) {
      const start = ack.ranges[i]!
      const end = ack.ranges[i + 1]!
      this.inFlight.takeRange(start, end, this.#acked)
      if (this.#lostBefore.count > 0) this.#lostBefore.takeRange(start, end, this.#late)
    }
    this.#largestAcked = Math.max(this.#largestAcked, ack.largest)
    if (this.#acked.length > 0) this.#onNewlyAcked(now, ack, isConfirmed, inFlightBefore)
    if (this.#late.length > 0) this.#onLate(now)
    this.#detect(now)
    this.#setPace(now)
    this.#acked.length = 0
    this.#late.length = 0
    return true
  }

  #onNewlyAcked(now: Micros, ack: Ack, isConfirmed: boolean, inFlightBefore: number): void {
    const bytes = inFlightBefore - this.inFlight.bytes
    let newest: Micros = -never
    for (const piece of this.#acked) {
      newest = Math.max(newest, piece.sentMicros)
      const last = piece.firstPacket + piece.packets - 1
      if (last === ack.largest) this.rtt.onSample(now - piece.sentMicros, ack.delayMicros, isConfirmed)
      this.#onPathAcked(now, piece, last)
      this.#owner.onPieceAcked(piece)
    }
    this.#probeTimeouts = 0
    this.probes = 0
    this.controller.onAcked({
      now,
      bytes,
      sentMicros: newest,
      latestRttMicros: this.rtt.latest,
      smoothedRttMicros: this.rtt.smoothed,
      minimumRttMicros: this.rtt.minimum,
      inFlightBytes: inFlightBefore,
      // half a window under way: else it was the peer's credit that held us between two waits for the pacer. §10-5
      isWindowLimited: this.isWindowLimited && 2 * inFlightBefore >= this.controller.windowBytes,
    })
  }

  #onPathAcked(now: Micros, piece: Piece, last: number): void {
    const probeBytes = piece.record?.probeBytes ?? 0
    const isChanged =
      probeBytes > 0
        ? this.mtu.onProbeAcked(now, probeBytes)
        : this.mtu.onAcked(now, last, piece.packets > 1 ? piece.datagramBytes : piece.lastDatagramBytes)
    if (isChanged) this.#onDatagramSize()
  }

  // What was declared lost had arrived: the path reorders. §9-10
  #onLate(now: Micros): void {
    let packets = 0
    for (const piece of this.#late) {
      if (piece.record && piece.record.probeBytes > 0) this.#onPathAcked(now, piece, piece.firstPacket)
      else packets += piece.packets
      this.#owner.onPieceAcked(piece)
    }
    if (packets === 0) return
    this.#stats.packetsSpurious += packets
    this.#reordering.onSpurious(now, this.rtt)
    this.controller.onSpuriousLoss(now)
  }

  #detect(now: Micros): void {
    const delay = this.#reordering.delayMicros(now, this.rtt)
    const counts = this.#reordering.countsNumbers(now, this.rtt)
    this.#lossDeadline = takeLost(this.inFlight, this.#largestAcked, now, delay, counts, this.#lost)
    if (this.#lost.length === 0) return
    let bytes = 0
    let newest: Micros = -never
    for (const piece of this.#lost) {
      const probeBytes = piece.record?.probeBytes ?? 0
      if (probeBytes > 0) {
        this.mtu.onProbeLost(now, probeBytes) // no sign of congestion: §10-6
      } else {
        bytes += pieceBytes(piece)
        newest = piece.sentMicros
        this.#stats.packetsLost += piece.packets
        if (this.mtu.onLost(now, piece.firstPacket, piece.packets, piece.datagramBytes))
          this.#onDatagramSize()
      }
      this.#owner.onPieceLost(piece)
      this.#lostBefore.push(piece)
    }
    while (this.#lostBefore.count > limits.lostPieces) this.#lostBefore.shift()
    const span = 3 * this.rtt.probeTimeout(ackDelayMicrosMax)
    if (bytes > 0)
      this.controller.onLost({ now, bytes, sentMicros: newest, isPersistent: isPersistent(this.#lost, span) })
    this.#lost.length = 0
  }

  get lossDeadline(): Micros {
    return this.#lossDeadline
  }

  /** @param isBlocked data waits for a window alone: the peer must be asked again should its WINDOW be lost. §8-8 */
  probeDeadline(isBlocked: boolean): Micros {
    if (this.probes > 0 || this.#lossDeadline !== never) return never
    if (this.inFlight.count === 0 && !isBlocked) return never
    if (this.#lastElicitingMicros === never) return never
    return this.#lastElicitingMicros + this.probeTimeout
  }

  /** With its back-off. §9-6 */
  get probeTimeout(): Micros {
    const expiries = Math.max(this.#probeTimeouts, this.inFlight.count === 0 ? this.#creditProbes : 0)
    if (!this.isOpen || !this.rtt.hasSample) return openingWait(this.handshakeWait, expiries)
    const timeout = this.rtt.probeTimeout(ackDelayMicrosMax)
    return Math.min(timeout * 2 ** Math.min(expiries, 30), limits.probeTimeoutMicros)
  }

  /** Without back-off: what other times are measured in. */
  get probeTimeoutBase(): Micros {
    return this.rtt.probeTimeout(ackDelayMicrosMax)
  }

  /** What a handshake packet waits before it is repeated for the first time. §5-9 */
  get handshakeWait(): Micros {
    return this.rtt.hasSample ? this.probeTimeoutBase : initialRttMicros
  }

  onLossTimeout(now: Micros): void {
    this.#detect(now)
    this.#setPace(now)
  }

  /** Declares nothing lost (§9-5); the next packets are probes, two when the first went unanswered. */
  onProbeTimeout(now: Micros): void {
    this.#probeTimeouts++
    if (this.inFlight.count === 0) this.#creditProbes++
    this.#stats.probeTimeouts++
    this.probes = this.#probeTimeouts > 1 ? 2 : 1
    if (this.mtu.onProbeTimeout(now, this.#probeTimeouts, this.#isOnlyLargeInFlight())) this.#onDatagramSize()
  }

  /** For a probe without new data: the oldest unacknowledged range goes again, in flight though it stays. §9-6 */
  requeueOldest(): void {
    for (let i = 0; i < this.inFlight.count; i++) {
      const piece = this.inFlight.at(i)!
      if (piece.record && saysNothing(piece.record)) continue
      const lengthBytes = Math.min(piece.payloadBytes, piece.lengthBytes)
      this.#owner.onPieceLost(piece.record ? piece : { ...piece, packets: 1, lengthBytes })
      return
    }
  }

  #isOnlyLargeInFlight(): boolean {
    for (let i = 0; i < this.inFlight.count; i++) {
      const piece = this.inFlight.at(i)!
      if ((piece.packets > 1 ? piece.datagramBytes : piece.lastDatagramBytes) <= datagramBytesBase)
        return false
    }
    return this.inFlight.count > 0
  }

  /** The pacer holds to the owner's limit: that says nothing of the path, and the window does not grow by it. */
  get isHeldBack(): boolean {
    return this.pacer.bytesPerSecond >= this.#rateMax
  }

  /** @param bytesPerSecond infinite for no limit */
  limitRate(now: Micros, bytesPerSecond: number): void {
    this.#rateMax = bytesPerSecond
    this.#setPace(now)
  }

  #onDatagramSize(): void {
    this.controller.onDatagramSize(this.mtu.datagramBytes)
  }

  get #pacingRate(): number {
    const { controller, rtt } = this
    return Math.min(this.#rateMax, pacingRate(controller.windowBytes, rtt.smoothed, controller.isSlowStart))
  }

  #setPace(now: Micros): void {
    this.pacer.setRate(now, this.#pacingRate, this.mtu.datagramBytes)
    this.mtu.settleMicros = this.rtt.smoothed
  }
}
