// One stream on the receiving side: how far it was used, where it ends, what the owner took. Ordered and literal
// streams differ only in what `body` does with the bytes. PROTOCOL.md §8.

import type { Delivery } from '../send/progress.ts'
import { LiteralRanges } from './literal.ts'
import { Reassembly } from './ordered.ts'
import type { ReceiveWindow } from './window.ts'

export class RecvStream {
  readonly number: number
  readonly window: ReceiveWindow
  readonly body: Reassembly | LiteralRanges
  /** One past the highest offset the peer used: it counts in the windows. */
  highest = 0
  /** Known once FIN, a last STREAM or RESET came. */
  finalLength: number | undefined
  /** Every byte has come, or none will: it no longer counts against streams max. */
  isFinished = false
  /** The owner took bytes since the window was looked at. */
  isTouched = false
  stop: Delivery = 'none'
  stopCode = 0

  constructor(number: number, window: ReceiveWindow) {
    this.number = number
    this.window = window
    this.body = number % 2 === 0 ? new Reassembly() : new LiteralRanges()
  }

  /** The owner wants no more of it: what still comes is counted and thrown away. */
  get isStopped(): boolean {
    return this.stop !== 'none'
  }

  /** False when `length` contradicts what came or was said before. §7.7-1, §8-5 */
  end(length: number): boolean {
    if (this.finalLength !== undefined) return length === this.finalLength
    if (length < this.highest) return false
    this.finalLength = length
    return true
  }

  /** RESET: a FIN may have promised more than was sent. False when `length` is below what came. §7.8-1 */
  cutShort(length: number): boolean {
    if (length < this.highest) return false
    this.finalLength = length
    return true
  }
}
