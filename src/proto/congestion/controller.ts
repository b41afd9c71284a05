// What a congestion controller is asked and told. It sees bytes and times, never packets or streams, and owns no
// timer: PROTOCOL.md §10. To add one: a file beside this one, a row in index.ts, and the controller suite.

import type { Micros } from '../../base/units.ts'
import type { RateSample } from '../recovery/delivery.ts'

export interface AckedBytes {
  readonly now: Micros
  readonly bytes: number
  /** When the newest of the acknowledged packets was sent. */
  readonly sentMicros: Micros
  readonly latestRttMicros: Micros
  readonly smoothedRttMicros: Micros
  readonly minimumRttMicros: Micros
  /** What was in flight just before this acknowledgement. */
  readonly inFlightBytes: number
  /** The sender had data and room by flow control: only the window held it back. §10-5 */
  readonly isWindowLimited: boolean
  readonly rate: RateSample
}

export interface LostBytes {
  readonly now: Micros
  readonly bytes: number
  /** Packets in a row are one loss; one that goes on from the last call's counts there. */
  readonly losses: number
  /** When the newest of the lost packets was sent: one event per round trip. §10-4 */
  readonly sentMicros: Micros
  readonly isPersistent: boolean
}

/** The path marked packets that arrived: it would soon have dropped some. */
export interface MarkedBytes {
  readonly now: Micros
  readonly bytes: number
  /** When the newest of what was acknowledged with this news was sent. */
  readonly sentMicros: Micros
}

/** What an earlier connection to the same peer saw of the path. RFC 9959 */
export interface SavedPath {
  readonly bytesPerSecond: number
  readonly rttMicros: Micros
}

export interface Controller {
  readonly name: string
  readonly windowBytes: number
  readonly isSlowStart: boolean
  /** What it wants to send, bytes a second; undefined: what its window makes. §10-3 */
  readonly pacingBytesPerSecond: number | undefined
  /** The most that the path was seen to deliver of late, bytes a second; 0: nobody measured. */
  readonly deliveryBytesPerSecond: number
  /** Before anything else: the round trip that the handshake measured, and what an earlier connection saw of this path. */
  onHandshakeRtt(rttMicros: Micros, saved?: SavedPath): void
  onSent(now: Micros, bytes: number): void
  onAcked(acked: AckedBytes): void
  onLost(lost: LostBytes): void
  /** Slows down as for a loss, though nothing is missing. §10.1-5 */
  onMarked(marked: MarkedBytes): void
  /** The losses of this packet turned out to be reordering. */
  onSpuriousLoss(now: Micros): void
  onDatagramSize(datagramBytes: number): void
}

export type ControllerFactory = (now: Micros, datagramBytes: number) => Controller
