// ACK: which packet numbers have arrived. PROTOCOL.md §7.3
//
//   ACK {
//     Type        (8) = 0x02,
//     Largest     (i),
//     Delay       (i),          how long the largest waited, in microseconds
//     Range Count (i),          pairs that follow the first range
//     First Range (i),          numbers directly below the largest that arrived too
//     { Gap (i), Length (i) } … downwards: Gap + 1 that did not, Length + 1 that did
//   }

import { must } from '../../base/assert.ts'
import { type Reader, varintSize, type Writer } from '../../base/bytes.ts'
import type { Range } from '../../base/ranges.ts'
import { ackPairsMax } from '../limits.ts'

export const type = 0x02

export interface Ack extends AckedNumbers {
  readonly type: typeof type
}

/** What every kind of ACK says. */
export interface AckedNumbers {
  readonly largest: number
  readonly delayMicros: number
  /**
   * Half-open ranges as flat pairs, highest first: start, end, start, end … The first end is largest + 1. Walk them as
   * `for (let i = 0; i < ranges.length; i += 2)`; ranges are disjoint and never touch.
   */
  readonly ranges: readonly number[]
}

/** What an ACK is made from: a RangeSet will do. Ascending. */
export interface ReceivedNumbers {
  readonly count: number
  range(index: number): Range
}

/** The newest of what has arrived, at most `pairsMax` pairs besides the first range (§7.3-1). `received` is not empty. */
export function ackOf(received: ReceivedNumbers, delayMicros: number, pairsMax = ackPairsMax): Ack {
  const ranges: number[] = []
  const lowest = Math.max(0, received.count - 1 - Math.min(pairsMax, ackPairsMax))
  for (let i = received.count - 1; i >= lowest; i--) {
    const { start, end } = received.range(i)
    ranges.push(start, end)
  }
  return { type, largest: edge(ranges, 1) - 1, delayMicros, ranges }
}

export const size = (f: Ack): number => 1 + sizeOfNumbers(f)

export function sizeOfNumbers(f: AckedNumbers): number {
  const { ranges } = f
  let sum = varintSize(f.largest) + varintSize(f.delayMicros) + varintSize(ranges.length / 2 - 1)
  sum += varintSize(f.largest - edge(ranges, 0))
  for (let i = 2; i < ranges.length; i += 2) {
    sum += varintSize(edge(ranges, i - 2) - edge(ranges, i + 1) - 1)
    sum += varintSize(edge(ranges, i + 1) - edge(ranges, i) - 1)
  }
  return sum
}

export function encode(w: Writer, f: Ack): void {
  w.u8(type)
  encodeNumbers(w, f)
}

export function encodeNumbers(w: Writer, f: AckedNumbers): void {
  const { ranges } = f
  w.varint(f.largest)
  w.varint(f.delayMicros)
  w.varint(ranges.length / 2 - 1)
  w.varint(f.largest - edge(ranges, 0))
  for (let i = 2; i < ranges.length; i += 2) {
    w.varint(edge(ranges, i - 2) - edge(ranges, i + 1) - 1)
    w.varint(edge(ranges, i + 1) - edge(ranges, i) - 1)
  }
}

/** The type byte has been read already; `wire/frame.ts` chose us by it. */
export function decode(r: Reader): Ack {
  const { largest, delayMicros, ranges } = decodeNumbers(r)
  return { type, largest, delayMicros, ranges }
}

export function decodeNumbers(r: Reader): AckedNumbers {
  const largest = r.varint()
  const delayMicros = r.varint()
  const pairs = r.varint()
  let start = largest - r.varint()
  const ranges = [start, largest + 1]
  if (start < 0 || pairs > ackPairsMax) r.fail()
  for (let i = 0; i < pairs && !r.failed; i++) {
    const end = start - r.varint() - 1
    start = end - r.varint() - 1
    if (start < 0) r.fail()
    ranges.push(start, end)
  }
  return { largest, delayMicros, ranges }
}

function edge(ranges: readonly number[], index: number): number {
  return must(ranges[index], 'an ACK has whole pairs, at least one')
}
