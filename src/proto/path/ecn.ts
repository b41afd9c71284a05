// Whether this path carries ECN marks and tells of them, seen from the sender: marks while it may, believes counts only where
// they fit what was sent, and gives up for good where they do not. RFC 9000 §13.4.2 as PROTOCOL.md §10.1 has it. Knows packet
// numbers and counts; what a mark means for the rate is the controller's.

import type { AnyAck, EcnCounts } from '../../wire/frames/ack_ecn.ts'
import type { PathAck } from '../../wire/frames/path_ack.ts'
import type { Piece } from '../recovery/sent.ts'

/** The ECN field of an IP header. RFC 3168 §5 */
export const ecnFields = { none: 0, ect1: 1, ect0: 2, ce: 3 } as const

/** off: not both sides can. testing: marked, and nothing has come back yet. failed: for good. */
export type EcnState = 'off' | 'testing' | 'capable' | 'failed'

/** Marked packets lost before any arrived: the path drops what is marked. §10.1-4 */
const lostMax = 10
const probeTimeoutsMax = 3

export class PathEcn {
  #state: EcnState = 'off'
  // marked: every number from here on
  #firstMarked = 0
  #markedPackets = 0
  #lostPackets = 0
  #seen: EcnCounts = { ect0: 0, ect1: 0, ce: 0 }

  get state(): EcnState {
    return this.#state
  }

  /** What goes now goes with this in its IP header. */
  get field(): number {
    return this.#state === 'testing' || this.#state === 'capable' ? ecnFields.ect0 : ecnFields.none
  }

  /** Packets of ours that came with CE, as far as the peer is believed. */
  get ce(): number {
    return this.#seen.ce
  }

  /** Both sides can. §10.1-1 */
  start(nextNumber: number): void {
    this.#state = 'testing'
    this.#firstMarked = nextNumber
  }

  /** The path is another one: what went by the old one is no evidence. §4.3-7 */
  restart(nextNumber: number): void {
    if (this.#state === 'off') return
    this.#state = 'testing'
    this.#firstMarked = nextNumber
    this.#lostPackets = 0
  }

  onSent(packets: number): void {
    if (this.field !== ecnFields.none) this.#markedPackets += packets
  }

  onLost(lost: readonly Piece[]): void {
    if (this.#state !== 'testing') return
    this.#lostPackets += this.#markedOf(lost)
    if (this.#lostPackets >= lostMax) this.#state = 'failed'
  }

  onProbeTimeout(inRow: number): void {
    if (this.#state === 'testing' && inRow >= probeTimeoutsMax) this.#state = 'failed'
  }

  /**
   * @param acked what this ACK newly acknowledges
   * @param raisesLargest an older one that comes late proves nothing
   * @returns how many more packets came with CE
   */
  onAck(ack: AnyAck | PathAck, acked: readonly Piece[], raisesLargest: boolean): number {
    if (this.field === ecnFields.none || !raisesLargest) return 0
    const marked = this.#markedOf(acked)
    if (ack.type !== 0x0a) {
      if (marked > 0) this.#state = 'failed' // somebody on the way takes the marks off
      return 0
    }
    const before = this.#seen
    if (!this.#fits(ack, before, marked)) {
      this.#state = 'failed'
      return 0
    }
    this.#seen = { ect0: ack.ect0, ect1: ack.ect1, ce: ack.ce }
    if (marked > 0) this.#state = 'capable'
    return ack.ce - before.ce
  }

  // §10.1-4
  #fits({ ect0, ect1, ce }: EcnCounts, before: EcnCounts, marked: number): boolean {
    if (ect0 < before.ect0 || ce < before.ce || ect1 > 0) return false
    if (ect0 + ce > this.#markedPackets) return false
    return ect0 + ce - before.ect0 - before.ce >= marked
  }

  #markedOf(pieces: readonly Piece[]): number {
    let packets = 0
    for (const { firstPacket, packets: of } of pieces)
      packets += Math.max(0, firstPacket + of - Math.max(firstPacket, this.#firstMarked))
    return packets
  }
}
