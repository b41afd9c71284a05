// One connection: joins the parts, moves the state, and is the face its owner sees. Sans-IO: `handle…` takes an input,
// `poll…` yields an output, the rest are the owner's wishes; every input is followed by a full drain of pollTransmit
// and pollEvent. Holds no arithmetic of its own. PROTOCOL.md §5, §12.

import { assert } from '../base/assert.ts'
import { type Micros, never } from '../base/units.ts'
import type { PatternName } from '../crypto/noise_patterns.ts'
import { type WireCodeName, wireCodes } from '../wire/codes.ts'
import { textOf } from '../wire/frames/close.ts'
import type { FinishPacket, ReplyPacket, VersionPacket } from '../wire/packet.ts'
import { protocolVersion } from '../wire/packet.ts'
import type { Address } from './address.ts'
import { Closing } from './closing.ts'
import { checkConfig } from './config.ts'
import type { CloseReason, ConnectionEvent } from './events.ts'
import { Initiator } from './handshake/initiator.ts'
import { Repeat } from './handshake/repeat.ts'
import { Responder } from './handshake/responder.ts'
import { earlyBytesMax, type Established, type HandshakeContext } from './handshaking.ts'
import { Keys } from './keys.ts'
import { Parts, type Role } from './parts.ts'
import type { Outbox, Payloads, Plane } from './plane/plane.ts'
import { Receiving } from './receiving.ts'
import { isAmplified } from './send/scheduler.ts'
import { isLive, mayFollow, type State } from './state.ts'
import type { ConnectionStats } from './stats.ts'
import { Transmit } from './transmit.ts'

export interface ConnectionOptions {
  readonly id: number
  readonly localId: Uint8Array
  readonly address: Address
  readonly role: Role
  readonly context: HandshakeContext
  readonly payloads: Payloads
  readonly plane: Plane
  /** Called when an input or a wish may have made outputs. */
  readonly onDirty: (connection: Connection) => void
}

export class Connection {
  readonly id: number
  readonly localId: Uint8Array
  readonly address: Address
  readonly role: Role
  /** The endpoint's, when it has more to forget than the id. */
  onForgotten: (() => void) | undefined
  readonly #context: HandshakeContext
  readonly #onDirty: (connection: Connection) => void
  readonly #parts: Parts
  readonly #receiving: Receiving
  readonly #transmit: Transmit
  readonly #repeat = new Repeat()
  readonly #startedMicros: Micros
  #handshake: Initiator | Responder | undefined
  #state: State
  #closing: Closing | undefined
  #remoteStatic: Uint8Array | undefined
  #wantsFinish = false
  // the moment of the latest input: wishes have no time of their own
  #now: Micros

  constructor(now: Micros, options: ConnectionOptions) {
    checkConfig(options.context.config)
    this.id = options.id
    this.localId = options.localId
    this.address = options.address
    this.role = options.role
    this.#context = options.context
    this.#onDirty = options.onDirty
    this.#parts = new Parts(now, options.context.config, options.role, options.payloads, options.plane)
    this.#receiving = new Receiving(this.#parts)
    this.#transmit = new Transmit(this.#parts)
    this.#state = { kind: 'handshaking' }
    this.#startedMicros = now
    this.#now = now
  }

  // ---- what it is

  get state(): State {
    return this.#state
  }

  get isClosed(): boolean {
    return this.#state.kind === 'closed'
  }

  /** Not proven to be more than a replayed INIT. §5-10 */
  get isHalfOpen(): boolean {
    return isLive(this.#state) && !this.#parts.isConfirmed
  }

  get payloads(): Payloads {
    return this.#parts.payloads
  }

  /** The peer's key, once it is proven. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic
  }

  get stats(): ConnectionStats {
    const { stats, recovery, keys } = this.#parts
    stats.rttMicros = recovery.rtt.smoothed
    stats.rttMicrosMin = recovery.rtt.minimum
    stats.windowBytes = recovery.controller.windowBytes
    stats.bytesInFlight = recovery.bytesInFlight
    stats.datagramBytes = recovery.mtu.datagramBytes
    stats.keyPhase = keys?.phase ?? 0
    stats.keyUpdates = stats.keyPhase
    return stats
  }

  get bytesInFlight(): number {
    return this.#parts.recovery.bytesInFlight
  }

  get windowBytes(): number {
    return this.#parts.recovery.controller.windowBytes
  }

  /** Runs of packets in flight: what the sender's memory follows. */
  get piecesInFlight(): number {
    return this.#parts.recovery.inFlight.count
  }

  get bytesReceivedUnvalidated(): number {
    return this.#parts.amplification.receivedBytes
  }

  get bytesSentUnvalidated(): number {
    return this.#parts.amplification.sentBytes
  }

  /** Bytes the core holds: written and unacknowledged, or arrived early. */
  get bufferedBytes(): number {
    return this.#parts.send.bufferedBytes + this.#parts.recv.bufferedBytes
  }

  /** Written to an ordered stream and not yet acknowledged. */
  orderedBufferedBytes(stream: number): number {
    const found = this.#parts.send.get(stream)
    return found?.kind === 'ordered' ? found.bufferedBytes : 0
  }

  /** Offered on a literal stream and not yet acknowledged. */
  literalUnackedBytes(stream: number): number {
    const found = this.#parts.send.get(stream)
    return found ? found.progress.written - found.progress.ackedUpTo : 0
  }

  // ---- the owner's wishes

  /** The core keeps a reference until the bytes are acknowledged; the caller leaves them alone. */
  writeOrdered(stream: number, bytes: Uint8Array, isLast = false): void {
    assert(!(isLast && stream === 0), 'the control stream does not end')
    this.#mayWrite(stream)?.ordered(stream).write(bytes, isLast, this.#context.config.orderedHighBytes)
    this.#dirty()
  }

  /** undefined while the peer lets no more streams be open. */
  openOrdered(): number | undefined {
    return isLive(this.#state) ? this.#parts.send.open(0) : undefined
  }

  openLiteral(): number | undefined {
    return isLive(this.#state) ? this.#parts.send.open(1) : undefined
  }

  /** Payload up to `lengthBytes` can be read from now on. */
  extendLiteral(stream: number, lengthBytes: number, isLast: boolean): void {
    this.#mayWrite(stream)?.literal(stream).extend(lengthBytes, isLast)
    this.#dirty()
  }

  /** The owner is done with so many more bytes of 'ordered' events. */
  consumeOrdered(stream: number, bytes: number): void {
    this.#parts.recv.consumeOrdered(stream, bytes)
    this.#dirty()
  }

  /** The owner has taken all below `upTo` out of the payloads. */
  consumeLiteral(stream: number, upTo: number): void {
    this.#parts.recv.consumeLiteral(stream, upTo)
    this.#dirty()
  }

  /** Gives up a stream of ours. */
  reset(stream: number, code: number): void {
    assert(stream !== 0, 'the control stream does not end')
    this.#parts.send.get(stream)?.giveUp(code)
    this.#dirty()
  }

  /** Wants no more of a stream of the peer's. */
  stop(stream: number, code: number): void {
    assert(stream !== 0, 'the control stream does not end')
    this.#parts.recv.stop(stream, code)
    this.#dirty()
  }

  /** The owner knows this peer. What it may do before 'confirmed' is the owner's to keep: §5-6. */
  acceptPeer(): void {
    assert(this.#remoteStatic !== undefined || !isLive(this.#state), 'accepted before the peer is known')
  }

  /** §5-12 */
  refusePeer(): void {
    this.close(wireCodes.REFUSED.code)
  }

  ping(): void {
    this.#parts.framesOut.pingPending = true
    this.#dirty()
  }

  /** At once: what is unacknowledged may be lost. */
  close(code: number, text = ''): void {
    this.#closeWith(code, 0, text)
  }

  /** CLOSE NONE once everything written is acknowledged. §12-2 */
  finish(): void {
    this.#wantsFinish = true
    if (this.#state.kind === 'open') this.#become({ kind: 'finishing' })
    this.#dirty()
  }

  // ---- inputs

  /** The initiator's first act. */
  startInitiator(pinned: Uint8Array | undefined, early: Uint8Array | undefined): void {
    const fits = early !== undefined && early.length <= earlyBytesMax(this.#context.suites.length)
    const initiator = new Initiator(this.#context, this.localId, pinned, fits ? early : new Uint8Array(0))
    if (early && !fits) this.#parts.send.control.write(early, false, this.#context.config.orderedHighBytes)
    this.#handshake = initiator
    this.#repeat.start(initiator.packet)
    this.#dirty()
  }

  /** The responder's: its REPLY goes as far as the bytes of the INIT allow. */
  startResponder(now: Micros, responder: Responder, initBytes: number): void {
    this.#onReceived(now, initBytes)
    this.#handshake = responder
    this.#repeat.start(responder.reply)
    const established = responder.established
    if (established) this.#establish(now, established)
    this.#dirty()
  }

  /** The INIT that made this connection came again. §5-8 */
  handleInitAgain(now: Micros, initBytes: number): void {
    this.#onReceived(now, initBytes)
    if (!this.#parts.isConfirmed) this.#repeat.again()
    this.#dirty()
  }

  handleReply(now: Micros, packet: ReplyPacket, datagramBytes: number): void {
    this.#onReceived(now, datagramBytes)
    if (this.#state.kind !== 'handshaking' || !(this.#handshake instanceof Initiator)) return
    const initiator = this.#handshake
    const outcome = initiator.onReply(packet)
    if (outcome === undefined) {
      this.#parts.stats.dropped.forged++
      return
    }
    if (outcome.kind === 'key_changed') {
      this.#remoteStatic = outcome.remoteStatic
      this.#tellPeer(outcome.remoteStatic, outcome.pattern)
      this.#end({ by: 'key_changed' }) // §5-4
      return
    }
    const rtt = this.#repeat.rttMicros(now)
    this.#repeat.stop()
    if (rtt !== undefined) this.#parts.recovery.onHandshakeRtt(now, rtt)
    if (initiator.packet.length > 0) this.#repeat.start(initiator.packet)
    this.#establish(now, outcome)
    // so that the responder hears at once that its REPLY came
    this.#parts.framesOut.pingPending = true
    this.#dirty()
  }

  handleFinish(now: Micros, packet: FinishPacket, datagramBytes: number): void {
    this.#onReceived(now, datagramBytes)
    if (!isLive(this.#state) || !(this.#handshake instanceof Responder)) return
    if (this.#state.kind === 'handshaking') {
      const established = this.#handshake.onFinish(packet.noise)
      if (established === undefined) {
        this.#parts.stats.dropped.forged++
        return
      }
      const rtt = this.#repeat.rttMicros(now)
      if (rtt !== undefined) this.#parts.recovery.onHandshakeRtt(now, rtt)
      this.#parts.confirm()
      this.#establish(now, established)
    }
    // the answer that FINISH waits for, and again should it have been lost
    this.#parts.framesOut.pingPending = true
    this.#dirty()
  }

  /** §4-6 */
  handleVersion(now: Micros, packet: VersionPacket): void {
    this.#now = now
    const isAnswered = this.#state.kind !== 'handshaking' || this.role !== 'initiator'
    if (isAnswered || packet.versions.includes(protocolVersion)) return
    this.#end({ by: 'version', versions: packet.versions })
  }

  /** FRAMES and DATA of this connection, in order of arrival. */
  handleDatagrams(now: Micros, datagrams: readonly Uint8Array[]): void {
    const { stats, keys, idle } = this.#parts
    let bytes = 0
    for (const datagram of datagrams) bytes += datagram.length
    this.#onReceived(now, bytes)
    if (!isLive(this.#state)) {
      stats.dropped.closed += datagrams.length
      this.#closing?.onReceived(datagrams.length)
      this.#dirty()
      return
    }
    if (!keys) {
      stats.dropped.early += datagrams.length // §4-8
      return
    }
    this.#receiving.handle(now, datagrams)
    if (this.#receiving.hasHeard) {
      idle.onHeard(now)
      this.#repeat.stop()
    }
    this.#afterReceiving(keys)
    this.#dirty()
  }

  /** Does nothing when called early. */
  handleTimeout(now: Micros): void {
    this.#now = now
    const due = this.pollTimeout()
    if (due === undefined || now < due) return
    const state = this.#state
    if (state.kind === 'closing' || state.kind === 'draining')
      this.#become({ kind: 'closed', reason: state.reason })
    else this.#onDue(now)
    this.#dirty()
  }

  #onDue(now: Micros): void {
    const { recovery, keys, idle, framesOut, send, isConfirmed } = this.#parts
    if (!isConfirmed && now >= this.#handshakeDeadline) return this.#end({ by: 'handshake_timeout' })
    if (isConfirmed && now >= idle.deadline) return this.#end({ by: 'idle' })
    this.#repeat.onTimeout(now)
    if (!keys) return
    keys.onTimeout(now)
    if (now >= recovery.lossDeadline) recovery.onLossTimeout(now)
    if (now >= recovery.probeDeadline(send.isBlocked)) recovery.onProbeTimeout(now)
    if (isConfirmed && now >= idle.keepAliveDeadline) framesOut.pingPending = true // §12-4
  }

  // ---- outputs

  /** At most one train or one packet; false when nothing may be sent now. */
  pollTransmit(now: Micros, outbox: Outbox): boolean {
    this.#now = Math.max(this.#now, now)
    const { keys } = this.#parts
    if (this.#state.kind === 'closing') return this.#sendClose(now, outbox)
    if (!isLive(this.#state)) return false
    if (this.#sendHandshake(now, outbox)) return true
    if (!keys) return false
    if (keys.isExhausted || keys.packetsLeft(this.#parts.recovery.nextNumber) <= 0) {
      this.#fail('KEY_LIMIT', 'no packet may be sealed any more')
      return this.#sendClose(now, outbox)
    }
    if (this.#transmit.poll(now, keys, outbox)) return true
    if (this.#state.kind !== 'finishing' || !this.#parts.send.isQuiet) return false
    this.#closeWith(wireCodes.NONE.code, 0, '')
    return this.#sendClose(now, outbox)
  }

  pollEvent(): ConnectionEvent | undefined {
    return this.#parts.events.shift()
  }

  /** The earliest moment at which something falls due; never one that has passed after a full drain. */
  pollTimeout(): Micros | undefined {
    const state = this.#state
    if (state.kind === 'closed') return undefined
    if (state.kind === 'closing' || state.kind === 'draining') return state.until
    const { recovery, keys, idle, seen, framesOut, send, isConfirmed } = this.#parts
    let due = Math.min(isConfirmed ? idle.deadline : this.#handshakeDeadline, this.#repeat.deadline)
    if (!keys) return due
    due = Math.min(due, keys.retireDeadline, recovery.lossDeadline)
    if (isConfirmed && !framesOut.pingPending) due = Math.min(due, idle.keepAliveDeadline)
    // before validation only what the peer sends can let anything go
    if (isAmplified(this.#parts)) return due
    return Math.min(
      due,
      seen.ackDeadline,
      this.#transmit.pacerDeadline,
      recovery.probeDeadline(send.isBlocked),
    )
  }

  // ---- joints

  get #handshakeDeadline(): Micros {
    return this.#startedMicros + this.#context.config.handshakeTimeoutMicros
  }

  #sendHandshake(now: Micros, outbox: Outbox): boolean {
    const packet = this.#repeat.due
    const { recovery, amplification } = this.#parts
    if (packet === undefined || packet.length > amplification.roomBytes) return false
    this.#repeat.onSent(now, this.role === 'initiator' ? recovery.probeTimeoutBase : never)
    this.#transmit.countHandshake(now, packet.length)
    outbox.push(packet.slice())
    return true
  }

  #sendClose(now: Micros, outbox: Outbox): boolean {
    const { keys } = this.#parts
    if (!this.#closing?.isDue || !keys || isAmplified(this.#parts)) return false
    this.#closing.isDue = false
    this.#transmit.sendClose(now, keys, this.#closing.frames, outbox)
    return true
  }

  #onReceived(now: Micros, datagramBytes: number): void {
    this.#now = now
    this.#parts.stats.bytesReceived += datagramBytes
    this.#parts.amplification.onReceived(datagramBytes)
  }

  #establish(now: Micros, established: Established): void {
    const { parts, config, primitives } = { parts: this.#parts, ...this.#context }
    this.#remoteStatic = established.remoteStatic
    parts.plane.setDestination(established.peerId)
    const { suite, secrets, parameters } = established
    parts.keys = new Keys(primitives, suite, parts.plane, secrets, config.packetsPerPhase)
    parts.send.onHandshake(parameters, established.earlyBytes)
    parts.idle.onHeard(now)
    parts.idle.onPeerTimeout(parameters.idleTimeoutMillis * 1000)
    parts.recovery.setCeiling(Math.min(config.datagramBytesMax, parameters.datagramBytesMax))
    this.#become({ kind: 'open' })
    this.#tellPeer(established.remoteStatic, established.pattern)
    const { datagramBytes } = parts.recovery.mtu
    parts.events.push({ kind: 'established', suite: suite.id, datagramBytes })
    const violation =
      established.violation ?? this.#receiving.handleHandshakeFrames(now, established.frames)
    if (violation) this.#closeWith(wireCodes[violation.code].code, violation.frameType, violation.reason)
    else if (this.#wantsFinish) this.#become({ kind: 'finishing' })
  }

  #tellPeer(remoteStatic: Uint8Array, pattern: PatternName): void {
    this.#parts.events.push({ kind: 'peer', remoteStatic, pattern })
  }

  #afterReceiving(keys: Keys): void {
    const { violation, close } = this.#receiving
    if (violation) this.#closeWith(wireCodes[violation.code].code, violation.frameType, violation.reason)
    else if (close) this.#drain({ by: 'peer', code: close.code, text: textOf(close.reason) })
    else if (keys.isExhausted) this.#fail('KEY_LIMIT', 'too many forged packets') // §6.5-4
  }

  #fail(code: WireCodeName, text: string): void {
    this.#closeWith(wireCodes[code].code, 0, text)
  }

  // CLOSE, as soon as it may be sent; without keys there is nobody to tell.
  #closeWith(code: number, frameType: number, text: string): void {
    if (!isLive(this.#state)) return
    const reason: CloseReason = { by: 'local', code, text }
    if (!this.#parts.keys) return this.#end(reason)
    this.#closing = new Closing(code, frameType, text)
    this.#become({ kind: 'closing', reason, until: this.#lingerUntil })
    this.#parts.events.push({ kind: 'closed', reason })
    this.#dirty()
  }

  #drain(reason: CloseReason): void {
    this.#become({ kind: 'draining', reason, until: this.#lingerUntil })
    this.#parts.events.push({ kind: 'closed', reason })
  }

  /** Without a word to the peer. */
  #end(reason: CloseReason): void {
    this.#become({ kind: 'closed', reason })
    this.#parts.events.push({ kind: 'closed', reason })
    this.#dirty()
  }

  get #lingerUntil(): Micros {
    return this.#now + 3 * this.#parts.recovery.probeTimeoutBase // §12-1
  }

  #become(state: State): void {
    assert(mayFollow(this.#state, state), `${state.kind} after ${this.#state.kind}`)
    this.#state = state
    if (isLive(state)) return
    this.#repeat.stop()
    this.#handshake?.wipe()
    this.#handshake = undefined
    if (state.kind === 'closed') this.#parts.keys?.wipe()
  }

  // What is written after the end goes nowhere.
  #mayWrite(stream: number) {
    const { send } = this.#parts
    if (!isLive(this.#state) || (send.wasOpened(stream) && !send.isWritable(stream))) return undefined
    assert(!this.#wantsFinish, 'written after finish')
    return send
  }

  #dirty(): void {
    this.#onDirty(this)
  }
}
