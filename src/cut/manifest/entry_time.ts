// A moment as a manifest has it, and as one number.

import { floorDivide } from '../../base/times.ts'
import type { EntryTime } from './entry.ts'

const billion = 1_000_000_000n

export const nanosOf = ({ seconds, nanos }: EntryTime): bigint => BigInt(seconds) * billion + BigInt(nanos)

export function timeOf(nanos: bigint): EntryTime {
  const { whole, rest } = floorDivide(nanos, billion)
  return { seconds: Number(whole), nanos: Number(rest) }
}
