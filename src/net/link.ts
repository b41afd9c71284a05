// A link as the transfer floor sees it: one connection's control messages, ordered streams, literal streams in and out,
// credit, and how it ended. A face, no code: connection_link.ts is behind it. Knows no message and no file.

import type { PfsError } from '../base/errors.ts'
import type { Address } from '../proto/address.ts'
import type { ConnectionStats } from '../proto/stats.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { LiteralOut, OutStream } from './streams.ts'

/** What a link tells its owner. Called from the loop: short and synchronous, and it may call the link. */
export interface LinkHandlers {
  /** The next bytes of the control stream; they count as consumed when this returns. */
  onControl(bytes: Uint8Array): void
  /** Of another ordered stream: say consumedOrdered() when they are done with. */
  onOrdered(stream: number, bytes: Uint8Array, isLast: boolean): void
  /**
   * lengthBytes of a literal stream from `offset`, in any order of offsets. The buffer is the owner's until
   * consumedSlab(). isLast: all of the stream has come; where nothing was left to hand over, lengthBytes is 0.
   */
  onSlab(
    stream: number,
    offset: number,
    buffer: SharedArrayBuffer,
    lengthBytes: number,
    isLast: boolean,
  ): void
  /** False: literal bytes are out of turn now, and their sender is closed before it can fill a window. */
  expectsLiterals?(): boolean
  /** A stream whose write() said false has room again. */
  onDrain(stream: number): void
  /** Responder: the peer is really there, this is no replay. §5-6 */
  onConfirmed(): void
  /** The peer gave up a stream of its own … */
  onReset(stream: number, code: number): void
  /** … or wants no more of one of ours. */
  onStopped(stream: number, code: number): void
  /** The last call. undefined: it ended as it should. */
  onClosed(error: PfsError | undefined): void
}

/** Of who waits for one thing alone: what else comes is nothing to it. */
export const deaf: LinkHandlers = {
  onControl() {},
  onOrdered() {},
  onSlab() {},
  onDrain() {},
  onConfirmed() {},
  onReset() {},
  onStopped() {},
  onClosed() {},
}

export interface Link {
  /** The peer's proven key. */
  readonly remoteStatic: Uint8Array
  readonly address: Address
  readonly stats: Readonly<ConnectionStats>
  /** Why it is as fast as it is. */
  readonly diagnosis: Diagnosis
  readonly isConfirmed: boolean
  /** Of what sendControl was given, bytes that the peer has not acknowledged. */
  readonly unheardBytes: number
  /** Setting them starts the events; until then they wait. */
  handlers: LinkHandlers | undefined
  sendControl(bytes: Uint8Array): void
  /** undefined while the peer lets no more streams be open. */
  openOrdered(): OutStream | undefined
  openLiteral(): LiteralOut | undefined
  consumedOrdered(stream: number, bytes: number): void
  /** The buffer comes back if it still is there; the window rises over what is consumed without a gap. */
  consumedSlab(stream: number, offset: number, lengthBytes: number, buffer?: SharedArrayBuffer): void
  /** We want no more of a stream of the peer's. */
  stop(stream: number, code: number): void
  /** Responder: whether this peer may come in. */
  accept(): void
  refuse(): void
  /** No faster than this in either direction; undefined: as fast as the path and the peer let it. */
  limitRate(bytesPerSecond: number | undefined): void
  close(code: number, reason?: string): void
  /** All that was written has arrived, then CLOSE. Rejects if the link ends otherwise. */
  finish(): Promise<void>
}
