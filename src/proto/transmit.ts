// Carries out the scheduler's plan once the keys exist: takes numbers, has the plane seal, tells recovery and the
// counters. At most one train or one packet a call. PROTOCOL.md §9, §10.

import { Writer } from '../base/bytes.ts'
import { type Micros, never } from '../base/units.ts'
import { encodeFrame, type Frame, frameSize } from '../wire/frame.ts'
import { ackOf } from '../wire/frames/ack.ts'
import { type AnyAck, withCounts } from '../wire/frames/ack_ecn.ts'
import { type PathAck, type as pathAckType } from '../wire/frames/path_ack.ts'
import type { Keys } from './keys.ts'
import type { Parts } from './parts.ts'
import type { Path } from './path/path.ts'
import { type Aside, pathPacketBytes } from './path/whereabouts.ts'
import { dataOverheadBytes, framesOverheadBytes, type Outbox, type Train } from './plane/plane.ts'
import type { FramesRecord } from './recovery/sent.ts'
import { type Plan, planNext } from './send/scheduler.ts'

export class Transmit {
  readonly #parts: Parts
  // since when stats.limiter holds us back
  #waitsSince: Micros = never

  constructor(parts: Parts) {
    this.#parts = parts
  }

  poll(now: Micros, keys: Keys, path: Path, outbox: Outbox): boolean {
    const { recv, paths, stats, isConfirmed } = this.#parts
    const { recovery } = path
    // what holds the quickest path back holds us back
    const isCarrier = paths.all.length === 1 || path === paths.carrier
    const { rtt } = paths.carrier.recovery
    recv.raiseWindows(now, rtt.minimum, isConfirmed && rtt.hasSample)
    path.pacerDeadline = never
    outbox.ecn = recovery.ecn.field
    if (isCarrier && this.#waitsSince < now) {
      stats.waitedMicros[stats.limiter] += now - this.#waitsSince
      this.#waitsSince = never
    }
    const plan = planNext(now, this.#parts, path, keys.packetsLeft())
    this.#parts.observer?.onKeyPhase(now, keys.phase, false)
    switch (plan.kind) {
      case 'frames':
        this.#sendFrames(now, keys, path, plan, outbox)
        return true
      case 'train':
        this.#sendTrain(now, keys, path, plan, outbox)
        return true
      case 'probe':
        this.#sendProbe(now, keys, path, plan.datagramBytes, outbox)
        return true
      case 'ping':
        path.onPingSent(now, paths.probeTimeoutOf(path))
        this.#sendPing(now, keys, path, outbox)
        return true
      case 'wait':
        recovery.isWindowLimited =
          plan.limiter === 'window' || (plan.limiter === 'pacer' && !recovery.isHeldBack)
        // a reader too slow for the path is part of the path: its credit bounds the rate like a link
        if (!recovery.isWindowLimited && plan.limiter !== 'credit') recovery.onAppLimited()
        if (plan.limiter === 'application') recovery.onAllSent(now, this.#isEnded)
        path.pacerDeadline = plan.until
        if (!isCarrier) return false
        stats.limiter = plan.limiter
        this.#waitsSince = now
        return false
    }
  }

  // bound once: asked at every pause
  readonly #isEnded = (stream: number): boolean =>
    (this.#parts.send.get(stream)?.progress.end ?? 'none') !== 'none'

  /** No plan asked for it: what ends the connection goes past window and pacer. §12-1 */
  sendClose(now: Micros, keys: Keys, path: Path, close: Uint8Array, outbox: Outbox): void {
    outbox.ecn = path.recovery.ecn.field
    const number = this.#seal(now, keys, path, close, outbox)
    this.#observeFrames(now, path, number, close.length + framesOverheadBytes, [], undefined)
  }

  /** A challenge or an answer: alone, for its address is its own, and past window and pacer, for it is tiny. §4.2 */
  sendAside(now: Micros, path: Path, aside: Aside, outbox: Outbox): void {
    const { keys } = this.#parts
    path.whereabouts.onAsideSent()
    if (!keys?.maySeal()) return
    const frame: Frame = { type: aside.kind === 'challenge' ? 0x0b : 0x0c, data: aside.data }
    const w = new Writer(new Uint8Array(frameSize(frame)))
    encodeFrame(w, frame)
    outbox.ecn = path.recovery.ecn.field
    const number = this.#seal(now, keys, path, w.written(), outbox)
    this.#observeFrames(now, path, number, pathPacketBytes, [], undefined)
  }

  /** A handshake packet went, which has no number. */
  countHandshake(now: Micros, bytes: number): void {
    this.#parts.observer?.onHandshakeSent(now, bytes)
    this.#count(now, 1, bytes)
  }

  // What is owed, as many ranges as surely fit.
  #acks(now: Micros, path: Path, spaceBytes: number): (AnyAck | PathAck)[] {
    const acks: (AnyAck | PathAck)[] = []
    let left = spaceBytes
    for (const { id, seen } of this.#parts.paths.answeredBy(path)) {
      if (!seen.hasUnanswered || left < ackHeadBytes) continue
      const pairs = Math.floor((left - ackHeadBytes) / ackPairBytes)
      const ack = ackOf(seen.received, seen.ackDelay(now), pairs)
      const first = seen.reportsMarks && seen.hasMarks ? withCounts(ack, seen.marks) : ack // §10.1-2
      const frame: AnyAck | PathAck = id === 0 ? first : { ...ack, type: pathAckType, path: id }
      acks.push(frame)
      left -= frameSize(frame)
      seen.onAckSent()
      this.#parts.stats.acksSent++
    }
    return acks
  }

  #sendFrames(now: Micros, keys: Keys, path: Path, plan: Plan & { kind: 'frames' }, outbox: Outbox): void {
    const { framesOut, stats } = this.#parts
    const { spaceBytes, isAckOnly } = plan
    const acks = this.#acks(now, path, spaceBytes)
    const built = framesOut.build({ spaceBytes, acks, isAckOnly, isEliciting: !isAckOnly })
    stats.bytesRetransmitted += built.retransmittedBytes
    const number = this.#seal(now, keys, path, built.frames, outbox)
    const bytes = built.frames.length + framesOverheadBytes
    this.#observeFrames(now, path, number, bytes, acks, built.record)
    if (built.record) path.recovery.onFramesSent(now, number, built.record, bytes, built.freshBytes)
  }

  #sendProbe(now: Micros, keys: Keys, path: Path, datagramBytes: number, outbox: Outbox): void {
    const built = this.#parts.framesOut.buildProbe(datagramBytes - framesOverheadBytes, datagramBytes)
    const number = this.#seal(now, keys, path, built.frames, outbox)
    this.#observeFrames(now, path, number, datagramBytes, [], built.record)
    if (built.record) path.recovery.onFramesSent(now, number, built.record, datagramBytes)
  }

  #sendPing(now: Micros, keys: Keys, path: Path, outbox: Outbox): void {
    const built = this.#parts.framesOut.buildPing()
    const number = this.#seal(now, keys, path, built.frames, outbox)
    if (built.record)
      path.recovery.onFramesSent(now, number, built.record, built.frames.length + framesOverheadBytes)
  }

  #observeFrames(
    now: Micros,
    path: Path,
    number: number,
    bytes: number,
    acks: readonly (AnyAck | PathAck)[],
    record: FramesRecord | undefined,
  ): void {
    const observer = this.#parts.observerOf(path)
    if (!observer) return
    const [ack] = acks
    observer.onFramesSent(now, number, bytes, ack?.type === pathAckType ? undefined : ack, record)
  }

  #seal(now: Micros, keys: Keys, path: Path, frames: Uint8Array, outbox: Outbox): number {
    const number = path.recovery.takeNumbers(1)
    this.#parts.plane.sealFrames(number, frames, outbox, path.id)
    keys.onSealed(1)
    this.#count(now, 1, frames.length + framesOverheadBytes)
    return number
  }

  #sendTrain(now: Micros, keys: Keys, path: Path, plan: Plan & { kind: 'train' }, outbox: Outbox): void {
    const { plane, send, stats } = this.#parts
    const { recovery } = path
    const { stream, start, end, payloadBytes } = plan
    const lengthBytes = end - start
    const packets = Math.ceil(lengthBytes / payloadBytes)
    const train: Train = {
      path: path.id,
      firstPacket: recovery.takeNumbers(packets),
      packets,
      stream: stream.progress.stream,
      offset: start,
      lengthBytes,
      payloadBytes,
    }
    plane.sealTrain(train, outbox)
    keys.onSealed(packets)
    this.#parts.observerOf(path)?.onTrainSent(now, train)
    recovery.onTrainSent(now, train)
    const fresh = stream.progress.onSent(start, end)
    send.credit.use(fresh)
    stats.bytesRetransmitted += lengthBytes - fresh
    send.rotate(stream)
    this.#count(now, packets, lengthBytes + packets * dataOverheadBytes)
  }

  #count(now: Micros, packets: number, bytes: number): void {
    const { stats, idle, amplification } = this.#parts
    stats.packetsSent += packets
    stats.bytesSent += bytes
    idle.onSent(now)
    amplification.onSent(bytes)
  }
}

// An ACK_ECN at its longest: type, four varints before the pairs, two for each pair, three counts.
const ackHeadBytes = 1 + 4 * 8 + 3 * 8
const ackPairBytes = 2 * 8
