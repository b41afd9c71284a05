// The memory of literals on their way out: buffers that are filled here, lent to the network piece by piece, and filled
// again once every piece has come back. A transfer of any size goes through the same few. Knows bytes, not what they are.

import { must } from '../../base/assert.ts'
import { MiB } from '../../base/units.ts'

/** Kept for reuse: the first touch of fresh memory costs as much as hashing what goes in. */
const spareBytesMax = 40 * MiB

export interface Loan {
  readonly id: number
  /** All of the buffer; its memory is shared between threads. */
  readonly bytes: Uint8Array
}

interface Out extends Loan {
  /** Pieces under way, and one more while it may still be filled. */
  holds: number
}

export class Loans {
  readonly #out = new Map<number, Out>()
  /** By size. The last that came back is the first to go out: it is still in the cache. */
  readonly #spare = new Map<number, Uint8Array[]>()
  #spareBytes = 0
  #outBytes = 0
  #ids = 0

  /** Memory that is out, in bytes. */
  get outBytes(): number {
    return this.#outBytes
  }

  /** A buffer to fill; `give` it back when nothing more goes into it. */
  take(sizeBytes: number): Loan {
    const spare = this.#spare.get(sizeBytes)?.pop()
    if (spare) this.#spareBytes -= sizeBytes
    const bytes = spare ?? new Uint8Array(new SharedArrayBuffer(sizeBytes))
    const loan = { id: ++this.#ids, bytes, holds: 1 }
    this.#out.set(loan.id, loan)
    this.#outBytes += sizeBytes
    return loan
  }

  /** A piece of it goes out. */
  lend({ id }: Loan): void {
    must(this.#out.get(id), 'a loan that is out').holds++
  }

  /** A piece has come back, or whoever filled it is done. */
  give(id: number): void {
    const loan = must(this.#out.get(id), 'a loan that is out')
    if (--loan.holds > 0) return
    const { bytes } = loan
    this.#out.delete(id)
    this.#outBytes -= bytes.length
    if (this.#spareBytes + bytes.length > spareBytesMax) return
    this.#spareBytes += bytes.length
    const spare = this.#spare.get(bytes.length)
    if (spare) spare.push(bytes)
    else this.#spare.set(bytes.length, [bytes])
  }
}
