// One connection: joins the parts, moves the state, and is the face its owner sees. Sans-IO: `handle…` takes an input,
// `poll…` yields an output, the rest are the owner's wishes; every input is followed by a full drain of pollTransmit
// and pollEvent. Holds no arithmetic of its own. PROTOCOL.md §5, §12.

import { assert, must } from '../base/assert.ts'
import type { Micros } from '../base/units.ts'
import { wireCodes } from '../wire/codes.ts'
import { type Address, isSameAddress } from './address.ts'
import { Arriving } from './arriving.ts'
import { checkConfig } from './config.ts'
import { Deadlines } from './deadlines.ts'
import type { ConnectionEvent } from './events.ts'
import { Exchange, type HandshakePacket } from './handshake/exchange.ts'
import type { Responder } from './handshake/responder.ts'
import type { HandshakeContext } from './handshaking.ts'
import { Lifecycle } from './lifecycle.ts'
import { asideOf, moveOurselves } from './moving.ts'
import type { Observer } from './observer.ts'
import { Parts, type Role } from './parts.ts'
import type { Path, PathView } from './path/path.ts'
import type { Aside } from './path/whereabouts.ts'
import type { Outbox, Payloads, Plane, Run } from './plane/plane.ts'
import { Receiving } from './receiving.ts'
import { type ReceiveBudget, ReceiveShare } from './recv/budget.ts'
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
  readonly observer: Observer | undefined
  readonly budget: ReceiveBudget
  /** Called when an input or a wish may have made outputs. */
  readonly onDirty: (connection: Connection) => void
  /** Called when an output may have moved pollTimeout. */
  readonly onMoved: (connection: Connection) => void
}

export class Connection {
  readonly id: number
  readonly localId: Uint8Array
  readonly role: Role
  /** The endpoint's, when it has more to forget than the id. */
  onForgotten: (() => void) | undefined
  readonly #context: HandshakeContext
  readonly #onDirty: (connection: Connection) => void
  readonly #onMoved: (connection: Connection) => void
  readonly #parts: Parts
  readonly #arriving: Arriving
  readonly #transmit: Transmit
  readonly #life: Lifecycle
  readonly #exchange: Exchange
  readonly #deadlines: Deadlines
  // the moment of the latest input: wishes have no time of their own
  #now: Micros

  constructor(now: Micros, options: ConnectionOptions) {
    checkConfig(options.context.config)
    this.id = options.id
    this.localId = options.localId
    this.role = options.role
    this.#context = options.context
    this.#onDirty = options.onDirty
    this.#onMoved = options.onMoved
    const parts = new Parts(now, options.context, options, new ReceiveShare(options.budget))
    this.#parts = parts
    const receiving = new Receiving(parts)
    this.#transmit = new Transmit(parts)
    this.#life = new Lifecycle(parts, this.#transmit)
    this.#exchange = new Exchange(options.context, parts, this.#life, receiving, this.#transmit)
    this.#arriving = new Arriving(parts, this.#life, this.#exchange, receiving, options.localId)
    this.#deadlines = new Deadlines(now, parts, this.#life, this.#exchange)
    this.#now = now
  }

  // ---- what it is

  /** Where the peer is, on the path it came by first. */
  get address(): Address {
    return must(this.#parts.paths.first.whereabouts.current, 'the address of the handshake')
  }

  /** The paths by number, in the order in which they are to be asked for what to send. §4.3 */
  get paths(): readonly PathView[] {
    return this.#parts.paths.inOrder
  }

  /** Where the next packet of pollTransmit by that path goes, if any may: to be asked before each. §4.2 */
  destination(id = 0): Address | undefined {
    const path = this.#path(id)
    return this.#aside(path)?.address ?? path.whereabouts.current
  }

  /** Whether a sealed packet from there may be opened. §4-10 */
  mayComeFrom(address: Address): boolean {
    return this.#parts.isConfirmed || isSameAddress(address, this.address)
  }

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
    const { stats, paths, keys } = this.#parts
    return updated(stats, paths, keys?.phase ?? 0)
  }

  /** Runs of packets in flight: what the sender's memory follows. */
  get piecesInFlight(): number {
    return this.#parts.paths.all.reduce((sum, { recovery }) => sum + recovery.inFlight.count, 0)
  }

  /** What came and what went before the address was proven. */
  get amplification(): { readonly receivedBytes: number; readonly sentBytes: number } {
    return this.#parts.amplification
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
    this.#parts.paths.limitRate(now, bytesPerSecond)
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

  /** FRAMES and DATA of this connection, in order of arrival, and the ECN field they came with. */
  handleDatagrams(now: Micros, from: Address, datagrams: readonly Uint8Array[], ecn: number): void {
    this.#now = now
    this.#arriving.datagrams(now, from, datagrams, ecn)
    this.#dirty()
  }

  /** The same as runs, the first datagram of each for us. Returns those that were not: take them out. */
  handleRuns(now: Micros, from: Address, runs: readonly Run[], ecn: number): Uint8Array[] {
    this.#now = now
    const foreigners = this.#arriving.runs(now, from, runs, ecn)
    this.#dirty()
    return foreigners
  }

  /**
   * Our own address is another one, or the way from it was broken for a while: we show ourselves at once. §4.2-6
   * @param datagramBytesMax what the socket sends in one piece
   */
  handleLocalChange(now: Micros, isNewHost: boolean, datagramBytesMax: number, id = 0): void {
    this.#now = now
    if (this.#life.isLive && this.#parts.keys)
      moveOurselves(now, this.#parts, this.#path(id), isNewHost, datagramBytesMax)
    this.#dirty()
  }

  /** The initiator has another address, and the peer is asked whether a path leads from there; undefined: no more. §4.3-2 */
  openPath(now: Micros, datagramBytesMax: number): number | undefined {
    this.#now = now
    const { paths, keys, peerDatagramBytesMax } = this.#parts
    assert(this.role === 'initiator', 'a path is opened by the initiator')
    const path = keys && this.#life.isLive ? paths.open(now, this.address) : undefined
    path?.recovery.setCeiling(Math.min(datagramBytesMax, peerDatagramBytesMax))
    this.#dirty()
    return path?.id
  }

  /** What carried it is gone: there is nobody to tell, and nothing to wait for. §4.1-3 */
  handleCarrierLost(): void {
    this.#life.lose(this.#now)
    this.#dirty()
  }

  /** Does nothing when called early. */
  handleTimeout(now: Micros): void {
    this.#now = now
    const due = this.pollTimeout()
    if (due === undefined || now < due) return
    this.#deadlines.onDue(now)
    this.#dirty()
  }

  // ---- outputs

  /** At most one train or one packet by that path; false when nothing may be sent now. */
  pollTransmit(now: Micros, outbox: Outbox, id = 0): boolean {
    this.#now = Math.max(this.#now, now)
    this.#onMoved(this)
    const { keys, paths } = this.#parts
    const path = this.#path(id)
    // its address is what destination said: nothing else may go in its place
    const aside = this.#aside(path)
    if (aside) {
      this.#transmit.sendAside(now, path, aside, outbox)
      return true
    }
    const isCarrier = path === paths.carrier
    // a refused peer needs our REPLY to read the CLOSE behind it
    if (isCarrier && this.#exchange.poll(now, outbox)) return true
    if (!this.#life.isLive) return isCarrier && this.#life.pollClose(now, outbox)
    if (!keys) return false
    if (!keys.maySeal()) this.#life.fail(now, 'KEY_LIMIT', 'no packet may be sealed any more')
    else if (this.#transmit.poll(now, keys, path, outbox)) return true
    else if (this.#life.isFinished) this.#life.close(now, wireCodes.NONE.code, '')
    return isCarrier && this.#life.pollClose(now, outbox)
  }

  #aside(path: Path): Aside | undefined {
    return this.#life.isLive ? asideOf(this.#parts, path) : undefined
  }

  #path(id: number): Path {
    return must(this.#parts.paths.get(id), 'a path that was opened')
  }

  pollEvent(): ConnectionEvent | undefined {
    return this.#parts.events.shift()
  }

  /** The earliest moment at which something falls due; never one that has passed after a full drain. */
  pollTimeout(): Micros | undefined {
    return this.#deadlines.next
  }

  // ---- joints

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
