// What an application does with its connection, as data: what it writes, how it reads, whom it trusts. Both sides
// know both scripts, so that the receiver can say when it has everything.

import type { Micros } from '../src/base/units.ts'

export interface Script {
  /** One literal stream of so many bytes each. */
  readonly literals?: readonly number[]
  /** Bytes on the control stream, in messages of varying size. */
  readonly controlBytes?: number
  /** Of the control bytes, those that ride in the handshake. Initiator only. */
  readonly earlyBytes?: number
  /** One ordered stream of so many bytes each, ended. */
  readonly orderedStreams?: readonly number[]
  /** Literal bytes become readable at this rate; undefined: all at once. */
  readonly producesPerSecond?: number
  readonly reads?: Reads
  /** Initiator: the links it has, and opens paths by, besides the first. */
  readonly links?: number
  /** Responder: what it says to a peer's key, and when. */
  readonly answersPeer?: 'accepts' | 'refuses'
  readonly answersAfterMicros?: Micros
  /** Responder: writes at once what a looked-up answer may be, before the peer is confirmed (§5-6 allows it). */
  readonly writesEarly?: boolean
}

export type Reads =
  | { readonly kind: 'at_once' }
  | { readonly kind: 'at_rate'; readonly bytesPerSecond: number }
  /** Stands still for a while after so many bytes. */
  | { readonly kind: 'pauses'; readonly afterBytes: number; readonly micros: Micros }

/** The responder ends its control stream's part with so many bytes once it has read everything: a durable ACK. */
export const farewellBytes = 16

export type Role = 'initiator' | 'responder'

/** The number streams are painted by: the same stream number of both sides must not look alike. */
export const paintOf = (writer: Role, stream: number): number =>
  stream + (writer === 'initiator' ? 0 : 65_536)

/** How many bytes each stream of `writer` will carry, by stream number: streams are opened in the script's order. */
export function lengthsOf(script: Script, writer: Role): Map<number, number> {
  const lengths = new Map<number, number>()
  const farewell = writer === 'responder' ? farewellBytes : 0
  lengths.set(0, (script.controlBytes ?? 0) + farewell)
  for (const [i, bytes] of (script.literals ?? []).entries()) lengths.set(2 * i + 1, bytes)
  for (const [i, bytes] of (script.orderedStreams ?? []).entries()) lengths.set(2 * i + 2, bytes)
  return lengths
}
