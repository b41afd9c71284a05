// The parts that one connection joins, made once and shared by the files that join them. No behaviour of its own.

import type { Micros } from '../base/units.ts'
import { pathDatagramBytes } from '../wire/limits.ts'
import type { Address } from './address.ts'
import { Amplification } from './amplification.ts'
import type { Config } from './config.ts'
import { EventQueue } from './events.ts'
import type { HandshakeContext } from './handshaking.ts'
import { Idle } from './idle.ts'
import type { Keys } from './keys.ts'
import type { Observer } from './observer.ts'
import type { Path } from './path/path.ts'
import { Paths } from './path/paths.ts'
import type { Payloads, Plane } from './plane/plane.ts'
import type { Piece, PieceOwner } from './recovery/sent.ts'
import type { ReceiveShare } from './recv/budget.ts'
import { RecvStreams } from './recv/streams.ts'
import { FramesOut } from './send/frames_out.ts'
import { SendStreams } from './send/streams.ts'
import { type ConnectionStats, createStats } from './stats.ts'

export type Role = 'initiator' | 'responder'

/** What a connection is given by whoever makes it. */
export interface Given {
  readonly role: Role
  readonly payloads: Payloads
  readonly plane: Plane
  readonly observer: Observer | undefined
  readonly address: Address
}

export class Parts implements PieceOwner {
  readonly config: Config
  readonly role: Role
  readonly payloads: Payloads
  readonly plane: Plane
  /** Who watches, if anybody does. */
  readonly observer: Observer | undefined
  readonly stats: ConnectionStats = createStats()
  readonly events = new EventQueue()
  readonly send: SendStreams
  readonly recv: RecvStreams
  readonly framesOut: FramesOut
  readonly paths: Paths
  readonly amplification: Amplification
  readonly idle: Idle
  /** There from the end of the handshake on. */
  keys: Keys | undefined
  /** The largest datagram the peer takes. */
  peerDatagramBytesMax = pathDatagramBytes
  /** Something came under the handshake's keys: the peer is no replay and has its keys. §5-6 */
  isConfirmed = false

  constructor(now: Micros, { config, random }: HandshakeContext, given: Given, share: ReceiveShare) {
    const { role, payloads, plane, observer, address } = given
    this.config = config
    this.role = role
    this.payloads = payloads
    this.plane = plane
    this.observer = observer
    this.send = new SendStreams(config, this.events)
    this.recv = new RecvStreams(config, this.events, plane, share)
    this.framesOut = new FramesOut(this.send, this.recv)
    this.paths = new Paths(now, { config, owner: this, stats: this.stats, observer, address, random })
    this.paths.first.recovery.isOpen = false
    this.amplification = new Amplification(role === 'initiator')
    this.idle = new Idle(now, config.idleTimeoutMicros, config.keepAliveMicros)
  }

  /** Something opened under the handshake's keys: the address is real, and nothing was replayed. §5-6, §5-7 */
  confirm(now: Micros): void {
    if (this.isConfirmed) return
    this.isConfirmed = true
    this.observer?.onConfirmed(now)
    this.amplification.onValidated()
    this.paths.first.recovery.isOpen = true
    this.recv.window.enterShare()
    if (this.role === 'responder') this.events.push({ kind: 'confirmed' })
  }

  /** Who watches is told of the first path, whose numbers are its own. */
  observerOf(path: Path): Observer | undefined {
    return path.id === 0 ? this.observer : undefined
  }

  onPieceAcked(piece: Piece): void {
    this.send.onAcked(piece)
    if (piece.record)
      for (const { path, largest } of piece.record.acks) this.paths.get(path)?.seen.onAckAcked(largest)
  }

  onPieceLost(piece: Piece): void {
    this.send.onLost(piece)
    if (piece.record) this.framesOut.onLost(piece.record)
  }
}
