// One connection: joins the parts, moves the state, and is the face its owner sees. Sans-IO: `handle…` takes an input,
// `poll…` yields an output, the rest are the owner's wishes; every input is followed by a full drain of pollTransmit
// and pollEvent. Holds no arithmetic of its own. PROTOCOL.md §5, §12.

import { assert } from '../base/assert.ts'
import type { Micros } from '../base/units.ts'
import { wireCodes } from '../wire/codes.ts'
import type { Address } from './address.ts'
import { checkConfig } from './config.ts'
import type { ConnectionEvent } from './events.ts'
import { Exchange, type HandshakePacket } from './handshake/exchange.ts'
import type { Responder } from './handshake/responder.ts'
import type { HandshakeContext } from './handshaking.ts'
import { Lifecycle } from './lifecycle.ts'
import { Parts, type Role } from './parts.ts'
import type { Outbox, Payloads, Plane, Run } from './plane/plane.ts'
import { Receiving } from './receiving.ts'
import { type ReceiveBudget, ReceiveShare } from './recv/budget.ts'
import { isAmplified } from './send/scheduler.ts'
import type { State } from './state.ts'
import { type ConnectionStats, updated } from './stats.ts'
import { Transmit } from './transmit.ts'

export interface ConnectionOptions {
  readonly id: number
  readonly localId: Uint8Array
  readonly address: Address
  readonly role: Role
  readonly context: HandshakeContext
  readonly payloads: Payloads
  readonly plane: Plane
  readonly budget: ReceiveBudget
  /** Called when an input or a wish may have made outputs. */
  readonly onDirty: (connection: Connection) => void
  /** Called when an output may have moved pollTimeout. */
  readonly onMoved: (connection: Connection) => void
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
  readonly #onMoved: (connection: Connection) => void
  readonly #parts: Parts
  readonly #receiving: Receiving
  readonly #transmit: Transmit
  readonly #life: Lifecycle
  readonly #exchange: Exchange
  readonly #startedMicros: Micros
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
    this.#onMoved = options.onMoved
    const { context, role, payloads, plane, budget } = options
    const parts = new Parts(now, context.config, role, payloads, plane, new ReceiveShare(budget))
    this.#parts = parts
    this.#receiving = new Receiving(parts)
    this.#transmit = new Transmit(parts)
    this.#life = new Lifecycle(parts, this.#transmit)
    this.#exchange = new Exchange(options.context, parts, this.#life, this.#receiving, this.#transmit)
    this.#startedMicros = now
    this.#now = now
  }

  // ---- what it is

  get state(): State {
    return this.#life.state
  }

  get isClosed(): boolean {
    return this.#life.state.kind === 'closed'
  }

  /** Not proven to be more than a replayed INIT, and still known. §5-10 */
  get isHalfOpen(): boolean {
    return !this.isClosed && !this.#parts.isConfirmed
  }

  get payloads(): Payloads {
    return this.#parts.payloads
  }

  /** The peer's key, once it is proven. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#exchange.remoteStatic
  }

  get stats(): ConnectionStats {
    const { stats, recovery, keys } = this.#parts
    return updated(stats, recovery, keys?.phase ?? 0)
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
    return this.#life.isLive ? this.#parts.send.open(0) : undefined
  }

  openLiteral(): number | undefined {
    return this.#life.isLive ? this.#parts.send.open(1) : undefined
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

  /** @param bytesPerSecond what the owner lets go, datagrams whole; infinite for no limit */
  limitRate(now: Micros, bytesPerSecond: number): void {
    this.#parts.recovery.limitRate(now, bytesPerSecond)
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
    assert(this.remoteStatic !== undefined || !this.#life.isLive, 'accepted before the peer is known')
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
    this.#life.close(this.#now, code, text)
    this.#dirty()
  }

  /** CLOSE NONE once everything written is acknowledged. §12-2 */
  finish(): void {
    this.#life.finish()
    this.#dirty()
  }

  // ---- inputs

  /** The initiator's first act. */
  startInitiator(pinned: Uint8Array | undefined, early: Uint8Array | undefined): void {
    this.#exchange.startInitiator(this.localId, pinned, early)
    this.#dirty()
  }

  /** The responder's: its REPLY goes as far as the bytes of the INIT allow. */
  startResponder(now: Micros, responder: Responder, initBytes: number): void {
    this.#onReceived(now, initBytes)
    this.#exchange.startResponder(now, responder)
    this.#dirty()
  }

  /** The INIT that made this connection came again. §5-8 */
  handleInitAgain(now: Micros, initBytes: number): void {
    this.#onReceived(now, initBytes)
    this.#exchange.onInitAgain()
    this.#life.onLatePackets(1)
    this.#dirty()
  }

  handleHandshake(now: Micros, packet: HandshakePacket, datagramBytes: number): void {
    this.#onReceived(now, datagramBytes)
    this.#exchange.handle(now, packet)
    this.#dirty()
  }

  /** FRAMES and DATA of this connection, in order of arrival. */
  handleDatagrams(now: Micros, datagrams: readonly Uint8Array[]): void {
    let bytes = 0
    for (const datagram of datagrams) bytes += datagram.length
    if (this.#mayReceive(now, datagrams.length, bytes)) {
      this.#receiving.handle(now, datagrams)
      this.#afterReceiving(now)
    }
    this.#dirty()
  }

  /** The same as runs, the first datagram of each for us. Returns those that were not: take them out. */
  handleRuns(now: Micros, runs: readonly Run[]): Uint8Array[] {
    let bytes = 0
    let datagrams = 0
    for (const run of runs) {
      bytes += run.bytes.length
      datagrams += Math.ceil(run.bytes.length / run.segmentBytes)
    }
    if (this.#mayReceive(now, datagrams, bytes)) {
      this.#receiving.handleRuns(now, this.localId, runs)
      this.#afterReceiving(now)
    }
    this.#dirty()
    return this.#receiving.foreigners
  }

  /** Does nothing when called early. */
  handleTimeout(now: Micros): void {
    this.#now = now
    const due = this.pollTimeout()
    if (due === undefined || now < due) return
    if (this.#life.isLive) this.#onDue(now)
    else this.#life.onTimeout(now)
    this.#dirty()
  }

  #onDue(now: Micros): void {
    const { recovery, keys, idle, framesOut, send, isConfirmed } = this.#parts
    if (!isConfirmed && now >= this.#handshakeDeadline) return this.#life.end({ by: 'handshake_timeout' })
    if (isConfirmed && now >= idle.deadline) return this.#life.end({ by: 'idle' })
    this.#exchange.onTimeout(now)
    if (!keys) return
    keys.onTimeout(now)
    if (now >= recovery.lossDeadline) recovery.onLossTimeout(now)
    if (now >= recovery.probeDeadline(send.isBlocked)) recovery.onProbeTimeout(now)
    if (isConfirmed && now >= idle.keepAliveDeadline) framesOut.pingPending = true // §12-4
  }

  #mayReceive(now: Micros, datagrams: number, bytes: number): boolean {
    const { stats, keys } = this.#parts
    this.#onReceived(now, bytes)
    if (!this.#life.isLive) {
      stats.dropped.closed += datagrams
      this.#life.onLatePackets(datagrams)
    } else if (!keys) {
      stats.dropped.early += datagrams // §4-8
    } else return true
    return false
  }

  #afterReceiving(now: Micros): void {
    const { violation, close, hasHeard } = this.#receiving
    if (hasHeard) {
      this.#parts.idle.onHeard(now)
      this.#exchange.onHeard(now)
    }
    if (violation) this.#life.violated(now, violation)
    else if (close) this.#life.drain(now, close)
    else if (this.#parts.keys?.isExhausted) this.#life.fail(now, 'KEY_LIMIT', 'too many forged packets') // §6.5-4
  }

  // ---- outputs

  /** At most one train or one packet; false when nothing may be sent now. */
  pollTransmit(now: Micros, outbox: Outbox): boolean {
    this.#now = Math.max(this.#now, now)
    this.#onMoved(this)
    const { keys, recovery } = this.#parts
    // a refused peer needs our REPLY to read the CLOSE behind it
    if (this.#exchange.poll(now, outbox)) return true
    if (!this.#life.isLive) return this.#life.pollClose(now, outbox)
    if (!keys) return false
    if (!keys.maySeal(recovery.nextNumber))
      this.#life.fail(now, 'KEY_LIMIT', 'no packet may be sealed any more')
    else if (this.#transmit.poll(now, keys, outbox)) return true
    else if (this.#life.isFinished) this.#life.close(now, wireCodes.NONE.code, '')
    return this.#life.pollClose(now, outbox)
  }

  pollEvent(): ConnectionEvent | undefined {
    return this.#parts.events.shift()
  }

  /** The earliest moment at which something falls due; never one that has passed after a full drain. */
  pollTimeout(): Micros | undefined {
    const state = this.#life.state
    if (state.kind === 'closed') return undefined
    if (state.kind === 'closing' || state.kind === 'draining') return state.until
    const { recovery, keys, idle, seen, framesOut, send, isConfirmed } = this.#parts
    const silence = isConfirmed ? idle.deadline : this.#handshakeDeadline
    let due = Math.min(silence, this.#exchange.repeatDeadline)
    if (!keys) return due
    due = Math.min(due, keys.retireDeadline, recovery.lossDeadline)
    if (isConfirmed && !framesOut.pingPending) due = Math.min(due, idle.keepAliveDeadline)
    // before validation only what the peer sends can let anything go
    if (isAmplified(this.#parts)) return due
    const probe = recovery.probeDeadline(send.isBlocked)
    return Math.min(due, seen.ackDeadline, this.#transmit.pacerDeadline, probe)
  }

  // ---- joints

  get #handshakeDeadline(): Micros {
    return this.#startedMicros + this.#context.config.handshakeTimeoutMicros
  }

  #onReceived(now: Micros, datagramBytes: number): void {
    this.#now = now
    this.#parts.stats.bytesReceived += datagramBytes
    this.#parts.amplification.onReceived(datagramBytes)
  }

  // What is written after the end goes nowhere.
  #mayWrite(stream: number) {
    const { send } = this.#parts
    if (!this.#life.isLive || (send.wasOpened(stream) && !send.isWritable(stream))) return undefined
    assert(!this.#life.wantsFinish, 'written after finish')
    return send
  }

  #dirty(): void {
    if (this.isClosed) this.#exchange.wipe()
    this.#onDirty(this)
  }
}
