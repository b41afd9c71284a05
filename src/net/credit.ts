// What the reader of a literal stream has consumed: windows rise over what is consumed without a gap, because the
// core's base is one offset. Slabs may be written out by several threads and come back in any order. PROTOCOL.md §8-7.

import { RangeSet } from '../base/ranges.ts'

export class Consumption {
  readonly #consumed = new RangeSet()
  #upTo = 0
  #endBytes: number | undefined

  /** The stream is this long. */
  setEnd(endBytes: number): void {
    this.#endBytes = endBytes
  }

  /** Everything below this has been consumed. */
  get upTo(): number {
    return this.#upTo
  }

  /** Nothing more will come. */
  get isDone(): boolean {
    return this.#upTo === this.#endBytes
  }

  /** True when upTo rose. */
  add(offset: number, lengthBytes: number): boolean {
    this.#consumed.add(offset, offset + lengthBytes)
    const before = this.#upTo
    this.#upTo = this.#consumed.endOfRun(0)
    return this.#upTo > before
  }
}
