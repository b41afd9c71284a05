// Room for literals that cannot go out from where they were read: one behind another in memory that is lent as a whole, so
// that many small ones hold no more of it than they need. Knows bytes, not what they are.

import { assert, must } from '../../base/assert.ts'
import { literalBlockBytesMax } from '../../offset/limits.ts'
import type { Loan, Loans } from './loans.ts'

export class LiteralRoom {
  readonly #loans: Loans
  #loan: Loan | undefined
  #usedBytes = 0

  constructor(loans: Loans) {
    this.#loans = loans
  }

  /** Room for so many bytes, behind what was kept so far. It is free again at the next call, but for what is kept of it. */
  take(length: number): { readonly loan: Loan; readonly bytes: Uint8Array } {
    assert(length <= literalBlockBytesMax, 'a literal block')
    if (this.#usedBytes + length > literalBlockBytesMax) this.close()
    this.#loan ??= this.#loans.take(literalBlockBytesMax)
    const bytes = this.#loan.bytes.subarray(this.#usedBytes, this.#usedBytes + length)
    return { loan: this.#loan, bytes }
  }

  /** The first bytes of what was taken last go out. */
  keep(length: number): void {
    must(this.#loan, 'room that was taken')
    this.#usedBytes += length
  }

  /** Nothing more is put there. */
  close(): void {
    if (this.#loan) this.#loans.give(this.#loan.id)
    this.#loan = undefined
    this.#usedBytes = 0
  }
}
