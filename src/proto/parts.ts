// The parts that one connection joins, made once and shared by the files that join them. No behaviour of its own.

import type { Micros } from '../base/units.ts'
import { Amplification } from './amplification.ts'
import type { Config } from './config.ts'
import { EventQueue } from './events.ts'
import { Idle } from './idle.ts'
import type { Keys } from './keys.ts'
import type { Payloads, Plane } from './plane/plane.ts'
import { type PieceOwner, Recovery } from './recovery/recovery.ts'
import type { Piece } from './recovery/sent.ts'
import type { ReceiveShare } from './recv/budget.ts'
import { Seen } from './recv/seen.ts'
import { RecvStreams } from './recv/streams.ts'
import { FramesOut } from './send/frames_out.ts'
import { SendStreams } from './send/streams.ts'
import { type ConnectionStats, createStats } from './stats.ts'

export type Role = 'initiator' | 'responder'

export class Parts implements PieceOwner {
  readonly config: Config
  readonly role: Role
  readonly payloads: Payloads
  readonly plane: Plane
  readonly stats: ConnectionStats = createStats()
  readonly events = new EventQueue()
  readonly send: SendStreams
  readonly recv: RecvStreams
  readonly framesOut: FramesOut
  readonly seen = new Seen()
  readonly recovery: Recovery
  readonly amplification: Amplification
  readonly idle: Idle
  /** There from the end of the handshake on. */
  keys: Keys | undefined
  /** Something came under the handshake's keys: the peer is no replay and has its keys. §5-6 */
  isConfirmed = false

  constructor(
    now: Micros,
    config: Config,
    role: Role,
    payloads: Payloads,
    plane: Plane,
    share: ReceiveShare,
  ) {
    this.config = config
    this.role = role
    this.payloads = payloads
    this.plane = plane
    this.send = new SendStreams(config, this.events)
    this.recv = new RecvStreams(config, this.events, plane, share)
    this.framesOut = new FramesOut(this.send, this.recv)
    this.recovery = new Recovery(now, config, this, this.stats)
    this.amplification = new Amplification(role === 'initiator')
    this.idle = new Idle(now, config.idleTimeoutMicros, config.keepAliveMicros)
  }

  /** Something opened under the handshake's keys: the address is real, and nothing was replayed. §5-6, §5-7 */
  confirm(): void {
    if (this.isConfirmed) return
    this.isConfirmed = true
    this.amplification.onValidated()
    this.recovery.isOpen = true
    this.recv.window.enterShare()
    if (this.role === 'responder') this.events.push({ kind: 'confirmed' })
  }

  onPieceAcked(piece: Piece): void {
    this.send.onAcked(piece)
    if (piece.record && piece.record.ackLargest >= 0) this.seen.onAckAcked(piece.record.ackLargest)
  }

  onPieceLost(piece: Piece): void {
    this.send.onLost(piece)
    if (piece.record) this.framesOut.onLost(piece.record)
  }
}
