// How far the reader of a literal stream is, which is what its windows rise over. Slabs are consumed whole, in any
// order; the slab that is being filled counts as far as it is filled without a gap, for its memory is taken already:
// else every stream would hold back up to a slab of window, and a window of one slab would stop at each. So a link holds
// at most its window and one slab for each stream. Knows offsets only. PROTOCOL.md §8-6, §8-7.

import { RangeSet } from '../base/ranges.ts'
import { slabBytes } from '../host/slabs.ts'

export class Consumption {
  readonly #received = new RangeSet()
  readonly #consumed = new RangeSet()
  #consumedUpTo = 0
  #upTo = 0
  #endBytes: number | undefined

  /** The stream is this long. */
  setEnd(endBytes: number): void {
    this.#endBytes = endBytes
  }

  /** Everything below this may be asked for again: the window starts here. */
  get upTo(): number {
    return this.#upTo
  }

  /** The owner has consumed all of the stream: nothing more will come. */
  get isDone(): boolean {
    return this.#consumedUpTo === this.#endBytes
  }

  /** These bytes have come. True when upTo rose. */
  receive(start: number, end: number): boolean {
    this.#received.add(start, end)
    return this.#raise()
  }

  /** The owner is done with these. True when upTo rose. */
  consume(offset: number, lengthBytes: number): boolean {
    this.#consumed.add(offset, offset + lengthBytes)
    this.#consumedUpTo = this.#consumed.endOfRun(0)
    return this.#raise()
  }

  #raise(): boolean {
    const filled = this.#received.endOfRun(0)
    const slabEnd = this.#consumedUpTo + slabBytes
    const upTo = filled < slabEnd ? filled : this.#consumedUpTo
    if (upTo <= this.#upTo) return false
    this.#upTo = upTo
    return true
  }
}
