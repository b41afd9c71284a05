// How large a datagram the path carries: starts at what every path must, tries the ceiling, then bisects, and falls
// back when large datagrams vanish. DPLPMTUD (RFC 8899) as PROTOCOL.md §11 has it. Knows sizes and packet numbers;
// does not build probes, and owns no timer: a probe is only worth its bytes beside other traffic.

import { type Micros, minute, second } from '../../base/units.ts'
import { pathDatagramBytes } from '../../wire/limits.ts'

/** Where every path begins, and falls back to. §11-1 */
export const datagramBytesBase: number = pathDatagramBytes

/** Loss says little about one size until it is tried so often. §11-2 */
const triesMax = 3
/** The search ends when the next step would gain less. §11-2 */
const stepBytesMin = 20
/** Large datagrams lost in a row, none arriving after them: the path has shrunk. §11-3 */
const lostInRowMax = 6
/** Probe time-outs in a row with nothing but large datagrams in flight: the same. §11-3 */
const probeTimeoutsMax = 2
/** After a fall the path is left alone for so long. §11-3 */
const coolDownMicros: Micros = 60 * second
/** A search that ended below the ceiling is made again after this: routes change (RFC 8899 §5.1.1). */
const raiseMicros: Micros = 10 * minute

// 'resting': the search is over, below the ceiling; 'fallen': large datagrams vanished. Both end at #quietUntil.
type Phase = 'searching' | 'resting' | 'fallen'

export class PathMtu {
  #phase: Phase = 'searching'
  #quietUntil: Micros = 0
  #datagramBytes = datagramBytesBase
  #ceilingBytes: number
  readonly #isLossless: boolean
  // the smallest size known to fail; one past the ceiling while none is
  #failedBytes: number
  #tries = 0
  #probeBytes: number | undefined

  /**
   * How long the evidence must stand: a round trip, in which large ones under way still arrive if there is no hole. A
   * full queue drops a whole train of large ones and lets a small one slip in. §11-3
   */
  settleMicros: Micros = 0
  // the evidence for a black hole, by packet number: only what was sent after the newest large arrival counts
  #lostInRow = 0
  #lostSince: Micros = 0
  #firstLost = 0
  #largestLargeAcked = -1
  #largestSmallAcked = -1

  /**
   * @param ceilingBytes the smaller of what the driver can send whole and the peer's parameter
   * @param isLossless the carrier takes all up to the ceiling whole: there is nothing to search, and no hole. §4.1-6
   */
  constructor(ceilingBytes: number, isLossless = false) {
    this.#isLossless = isLossless
    this.#ceilingBytes = Math.max(datagramBytesBase, ceilingBytes)
    this.#failedBytes = this.#ceilingBytes + 1
  }

  /** What may be tried is the same; what was found out is not. */
  static like(other: PathMtu): PathMtu {
    const mtu = new PathMtu(datagramBytesBase, other.#isLossless)
    mtu.setCeiling(other.ceilingBytes)
    return mtu
  }

  /** The size to send now. */
  get datagramBytes(): number {
    return this.#datagramBytes
  }

  get ceilingBytes(): number {
    return this.#ceilingBytes
  }

  /** What may be tried has changed: the peer's parameter came. The search starts again, unless the path just fell. */
  setCeiling(ceilingBytes: number): void {
    this.#ceilingBytes = Math.max(datagramBytesBase, ceilingBytes)
    this.#datagramBytes = this.#isLossless
      ? this.#ceilingBytes
      : Math.min(this.#datagramBytes, this.#ceilingBytes)
    if (this.#phase !== 'fallen') this.#search()
  }

  /** The size of the probe to send now, if any: one at a time. onProbeSent says that it went. */
  nextProbe(now: Micros): number | undefined {
    if (this.#probeBytes !== undefined) return undefined
    if (this.#phase !== 'searching') {
      if (now < this.#quietUntil) return undefined
      this.#search()
    }
    return this.#isSearchOver ? undefined : this.#nextSize
  }

  onProbeSent(size: number): void {
    this.#probeBytes = size
  }

  /** True when the size to send rose. A probe thought lost that arrives after all is proof like any other. */
  onProbeAcked(now: Micros, size: number): boolean {
    if (this.#probeBytes === size) this.#probeBytes = undefined
    if (this.#phase === 'fallen' || size <= this.#datagramBytes || size > this.#ceilingBytes) return false
    this.#datagramBytes = size
    this.#tries = 0
    if (this.#failedBytes <= size) this.#failedBytes = this.#ceilingBytes + 1
    this.#restWhenOver(now)
    return true
  }

  /** It is no sign of congestion: the caller must not tell the controller. §10-6 */
  onProbeLost(now: Micros, size: number): void {
    if (this.#probeBytes !== size) return
    this.#probeBytes = undefined
    this.#tries++
    if (this.#tries < triesMax) return
    this.#tries = 0
    this.#failedBytes = size
    this.#restWhenOver(now)
  }

  /**
   * A packet, or the newest of a run, that was no probe arrived. True when that proves a black hole: the size fell to
   * the base. §11-3
   */
  onAcked(now: Micros, packetNumber: number, datagramBytes: number): boolean {
    if (datagramBytes <= datagramBytesBase) {
      this.#largestSmallAcked = Math.max(this.#largestSmallAcked, packetNumber)
      return this.#fallIfHole(now)
    }
    this.#largestLargeAcked = Math.max(this.#largestLargeAcked, packetNumber)
    if (packetNumber > this.#firstLost) this.#lostInRow = 0
    return false
  }

  /** A run of packets that were no probes is lost; to be told after what the same ACK acknowledged. As onAcked. */
  onLost(now: Micros, firstPacket: number, packets: number, datagramBytes: number): boolean {
    if (datagramBytes <= datagramBytesBase) return false
    // congestion loses packets between others of their size; a hole swallows all that come after
    const first = Math.max(firstPacket, this.#largestLargeAcked + 1)
    const lost = firstPacket + packets - first
    if (lost <= 0) return false
    if (this.#lostInRow === 0) this.#lostSince = now
    this.#firstLost = this.#lostInRow === 0 ? first : Math.min(this.#firstLost, first)
    this.#lostInRow += lost
    return this.#fallIfHole(now)
  }

  /** The probe time-out expired, the `inRow`-th time without an acknowledgement. As onAcked. */
  onProbeTimeout(now: Micros, inRow: number, isOnlyLargeInFlight: boolean): boolean {
    if (inRow < probeTimeoutsMax || !isOnlyLargeInFlight) return false
    return this.#fall(now)
  }

  #fallIfHole(now: Micros): boolean {
    if (this.#lostInRow < lostInRowMax || this.#largestSmallAcked < this.#firstLost) return false
    if (now - this.#lostSince < this.settleMicros) return false
    return this.#fall(now)
  }

  #fall(now: Micros): boolean {
    if (this.#datagramBytes === datagramBytesBase || this.#isLossless) return false
    this.#datagramBytes = datagramBytesBase
    this.#phase = 'fallen'
    this.#quietUntil = now + coolDownMicros
    this.#probeBytes = undefined
    this.#lostInRow = 0
    return true
  }

  #search(): void {
    this.#phase = 'searching'
    this.#failedBytes = this.#ceilingBytes + 1
    this.#tries = 0
    this.#probeBytes = undefined
  }

  #restWhenOver(now: Micros): void {
    if (!this.#isSearchOver || this.#failedBytes > this.#ceilingBytes) return
    this.#phase = 'resting'
    this.#quietUntil = now + raiseMicros
  }

  get #isSearchOver(): boolean {
    return this.#nextSize - this.#datagramBytes < stepBytesMin
  }

  // the ceiling is what most paths turn out to carry; only when it fails is there anything to search
  get #nextSize(): number {
    if (this.#failedBytes > this.#ceilingBytes) return this.#ceilingBytes
    return Math.floor((this.#datagramBytes + this.#failedBytes) / 2)
  }
}
