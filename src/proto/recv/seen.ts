// The packet numbers that came, and when to tell the peer: duplicates, ranges for an ACK, and the one decision per
// batch whether an ACK goes now. PROTOCOL.md §9-2 to §9-4. Knows numbers and times; not what the packets carried, and
// it does not build the frame.

import { RangeSet } from '../../base/ranges.ts'
import { type Micros, millisecond, never } from '../../base/units.ts'
import type { ReceivedNumbers } from '../../wire/frames/ack.ts'
import type { EcnCounts } from '../../wire/frames/ack_ecn.ts'
import { ecnFields } from '../path/ecn.ts'
import { ackDelayMicrosMax } from '../recovery/rtt.ts'

/** Ranges kept; a peer that skips every other number must not grow them. §9-4 */
export const rangesMax = 256
/** While a connection is young every second packet is answered: slow start lives on it. §9-3 */
const eagerPackets = 100
const thresholdMin = 2
const thresholdMax = 64
/** So many answers a round trip, that no burst of losses takes all of them … */
const answersPerRtt = 32
/** … but not one a millisecond: on a short path it is the hosts that pay. */
const answersPerRttMin = 8
const spanMicrosMin: Micros = millisecond

/** How long what came may wait to be answered together. §9-3 */
const spanMicros = (rttMicros: Micros): Micros =>
  Math.max(rttMicros / answersPerRtt, Math.min(rttMicros / answersPerRttMin, spanMicrosMin))

export class Seen {
  /** The peer may be told of marks. */
  reportsMarks = false
  readonly #ranges = new RangeSet()
  readonly #marks = { ect0: 0, ect1: 0, ce: 0 }
  // everything below counts as received before: forgotten, or surely known to the peer
  #floor = 0
  #largest = -1
  #largestMicros: Micros = 0

  #eliciting = 0
  #unanswered = 0
  #isUrgent = false
  #deadline: Micros = never

  // the rate of late: eliciting packets since #rateSince
  #threshold = thresholdMin
  #rateSince: Micros | undefined
  #ratePackets = 0

  /** The largest number received; -1 before any. */
  get largest(): number {
    return this.#largest
  }

  /** Eliciting packets came that no ACK of ours has named: an ACK may ride along. §7.3-3 */
  get hasUnanswered(): boolean {
    return this.#unanswered > 0
  }

  /** When an ACK must go at the latest: decided by endOfBatch; never while nothing asks for one. */
  get ackDeadline(): Micros {
    return this.#deadline
  }

  /** Packets that are answered together at the rate of late. §9-3 */
  get threshold(): number {
    return this.#eliciting < eagerPackets ? thresholdMin : this.#threshold
  }

  /** How many came with each mark. */
  get marks(): EcnCounts {
    return this.#marks
  }

  get hasMarks(): boolean {
    const { ect0, ect1, ce } = this.#marks
    return ect0 + ect1 + ce > 0
  }

  /** True for a number that came before, or that may have been and is forgotten. */
  isDuplicate(packetNumber: number): boolean {
    return packetNumber < this.#floor || this.#ranges.has(packetNumber)
  }

  /** False when it is a duplicate: nothing in it counts. @param ecn the field it came with */
  onPacket(now: Micros, packetNumber: number, isEliciting: boolean, ecn: number = ecnFields.none): boolean {
    return this.#add(now, packetNumber, 1, isEliciting, ecn) === 1
  }

  /** Consecutive eliciting packets. Returns how many were new. */
  onRun(now: Micros, firstPacket: number, packets: number, ecn: number = ecnFields.none): number {
    return this.#add(now, firstPacket, packets, true, ecn)
  }

  #add(now: Micros, firstPacket: number, packets: number, isEliciting: boolean, ecn: number): number {
    const end = firstPacket + packets
    const first = Math.max(firstPacket, this.#floor)
    const fresh = this.#ranges.add(first, end)
    if (fresh === 0) return 0
    // a gap, or a number that comes late: either way the peer's loss detection waits for it
    if (this.#largest >= 0 && firstPacket !== this.#largest + 1) this.#isUrgent = true
    if (end - 1 > this.#largest) {
      this.#largest = end - 1
      this.#largestMicros = now
    }
    while (this.#ranges.count > rangesMax) {
      this.#floor = this.#ranges.range(0).end
      this.#ranges.dropFirst()
    }
    if (isEliciting) this.#onEliciting(fresh)
    if (ecn !== ecnFields.none) this.#onMarked(fresh, isEliciting, ecn)
    return fresh
  }

  // §10.1-2, §10.1-3
  #onMarked(packets: number, isEliciting: boolean, ecn: number): void {
    if (ecn === ecnFields.ect0) this.#marks.ect0 += packets
    else if (ecn === ecnFields.ect1) this.#marks.ect1 += packets
    else this.#marks.ce += packets
    if (ecn === ecnFields.ce && isEliciting) this.#isUrgent = true
  }

  #onEliciting(packets: number): void {
    if (this.#eliciting === 0) this.#isUrgent = true
    this.#eliciting += packets
    this.#unanswered += packets
    this.#ratePackets += packets
  }

  /** To be called once after each batch of datagrams: decides when the ACK goes. §9-3 */
  endOfBatch(now: Micros, smoothedRttMicros: Micros): void {
    const span = spanMicros(smoothedRttMicros)
    this.#measure(now, span)
    if (this.#unanswered === 0) return
    if (this.#isUrgent || this.#unanswered >= this.threshold) {
      this.#deadline = now
      return
    }
    const isEager = this.#eliciting < eagerPackets
    const delay = isEager ? ackDelayMicrosMax : Math.min(ackDelayMicrosMax, span)
    // an earlier packet that waits has set an earlier one
    this.#deadline = Math.min(this.#deadline, now + delay)
  }

  #measure(now: Micros, spanMicros: Micros): void {
    this.#rateSince ??= now
    const passed = now - this.#rateSince
    if (passed < spanMicros || passed <= 0) return
    const packets = Math.round((this.#ratePackets * spanMicros) / passed)
    this.#threshold = Math.min(thresholdMax, Math.max(thresholdMin, packets))
    this.#rateSince = now
    this.#ratePackets = 0
  }

  shouldAckNow(now: Micros): boolean {
    return now >= this.#deadline
  }

  /** What an ACK names; wire/frames/ack.ts takes the newest of it (§7.3-1). Empty before any packet came. */
  get received(): ReceivedNumbers {
    return this.#ranges
  }

  /** How long the largest has waited here: whole microseconds, for the frame. */
  ackDelay(now: Micros): Micros {
    return Math.max(0, Math.floor(now - this.#largestMicros))
  }

  /** What was said of late may have gone to where the peer is no more: it is said again at once. */
  sayAgain(now: Micros): void {
    if (this.#largest < 0) return
    this.#unanswered++
    this.#isUrgent = true
    this.#deadline = now
  }

  /** An ACK of all that was received has gone. */
  onAckSent(): void {
    this.#unanswered = 0
    this.#isUrgent = false
    this.#deadline = never
  }

  /** The peer acknowledged a packet of ours that carried an ACK with this Largest: all below need no telling. */
  onAckAcked(largest: number): void {
    const floor = Math.min(largest, this.#largest)
    if (floor <= this.#floor) return
    this.#floor = floor
    this.#ranges.remove(0, floor)
  }
}
