// Moments as file systems keep them: nanoseconds since 1970, before it too. Knows nothing of clocks.

export const nanosPerMilli = 1_000_000n
const nanosPerMicro = 1_000n

/** Rounded towards the past, so that what is left is never negative. */
export function floorDivide(value: bigint, by: bigint): { readonly whole: bigint; readonly rest: bigint } {
  const rest = ((value % by) + by) % by
  return { whole: (value - rest) / by, rest }
}

/**
 * Whether a file has the time it was to be given.
 * @param found on the disk: set to a whole microsecond where the system could be asked for no more, and before 1970 to a
 *   whole millisecond
 */
export function isSameTime(found: bigint, wanted: bigint): boolean {
  if (found === wanted) return true
  const difference = found > wanted ? found - wanted : wanted - found
  const step = wanted < 0n ? nanosPerMilli : nanosPerMicro
  return found % step === 0n && difference < step
}
