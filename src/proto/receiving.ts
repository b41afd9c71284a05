// What the plane reports and what it means: every frame to the part it concerns. Authentic bytes that break a rule
// become one violation; what cannot be held is left unacknowledged. PROTOCOL.md §7, §8, §9.

import { unreachable } from '../base/assert.ts'
import type { Micros } from '../base/units.ts'
import type { Violation } from '../wire/codes.ts'
import { decodeFrames, decodeHandshakeFrames, type Frame, frameRow } from '../wire/frame.ts'
import type { AnyAck } from '../wire/frames/ack_ecn.ts'
import type { Close } from '../wire/frames/close.ts'
import type { PathAck } from '../wire/frames/path_ack.ts'
import type { Address } from './address.ts'
import { follow } from './moving.ts'
import type { Parts } from './parts.ts'
import { ecnFields } from './path/ecn.ts'
import type { Path } from './path/path.ts'
import { type DropReason, dataOverheadBytes, type PlaneReport, type Run } from './plane/plane.ts'
import type { Taken } from './recv/streams.ts'

export class Receiving implements PlaneReport {
  /** The first rule this peer broke; nothing counts after it. */
  violation: Violation | undefined
  /** The peer's CLOSE, its reason copied out of the datagram. */
  close: Close | undefined
  /** Something authentic came in this batch. */
  hasHeard = false
  /** Datagrams of the last runs that were not this connection's. */
  readonly foreigners: Uint8Array[] = []
  readonly #parts: Parts
  #now: Micros = 0
  #from: Address | undefined
  // undefined: it is none of ours. §4.3-2
  #path: Path | undefined
  #isEliciting = false
  #isFull = false
  // of the batch
  #ecn: number = ecnFields.none

  constructor(parts: Parts) {
    this.#parts = parts
    this.#path = parts.paths.first
  }

  /** @param ecn the field they all came with */
  handle(now: Micros, from: Address, datagrams: readonly Uint8Array[], ecn: number): void {
    this.#begin(now, from, ecn)
    this.#parts.plane.open(datagrams, this)
    this.#end(now)
  }

  handleRuns(now: Micros, from: Address, localId: Uint8Array, runs: readonly Run[], ecn: number): void {
    this.#begin(now, from, ecn)
    this.#parts.plane.openRuns(localId, runs, this)
    this.#end(now)
  }

  #begin(now: Micros, from: Address, ecn: number): void {
    this.#now = now
    this.#from = from
    this.#ecn = ecn
    this.#path = this.#parts.paths.first
    this.hasHeard = false
  }

  #end(now: Micros): void {
    for (const { seen, recovery } of this.#parts.paths.all) seen.endOfBatch(now, recovery.rtt.smoothed)
  }

  // A responder learns of a path by what comes on it. §4.3-2, §4.3-3
  onPath(id: number): void {
    const { paths, role } = this.#parts
    const isNext = role === 'responder' && id === paths.all.length
    this.#path = paths.get(id) ?? (isNext ? this.#openPath() : undefined)
  }

  #openPath(): Path | undefined {
    const { paths, config, peerDatagramBytesMax } = this.#parts
    const path = paths.open(this.#now, undefined)
    path?.recovery.setCeiling(Math.min(config.datagramBytesMax, peerDatagramBytesMax))
    return path
  }

  foreign(datagram: Uint8Array): void {
    this.foreigners.push(datagram)
  }

  frames(packetNumber: number, phase: number, frames: Uint8Array, datagramBytes: number): void {
    const path = this.#enter(packetNumber, 1, phase, datagramBytes)
    if (!path) return
    this.#parts.observerOf(path)?.onFramesReceived(this.#now, packetNumber, datagramBytes)
    if (path.seen.isDuplicate(packetNumber)) return // §9-4
    this.#isEliciting = false
    this.#isFull = false
    this.violation = decodeFrames(frames, this.#handleFrame)
    if (this.violation || this.#isFull) return
    path.seen.onPacket(this.#now, packetNumber, this.#isEliciting, this.#ecn)
  }

  data(
    firstPacket: number,
    packets: number,
    phase: number,
    stream: number,
    offset: number,
    lengthBytes: number,
  ): void {
    const bytes = lengthBytes + packets * dataOverheadBytes
    const path = this.#enter(firstPacket, packets, phase, bytes)
    if (!path) return
    const observer = this.#parts.observerOf(path)
    observer?.onDataReceived(this.#now, firstPacket, packets, stream, offset, lengthBytes)
    const taken = this.#parts.recv.onLiteral(this.#now, stream, offset, lengthBytes)
    this.#settle(path, taken, firstPacket, packets)
  }

  outside(packetNumber: number, phase: number, stream: number, offset: number, lengthBytes: number): void {
    const path = this.#enter(packetNumber, 1, phase, dataOverheadBytes)
    if (!path) return
    this.#parts.observerOf(path)?.onDataReceived(this.#now, packetNumber, 1, stream, offset, lengthBytes)
    this.#settle(path, this.#parts.recv.onOutside(stream, offset, lengthBytes), packetNumber, 1)
  }

  dropped(reason: DropReason): void {
    this.#parts.stats.dropped[reason]++
    this.#parts.observer?.onDropped(this.#now, reason)
    if (reason === 'forged') this.#parts.keys?.onForged()
  }

  /** The frames of a handshake payload: no packet number, and so no acknowledgement of their own. §5-5 */
  handleHandshakeFrames(now: Micros, frames: Uint8Array): Violation | undefined {
    this.#now = now
    return decodeHandshakeFrames(frames, this.#handleFrame)
  }

  // bound once: the hot path makes no closures
  readonly #handleFrame = (frame: Frame): Violation | undefined => {
    if (this.close) return undefined
    if (frameRow(frame).isEliciting) this.#isEliciting = true
    const taken = this.#take(frame)
    if (taken === 'full') this.#isFull = true
    else if (taken) return { ...taken, frameType: frame.type }
    return undefined
  }

  // Authentic, and so the peer is there; undefined once nothing counts any more, or on a path we know nothing of.
  #enter(firstPacket: number, packets: number, phase: number, bytes: number): Path | undefined {
    const path = this.#path
    const from = this.#from
    if (this.violation || this.close || !path || !from) return undefined
    const { keys, stats, paths, observer } = this.#parts
    this.hasHeard = true
    this.#parts.confirm(this.#now)
    stats.packetsReceived += packets
    const probeTimeout = paths.probeTimeoutOf(path)
    keys?.onOpened(this.#now, phase, probeTimeout)
    if (keys) observer?.onKeyPhase(this.#now, keys.phase, true)
    const last = firstPacket + packets - 1
    const move = path.whereabouts.onOpened(this.#now, from, last, bytes, probeTimeout)
    if (move) follow(this.#now, this.#parts, path, move)
    return path
  }

  #settle(path: Path, taken: Taken, firstPacket: number, packets: number): void {
    if (taken === 'full') return
    if (taken) this.violation = taken
    else path.seen.onRun(this.#now, firstPacket, packets, this.#ecn)
  }

  #take(frame: Frame): Taken {
    const { recv, send } = this.#parts
    const now = this.#now
    switch (frame.type) {
      case 0x00:
      case 0x01:
        return undefined
      case 0x02:
      case 0x0a:
        return this.#takeAck(0, frame)
      case 0x03:
        return recv.onOrdered(now, frame.stream, frame.offset, frame.bytes, frame.fin)
      case 0x04:
        send.credit.onLimit(frame.limit)
        return undefined
      case 0x05:
        if (!send.wasOpened(frame.stream)) return unknownStream
        send.get(frame.stream)?.progress.onLimit(frame.limit)
        return undefined
      case 0x06:
        return recv.onFin(now, frame.stream, frame.length)
      case 0x07:
        return recv.onReset(now, frame.stream, frame.code, frame.length)
      case 0x08:
        return this.#takeStop(frame.stream, frame.code)
      case 0x09:
        this.close = { ...frame, reason: frame.reason.slice() }
        return undefined
      case 0x0b:
        return this.#takeChallenge(frame.data)
      case 0x0c:
        return this.#takeResponse(frame.data)
      case 0x0d:
        return this.#takeAck(frame.path, frame)
      default:
        return unreachable(frame)
    }
  }

  #takeAck(id: number, ack: AnyAck | PathAck): Taken {
    const { paths, stats, keys, isConfirmed, observer } = this.#parts
    const path = paths.get(id)
    stats.acksReceived++
    if (ack.type !== 0x0d) observer?.onAckReceived(this.#now, ack)
    if (!path?.recovery.onAck(this.#now, ack, isConfirmed))
      return { code: 'ACK_ERROR', frameType: ack.type, reason: 'acknowledges what was never sent' }
    keys?.onAcked(id, ack.largest)
    if (path.isProvenBy(ack.largest)) paths.carry(this.#now, path)
    return undefined
  }

  #takeChallenge(data: Uint8Array): undefined {
    if (this.#from) this.#path?.whereabouts.onChallenge(this.#from, data)
  }

  #takeResponse(data: Uint8Array): undefined {
    const path = this.#path
    const move = this.#from && path?.whereabouts.onResponse(this.#now, this.#from, data)
    if (path && move) follow(this.#now, this.#parts, path, move)
  }

  // The answer is RESET, whether the owner likes it or not. §7.9
  #takeStop(number: number, code: number): Taken {
    const { send, events } = this.#parts
    if (!send.wasOpened(number) || number === 0) return unknownStream
    const stream = send.get(number)
    if (stream?.progress.reset !== 'none') return undefined
    stream.giveUp(code)
    events.push({ kind: 'stopped', stream: number, code })
    return undefined
  }
}

const unknownStream: Violation = {
  code: 'STREAM_ERROR',
  frameType: 0,
  reason: 'a stream that was never opened',
}
