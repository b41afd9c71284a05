// Carries out the scheduler's plan once the keys exist: takes numbers, has the plane seal, tells recovery and the
// counters. At most one train or one packet a call. PROTOCOL.md §9, §10.

import { Writer } from '../base/bytes.ts'
import { type Micros, never } from '../base/units.ts'
import { encodeFrame, type Frame, frameSize } from '../wire/frame.ts'
import { type Ack, ackOf } from '../wire/frames/ack.ts'
import type { Keys } from './keys.ts'
import type { Parts } from './parts.ts'
import type { Aside } from './path/whereabouts.ts'
import { dataOverheadBytes, framesOverheadBytes, type Outbox, type Train } from './plane/plane.ts'
import { type Plan, planNext } from './send/scheduler.ts'

export class Transmit {
  readonly #parts: Parts
  /** When the pacer lets the next train go, while that is all it waits for. */
  pacerDeadline: Micros = never
  // since when stats.limiter holds us back
  #waitsSince: Micros = never

  constructor(parts: Parts) {
    this.#parts = parts
  }

  poll(now: Micros, keys: Keys, outbox: Outbox): boolean {
    const { recv, recovery, stats } = this.#parts
    recv.raiseWindows(now, recovery.rtt.minimum)
    this.pacerDeadline = never
    if (this.#waitsSince < now) {
      stats.waitedMicros[stats.limiter] += now - this.#waitsSince
      this.#waitsSince = never
    }
    const plan = planNext(now, this.#parts, keys.packetsLeft(recovery.nextNumber))
    switch (plan.kind) {
      case 'frames':
        this.#sendFrames(now, keys, plan, outbox)
        return true
      case 'train':
        this.#sendTrain(now, keys, plan, outbox)
        return true
      case 'probe':
        this.#sendProbe(now, keys, plan.datagramBytes, outbox)
        return true
      case 'wait':
        stats.limiter = plan.limiter
        recovery.isWindowLimited =
          plan.limiter === 'window' || (plan.limiter === 'pacer' && !recovery.isHeldBack)
        this.pacerDeadline = plan.until
        this.#waitsSince = now
        return false
    }
  }

  /** No plan asked for it: what ends the connection goes past window and pacer. §12-1 */
  sendClose(now: Micros, keys: Keys, close: Uint8Array, outbox: Outbox): void {
    this.#seal(now, keys, close, outbox)
  }

  /** A challenge or an answer: alone, for its address is its own, and past window and pacer, for it is tiny. §4.1 */
  sendAside(now: Micros, aside: Aside, outbox: Outbox): void {
    const { keys, recovery, whereabouts } = this.#parts
    whereabouts.onAsideSent()
    if (!keys?.maySeal(recovery.nextNumber)) return
    const frame: Frame = { type: aside.kind === 'challenge' ? 0x0a : 0x0b, data: aside.data }
    const w = new Writer(new Uint8Array(frameSize(frame)))
    encodeFrame(w, frame)
    this.#seal(now, keys, w.written(), outbox)
  }

  /** A handshake packet went, which has no number. */
  countHandshake(now: Micros, bytes: number): void {
    this.#count(now, 1, bytes)
  }

  /** What is owed, as many ranges as surely fit. */
  ack(now: Micros, spaceBytes: number): Ack | undefined {
    const { seen } = this.#parts
    if (!seen.hasUnanswered) return undefined
    const pairs = Math.floor((spaceBytes - ackHeadBytes) / ackPairBytes)
    return ackOf(seen.received, seen.ackDelay(now), Math.max(0, pairs))
  }

  #sendFrames(now: Micros, keys: Keys, plan: Plan & { kind: 'frames' }, outbox: Outbox): void {
    const { framesOut, seen, stats, recovery } = this.#parts
    const ack = this.ack(now, plan.spaceBytes)
    const isEliciting = !plan.isAckOnly
    const built = framesOut.build({
      spaceBytes: plan.spaceBytes,
      ack,
      isAckOnly: plan.isAckOnly,
      isEliciting,
    })
    if (ack) {
      seen.onAckSent()
      stats.acksSent++
    }
    stats.bytesRetransmitted += built.retransmittedBytes
    const number = this.#seal(now, keys, built.frames, outbox)
    if (built.record)
      recovery.onFramesSent(now, number, built.record, built.frames.length + framesOverheadBytes)
  }

  #sendProbe(now: Micros, keys: Keys, datagramBytes: number, outbox: Outbox): void {
    const { framesOut, recovery } = this.#parts
    const built = framesOut.buildProbe(datagramBytes - framesOverheadBytes, datagramBytes)
    const number = this.#seal(now, keys, built.frames, outbox)
    if (built.record) recovery.onFramesSent(now, number, built.record, datagramBytes)
  }

  #seal(now: Micros, keys: Keys, frames: Uint8Array, outbox: Outbox): number {
    const { recovery, plane } = this.#parts
    const number = recovery.takeNumbers(1)
    plane.sealFrames(number, frames, outbox)
    keys.onSealed(1)
    this.#count(now, 1, frames.length + framesOverheadBytes)
    return number
  }

  #sendTrain(now: Micros, keys: Keys, plan: Plan & { kind: 'train' }, outbox: Outbox): void {
    const { recovery, plane, send, stats } = this.#parts
    const { stream, start, end, payloadBytes } = plan
    const lengthBytes = end - start
    const packets = Math.ceil(lengthBytes / payloadBytes)
    const train: Train = {
      firstPacket: recovery.takeNumbers(packets),
      packets,
      stream: stream.progress.stream,
      offset: start,
      lengthBytes,
      payloadBytes,
    }
    plane.sealTrain(train, outbox)
    keys.onSealed(packets)
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

// An ACK at its longest: type, four varints before the pairs, and two for each pair.
const ackHeadBytes = 1 + 4 * 8
const ackPairBytes = 2 * 8
