// One literal stream on its way out: offsets only, the bytes stay with the host until acknowledged. PROTOCOL.md §8.

import { assert } from '../../base/assert.ts'
import { literalOffsetMax } from '../../wire/limits.ts'
import { Progress } from './progress.ts'

export class LiteralSend {
  readonly kind = 'literal'
  readonly progress: Progress

  constructor(stream: number, limit: number) {
    this.progress = new Progress(stream, limit)
  }

  /** Payload below `lengthBytes` can be read from now on. */
  extend(lengthBytes: number, isLast: boolean): void {
    assert(lengthBytes >= this.progress.written, 'a literal stream only grows')
    assert(lengthBytes <= literalOffsetMax, 'offsets end at 2^48')
    assert(this.progress.end === 'none' || lengthBytes === this.progress.written, 'extended after its end')
    this.progress.write(lengthBytes, isLast)
  }

  /** Bytes that were sent and not acknowledged up to their highest, as what backpressure counts. */
  get unackedBytes(): number {
    return this.progress.next - this.progress.ackedUpTo
  }

  giveUp(code: number): void {
    this.progress.giveUp(code)
  }
}
