// A failure here is a bug of ours, never bad input: it throws "pfs: internal error" and nobody catches it to
// carry on. What a peer or the world may get wrong goes through codes.ts and errors.ts instead.

export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Error(`pfs: internal error: ${why}`)
}

/** The value of a look-up that our own invariants say cannot miss. */
export function must<T>(value: T | undefined, why: string): T {
  if (value === undefined) throw new Error(`pfs: internal error: ${why}`)
  return value
}

/** Ends a switch over a union; the compiler refuses it while a member is unhandled. */
export function unreachable(value: never): never {
  throw new Error(`pfs: internal error: unreachable ${JSON.stringify(value)}`)
}
