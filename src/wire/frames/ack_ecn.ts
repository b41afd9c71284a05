// ACK_ECN: an ACK that also says how many packets came with each mark of the ECN field. PROTOCOL.md §7.11
//
//   ACK_ECN {
//     Type (8) = 0x0a,
//     …                         as ACK
//     ECT0 (i), ECT1 (i), CE (i)
//   }

import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'
import * as ack from './ack.ts'

export const type = 0x0a

/** Packets of one connection by their mark, since it began. */
export interface EcnCounts {
  readonly ect0: number
  readonly ect1: number
  readonly ce: number
}

export interface AckEcn extends ack.AckedNumbers, EcnCounts {
  readonly type: typeof type
}

export type AnyAck = ack.Ack | AckEcn

/** The same ACK, and what was counted. */
export const withCounts = ({ largest, delayMicros, ranges }: ack.Ack, counts: EcnCounts): AckEcn => ({
  type,
  largest,
  delayMicros,
  ranges,
  ect0: counts.ect0,
  ect1: counts.ect1,
  ce: counts.ce,
})

export const size = (f: AckEcn): number =>
  1 + ack.sizeOfNumbers(f) + varintSize(f.ect0) + varintSize(f.ect1) + varintSize(f.ce)

export function encode(w: Writer, f: AckEcn): void {
  w.u8(type)
  ack.encodeNumbers(w, f)
  w.varint(f.ect0)
  w.varint(f.ect1)
  w.varint(f.ce)
}

/** The type byte has been read already; `wire/frame.ts` chose us by it. */
export function decode(r: Reader): AckEcn {
  const { largest, delayMicros, ranges } = ack.decodeNumbers(r)
  return { type, largest, delayMicros, ranges, ect0: r.varint(), ect1: r.varint(), ce: r.varint() }
}
