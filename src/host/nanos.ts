// Times of files, nanoseconds since 1970 as a bigint, in the forms that the system's calls take. Knows no clock.

import { floorDivide } from '../base/times.ts'

const billion = 1_000_000_000n

/** Seconds, negative before 1970, and 0 to 999,999,999 nanoseconds: as the addon takes a time. */
export function splitNanos(total: bigint): { readonly seconds: number; readonly nanos: number } {
  const { whole, rest } = floorDivide(total, billion)
  const seconds = Number(whole)
  // no file system has the years beyond; what it makes of a time that it cannot hold is its own nearest
  const held = Math.max(-Number.MAX_SAFE_INTEGER, Math.min(seconds, Number.MAX_SAFE_INTEGER))
  return { seconds: held, nanos: Number(rest) }
}

/**
 * As node:fs takes it, to the microsecond: a number before 1970 it takes for now, and a Date has milliseconds only.
 * Half a microsecond more, for node cuts off what a number cannot say exactly.
 */
export const nodeTime = (total: bigint): number | Date =>
  total < 0n ? new Date(Number(total / 1_000_000n)) : (Number(total / 1000n) + 0.5) / 1e6
