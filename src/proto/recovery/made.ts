// What leaves as a piece in flight: of a train of DATA, or of one FRAMES packet. Knows sizes and numbers. PROTOCOL.md §9-8.

import type { Micros } from '../../base/units.ts'
import { dataOverheadBytes, type Train } from '../plane/plane.ts'
import type { DeliveryStamp } from './delivery.ts'
import { type FramesRecord, type Piece, type Pieces, saysNothing } from './sent.ts'

export const trainBytes = ({ lengthBytes, packets }: Train): number =>
  lengthBytes + packets * dataOverheadBytes

export function pieceOfTrain(now: Micros, train: Train, stamp: DeliveryStamp): Piece {
  const { firstPacket, packets, stream, offset, lengthBytes, payloadBytes } = train
  const lastPayload = lengthBytes - (packets - 1) * payloadBytes
  return {
    firstPacket,
    packets,
    sentMicros: now,
    datagramBytes: payloadBytes + dataOverheadBytes,
    lastDatagramBytes: lastPayload + dataOverheadBytes,
    stream,
    offset,
    payloadBytes,
    lengthBytes,
    record: undefined,
    stamp,
    followsAck: false,
  }
}

export function pieceOfFrames(
  now: Micros,
  firstPacket: number,
  record: FramesRecord,
  datagramBytes: number,
  stamp: DeliveryStamp,
): Piece {
  return {
    firstPacket,
    packets: 1,
    sentMicros: now,
    datagramBytes,
    lastDatagramBytes: datagramBytes,
    stream: -1,
    offset: 0,
    payloadBytes: 0,
    lengthBytes: 0,
    record,
    stamp,
    followsAck: false,
  }
}

/** Its first packet alone: what a probe carries again. §9-6 */
export function firstPacketOf(piece: Piece): Piece {
  if (piece.record) return piece
  return { ...piece, packets: 1, lengthBytes: Math.min(piece.payloadBytes, piece.lengthBytes) }
}

/** The oldest that carries something: a packet that said nothing but itself needs no second one. §9-6 */
export function oldestSaying(inFlight: Pieces): Piece | undefined {
  for (let i = 0; i < inFlight.count; i++) {
    const piece = inFlight.at(i)
    if (piece && !(piece.record && saysNothing(piece.record))) return piece
  }
  return undefined
}

/** Something is in flight, and no datagram of it is as small as that. §11-3 */
export function isOnlyLarger(inFlight: Pieces, datagramBytes: number): boolean {
  for (let i = 0; i < inFlight.count; i++) {
    const piece = inFlight.at(i)!
    if ((piece.packets > 1 ? piece.datagramBytes : piece.lastDatagramBytes) <= datagramBytes) return false
  }
  return inFlight.count > 0
}
