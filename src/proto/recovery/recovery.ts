// The sender's view of the path: numbers its packets, keeps what is in flight, turns acknowledgements and timers into news
// for streams, controller, pacer and the path's size. A joint of the files beside it; knows no frames but ACK. PROTOCOL.md §9-§11.

import { type Micros, never } from '../../base/units.ts'
import type { AnyAck } from '../../wire/frames/ack_ecn.ts'
import type { PathAck } from '../../wire/frames/path_ack.ts'
import { type Config, limits } from '../config.ts'
import type { Controller, SavedPath } from '../congestion/controller.ts'
import type { Observer } from '../observer.ts'
import { PathEcn } from '../path/ecn.ts'
import { datagramBytesBase, PathMtu } from '../path/mtu.ts'
import type { Train } from '../plane/plane.ts'
import { Pacer, pacingRate } from '../send/pacer.ts'
import type { ConnectionStats } from '../stats.ts'
import { Delivery } from './delivery.ts'
import { newsOf, Reordering, takeLost } from './loss.ts'
import { firstPacketOf, isOnlyLarger, oldestSaying, pieceOfFrames, pieceOfTrain, trainBytes } from './made.ts'
import { lastData, Repairs } from './repairs.ts'
import { ackDelayMicrosMax, backOff, initialRttMicros, openingWait, Rtt } from './rtt.ts'
import { type FramesRecord, type Piece, type PieceOwner, Pieces, pieceBytes } from './sent.ts'
import { Strays } from './strays.ts'

/** A path that loses this many probes in a row is more likely broken than lossy. */
const doubtfulProbeTimeouts = 3

export class Recovery {
  rtt = new Rtt()
  readonly inFlight = new Pieces()
  controller: Controller
  pacer: Pacer
  mtu: PathMtu
  readonly ecn = new PathEcn()
  readonly repairs: Repairs
  /** Packets that may go although the window is full: the probe time-out expired. §10-1 */
  probes = 0
  isOpen = true // the peer was heard under the handshake's keys: false only of the first path, before that. §9-13
  /** The sender had more to send than the window let go. §10-5 */
  isWindowLimited = false
  /** What the owner lets go, whatever the path would bear: bytes a second. §10-3 */
  #rateMax = Number.POSITIVE_INFINITY
  readonly #lostBefore = new Pieces()
  #reordering = new Reordering()
  #delivery = new Delivery()
  readonly #strays: Strays
  readonly #config: Config
  readonly #owner: PieceOwner
  readonly #stats: ConnectionStats
  readonly #observer: Observer | undefined
  #savedPath: SavedPath | undefined
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

  constructor(now: Micros, config: Config, owner: PieceOwner, stats: ConnectionStats, observer?: Observer) {
    this.mtu = new PathMtu(datagramBytesBase, config.isLossless)
    this.repairs = new Repairs(config.repairs)
    this.controller = config.createController(now, this.mtu.datagramBytes)
    this.pacer = new Pacer(now, this.#pacingRate, this.mtu.datagramBytes)
    this.#config = config
    this.#strays = new Strays(owner)
    this.#savedPath = config.savedPath
    this.#owner = owner
    this.#stats = stats
    this.#observer = observer
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
    const before = this.mtu.datagramBytes
    this.mtu.setCeiling(datagramBytes)
    if (this.mtu.datagramBytes !== before) this.#onDatagramSize()
  }

  /** A round trip that the handshake measured. */
  onHandshakeRtt(now: Micros, rttMicros: Micros): void {
    this.#sample(rttMicros, 0, false)
    this.#setPace(now)
  }

  // the first is the handshake's, where that was not repeated
  #sample(rttMicros: Micros, delayMicros: Micros, isConfirmed: boolean): void {
    const isFirst = !this.rtt.hasSample
    this.rtt.onSample(rttMicros, delayMicros, isConfirmed)
    if (isFirst) this.controller.onHandshakeRtt(rttMicros, this.#savedPath)
  }

  /** All that was learnt is of a path that is no more. @param rttMicros what is known of the new one. §4.2-5 */
  onNewPath(now: Micros, rttMicros: Micros | undefined): void {
    this.#strays.add(this.inFlight)
    this.#savedPath = undefined
    this.rtt = new Rtt()
    this.#reordering = new Reordering()
    this.#delivery = new Delivery()
    this.mtu = PathMtu.like(this.mtu)
    this.ecn.restart(this.#nextNumber)
    this.controller = this.#config.createController(now, this.mtu.datagramBytes)
    this.pacer = new Pacer(now, this.#pacingRate, this.mtu.datagramBytes)
    this.#probeTimeouts = 0
    this.#lossDeadline = never
    if (rttMicros !== undefined) this.onHandshakeRtt(now, rttMicros)
  }

  /** The path is silent: all that is in flight goes again, by others. §4.3-5 */
  giveUpInFlight(): void {
    this.#strays.add(this.inFlight)
    this.#stats.packetsLost += this.#strays.giveUp()
    this.#probeTimeouts = 0
    this.#lossDeadline = never
    this.probes = 0
  }

  /** Upwards from 0, none twice (§9-1): what is sent again is a new packet with the same bytes and offset (§8-9). */
  takeNumbers(count: number): number {
    const first = this.#nextNumber
    this.#nextNumber += count
    this.ecn.onSent(count)
    return first
  }

  /** Window and pacer would let more go than there is, or the owner's limit holds it: §10-7. */
  onAppLimited(): void {
    if (this.roomBytes > 0) this.#delivery.onAppLimited(this.inFlight.bytes)
  }

  onTrainSent(now: Micros, train: Train): void {
    const stamp = this.#delivery.stamp(now, this.inFlight.bytes, trainBytes(train))
    this.#onSent(now, pieceOfTrain(now, train, stamp))
  }

  /** @param freshBytes of ordered streams, that never left before */
  onFramesSent(
    now: Micros,
    packetNumber: number,
    record: FramesRecord,
    datagramBytes: number,
    freshBytes = 0,
  ): void {
    if (freshBytes > 0) this.repairs.onFresh(now, packetNumber, this.rtt)
    if (record.probeBytes > 0) this.mtu.onProbeSent(record.probeBytes)
    const stamp = this.#delivery.stamp(now, this.inFlight.bytes, datagramBytes)
    this.#onSent(now, pieceOfFrames(now, packetNumber, record, datagramBytes, stamp))
  }

  #onSent(now: Micros, piece: Piece): void {
    const bytes = pieceBytes(piece)
    if (piece.record === undefined || piece.record.ranges.length > 0) this.#creditProbes = 0
    this.inFlight.push(piece)
    this.repairs.onSent(bytes)
    this.controller.onSent(now, bytes)
    this.pacer.onSent(now, bytes)
    this.#lastElicitingMicros = now
    if (this.probes > 0) this.probes--
  }

  /** False when it acknowledges what was never sent. §7.3-2 */
  onAck(now: Micros, ack: AnyAck | PathAck, isConfirmed: boolean): boolean {
    if (ack.largest >= this.#nextNumber) return false
    const raisesLargest = ack.largest > this.#largestAcked
    const inFlightBefore = this.inFlight.bytes
    this.#strays.onAck(ack)
    for (let i = 0; i < ack.ranges.length; i += 2) {
      const start = ack.ranges[i]!
      const end = ack.ranges[i + 1]!
      this.inFlight.takeRange(start, end, this.#acked)
      if (this.#lostBefore.count > 0) this.#lostBefore.takeRange(start, end, this.#late)
    }
    this.#largestAcked = Math.max(this.#largestAcked, ack.largest)
    if (this.#acked.length > 0) {
      this.#observer?.onAcked(now, this.#acked)
      this.#onNewlyAcked(now, ack, isConfirmed, inFlightBefore)
      this.#onMarks(now, this.ecn.onAck(ack, this.#acked, raisesLargest))
    }
    if (this.#late.length > 0) this.#onLate(now)
    this.#detect(now)
    this.#setPace(now)
    this.#acked.length = 0
    this.#late.length = 0
    return true
  }

  #onNewlyAcked(now: Micros, ack: AnyAck | PathAck, isConfirmed: boolean, inFlightBefore: number): void {
    const bytes = inFlightBefore - this.inFlight.bytes
    let newest = this.#acked[0]!
    for (const piece of this.#acked) {
      this.repairs.onArrived(piece.packets)
      if (piece.firstPacket > newest.firstPacket) newest = piece
      const last = piece.firstPacket + piece.packets - 1
      if (last === ack.largest) this.#sample(now - piece.sentMicros, ack.delayMicros, isConfirmed)
      this.#onPathAcked(now, piece, last)
      this.#owner.onPieceAcked(piece)
    }
    this.#probeTimeouts = 0
    this.probes = 0
    this.controller.onAcked({
      now,
      bytes,
      sentMicros: newest.sentMicros,
      latestRttMicros: this.rtt.latest,
      smoothedRttMicros: this.rtt.smoothed,
      minimumRttMicros: this.rtt.minimum,
      inFlightBytes: inFlightBefore,
      // half a window under way: else it was the peer's credit that held us between two waits for the pacer. §10-5
      isWindowLimited: this.isWindowLimited && 2 * inFlightBefore >= this.controller.windowBytes,
      rate: this.#delivery.onAcked(now, bytes, newest, this.rtt.minimum),
    })
  }

  // §10.1-5
  #onMarks(now: Micros, packets: number): void {
    if (packets === 0) return
    let newest: Micros = -never
    for (const piece of this.#acked) newest = Math.max(newest, piece.sentMicros)
    this.controller.onMarked({ now, bytes: packets * this.mtu.datagramBytes, sentMicros: newest })
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
    this.repairs.onSpurious(packets)
    this.#reordering.onSpurious(now, this.rtt)
    this.controller.onSpuriousLoss(now)
  }

  #detect(now: Micros): void {
    const delay = this.#reordering.delayMicros(now, this.rtt)
    const counts = this.#reordering.countsNumbers(now, this.rtt)
    this.#stats.packetsLost += this.#strays.detect(now, this.#largestAcked, delay)
    this.#lossDeadline = takeLost(this.inFlight, this.#largestAcked, now, delay, counts, this.#lost)
    if (this.#lost.length === 0) return
    this.#observer?.onLost(now, this.#lost)
    this.ecn.onLost(this.#lost)
    const span = 3 * this.rtt.probeTimeout(ackDelayMicrosMax)
    const news = newsOf(now, this.#lost, this.#lostBefore.last, span)
    for (const piece of this.#lost) {
      const probeBytes = piece.record?.probeBytes ?? 0
      if (probeBytes > 0) {
        this.mtu.onProbeLost(now, probeBytes) // no sign of congestion: §10-6
      } else {
        this.#stats.packetsLost += piece.packets
        this.repairs.onLost(piece.packets)
        if (this.mtu.onLost(now, piece.firstPacket, piece.packets, piece.datagramBytes))
          this.#onDatagramSize()
      }
      this.#owner.onPieceLost(piece)
      this.#lostBefore.push(piece)
    }
    while (this.#lostBefore.count > limits.lostPieces) this.#lostBefore.shift()
    if (news.bytes > 0) this.controller.onLost(news)
    this.#lost.length = 0
  }

  /** When something may count as lost, or is worth repeating before. */
  get lossDeadline(): Micros {
    return Math.min(this.#lossDeadline, this.#strays.lossDeadline, this.repairs.deadline)
  }

  /** @param isBlocked data waits for a window alone: the peer must be asked again should its WINDOW be lost. §8-8 */
  probeDeadline(isBlocked: boolean): Micros {
    if (this.probes > 0 || this.lossDeadline !== never) return never
    if (this.inFlight.count + this.#strays.count === 0 && !isBlocked) return never
    if (this.#lastElicitingMicros === never) return never
    return this.#lastElicitingMicros + this.probeTimeout
  }

  /** With its back-off. §9-6 */
  get probeTimeout(): Micros {
    const expiries = Math.max(this.#probeTimeouts, this.inFlight.count === 0 ? this.#creditProbes : 0)
    if (!this.isOpen || !this.rtt.hasSample) return openingWait(this.handshakeWait, expiries)
    return Math.min(this.rtt.probeTimeout(ackDelayMicrosMax) * backOff(expiries), limits.probeTimeoutMicros)
  }

  /** Without back-off: what other times are measured in. */
  get probeTimeoutBase(): Micros {
    return this.rtt.probeTimeout(ackDelayMicrosMax)
  }

  /** What a handshake packet waits before it is repeated for the first time. §5-9 */
  get handshakeWait(): Micros {
    return this.rtt.hasSample ? this.probeTimeoutBase : initialRttMicros
  }

  /** The scheduler has nothing to send: the last bytes of all may be on their way. §9-11 */
  onAllSent(now: Micros, isEnded: (stream: number) => boolean): void {
    const last = this.repairs.mayRepeatTail ? lastData(this.inFlight) : undefined
    if (last && isEnded(last.stream))
      this.repairs.onAllSent(now, last.sentMicros, last.stream, last.offset + last.lengthBytes, this.rtt)
  }

  onLossTimeout(now: Micros): void {
    // what is repeated stays in flight, as with a probe: nothing is known to be lost. §9-12
    if (now >= this.repairs.deadline)
      for (const piece of this.repairs.due(now, this.inFlight, this.mtu.datagramBytes))
        this.#owner.onPieceLost(piece)
    this.#detect(now)
    this.#setPace(now)
  }

  /** Declares nothing lost (§9-5); the next packets are probes, two when the first went unanswered. */
  onProbeTimeout(now: Micros): void {
    this.#probeTimeouts++
    if (this.inFlight.count === 0) this.#creditProbes++
    this.#stats.probeTimeouts++
    this.ecn.onProbeTimeout(this.#probeTimeouts)
    this.probes = this.#probeTimeouts > 1 ? 2 : 1
    if (this.mtu.onProbeTimeout(now, this.#probeTimeouts, isOnlyLarger(this.inFlight, datagramBytesBase)))
      this.#onDatagramSize()
  }

  /** So many probe time-outs in a row that the way itself is in doubt: true once, until something is acknowledged. */
  get isUnanswered(): boolean {
    return this.#probeTimeouts === doubtfulProbeTimeouts
  }

  /** What was under way may have gone where the peer is no more: one packet tells, and no time-out is waited for. */
  probeAtOnce(): void {
    this.#probeTimeouts = 0
    if (this.inFlight.count + this.#strays.count > 0) this.probes = Math.max(this.probes, 1)
  }

  /** For a probe without new data: the oldest unacknowledged range goes again, in flight though it stays. §9-6 */
  requeueOldest(): void {
    const oldest = this.#strays.first ?? oldestSaying(this.inFlight)
    if (oldest) this.#owner.onPieceLost(firstPacketOf(oldest))
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
    const wanted =
      controller.pacingBytesPerSecond ??
      pacingRate(controller.windowBytes, rtt.smoothed, controller.isSlowStart)
    return Math.min(this.#rateMax, wanted)
  }

  #setPace(now: Micros): void {
    this.pacer.setRate(now, this.#pacingRate, this.mtu.datagramBytes)
    this.mtu.settleMicros = this.rtt.smoothed
    this.#observer?.onMetrics(now, this)
  }
}
