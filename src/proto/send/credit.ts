// What the peer lets us send over all streams: its WINDOW against the sum of highest offsets. PROTOCOL.md §7.5, §8-3.

import { assert } from '../../base/assert.ts'

export class Credit {
  #limit = 0
  #used = 0

  get availableBytes(): number {
    return this.#limit - this.#used
  }

  get usedBytes(): number {
    return this.#used
  }

  get limitBytes(): number {
    return this.#limit
  }

  /** True when it grew; an older WINDOW that comes late changes nothing. §7.5-2 */
  onLimit(limit: number): boolean {
    if (limit <= this.#limit) return false
    this.#limit = limit
    return true
  }

  /** Bytes that went in the handshake, before the peer could say how many it takes. */
  useEarly(bytes: number): void {
    this.#used += bytes
  }

  use(bytes: number): void {
    this.#used += bytes
    assert(this.#used <= this.#limit, 'the window of the connection is kept')
  }
}
