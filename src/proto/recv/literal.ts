// Which bytes of one literal stream have come, and where it ends. The bytes themselves lie in the payloads, put there
// by the plane. Knows offsets only. PROTOCOL.md §8-4, §8-6.

import { RangeSet } from '../../base/ranges.ts'
import { limits } from '../config.ts'
import type { EventQueue } from '../events.ts'

export class LiteralRanges {
  readonly #received = new RangeSet()

  /** Bytes of [start, end) that are new become events. False when they would cost too many ranges: not noted. */
  insert(stream: number, start: number, end: number, events: EventQueue): boolean {
    const received = this.#received
    if (received.count >= limits.literalRanges && !received.overlaps(start - 1, end + 1)) return false
    if (!received.overlaps(start, end)) {
      received.add(start, end)
      events.pushLiteral(stream, start, end)
      return true
    }
    for (const gap of received.gaps(start, end)) events.pushLiteral(stream, gap.start, gap.end)
    received.add(start, end)
    return true
  }

  /** Everything below `length` is there. */
  isComplete(length: number): boolean {
    return this.#received.endOfRun(0) >= length
  }

  get ranges(): number {
    return this.#received.count
  }
}
