// What somebody who watches one connection is told, as it happens: facts in the core's own terms, for a log of the
// connection. An interface, no code. Nobody watching costs one look at an absent field and makes nothing: every call has
// what it tells in hand already. What is handed over is lent: take out what is needed before returning, and change nothing.

import type { Micros } from '../base/units.ts'
import type { AnyAck } from '../wire/frames/ack_ecn.ts'
import type { Address } from './address.ts'
import type { CloseReason } from './events.ts'
import type { DropReason, Train } from './plane/plane.ts'
import type { Recovery } from './recovery/recovery.ts'
import type { FramesRecord, Piece } from './recovery/sent.ts'

export interface Observer {
  /** The handshake is over, for this side. */
  onEstablished(now: Micros, remoteId: Uint8Array, suite: number): void
  /** The peer is really there: no replay. §5-6 */
  onConfirmed(now: Micros): void
  /** INIT, REPLY or FINISH left: they have no number. */
  onHandshakeSent(now: Micros, bytes: number): void
  onTrainSent(now: Micros, train: Train): void
  /** @param record what of it counts in flight, if anything */
  onFramesSent(
    now: Micros,
    packetNumber: number,
    bytes: number,
    ack: AnyAck | undefined,
    record: FramesRecord | undefined,
  ): void
  /** DATA, opened; told before it is known whether it is new. */
  onDataReceived(
    now: Micros,
    firstPacket: number,
    packets: number,
    stream: number,
    offset: number,
    lengthBytes: number,
  ): void
  /** FRAMES, opened; an ACK in it is told next. */
  onFramesReceived(now: Micros, packetNumber: number, bytes: number): void
  onAckReceived(now: Micros, ack: AnyAck): void
  /** A packet that came was not taken. */
  onDropped(now: Micros, reason: DropReason): void
  onAcked(now: Micros, pieces: readonly Piece[]): void
  onLost(now: Micros, pieces: readonly Piece[]): void
  /** Round trip, window, datagram size: something of it may have changed. */
  onMetrics(now: Micros, recovery: Recovery): void
  /** We seal in this phase now; told at every occasion to notice. §6.5 */
  onKeyPhase(now: Micros, phase: number, isPeerFirst: boolean): void
  onClosed(now: Micros, reason: CloseReason): void
  /** The last call: nothing lingers any more. */
  onGone(now: Micros): void
}

/** Whom there is to watch. */
export interface Observed {
  readonly role: 'initiator' | 'responder'
  readonly localId: Uint8Array
  readonly address: Address
}

/** undefined: nobody watches that one. */
export type ObserverFactory = (now: Micros, connection: Observed) => Observer | undefined
