// What the connections of one endpoint may have promised together: a window is memory that a peer may fill, and many peers
// fill many. Each has an equal share, and none less than it needs to go on at all. Knows bytes; neither streams nor
// connections. PROTOCOL.md §8-12.

export class ReceiveBudget {
  readonly totalBytes: number
  /** Nobody has less, however many there are. */
  readonly leastBytes: number
  /** The windows of all that take part, as far as they are not used up. */
  promisedBytes = 0
  sharers = 0

  constructor(totalBytes: number, leastBytes: number) {
    this.totalBytes = totalBytes
    this.leastBytes = leastBytes
  }

  /** The largest window of one that takes part. */
  get shareBytes(): number {
    return Math.max(this.leastBytes, Math.floor(this.totalBytes / Math.max(1, this.sharers)))
  }

  /** What one that may come to take part begins with, beside `others` that may: nobody has promised it anything yet. */
  firstBytes(others: number): number {
    const share = Math.floor(this.totalBytes / (this.sharers + others + 1))
    return Math.max(this.leastBytes, Math.min(share, this.totalBytes - this.promisedBytes))
  }
}

/** One connection's part of it: from when its peer is proven to when it is over. */
export class ReceiveShare {
  readonly #budget: ReceiveBudget
  #isIn = false
  #promisedBytes = 0

  constructor(budget: ReceiveBudget) {
    this.#budget = budget
  }

  /** The largest window there may be now. */
  get mostBytes(): number {
    return this.#isIn ? this.#budget.shareBytes : Number.POSITIVE_INFINITY
  }

  /** @param leftBytes promised and not used: no promise is taken back */
  enter(leftBytes: number): void {
    if (this.#isIn) return
    this.#isIn = true
    this.#budget.sharers++
    this.#promise(leftBytes)
  }

  leave(): void {
    if (!this.#isIn) return
    this.#promise(0)
    this.#budget.sharers--
    this.#isIn = false
  }

  /** How large the window may be when it has `leftBytes` left and would like to be `wantedBytes`. */
  grant(wantedBytes: number, leftBytes: number): number {
    if (!this.#isIn) return wantedBytes
    this.#promise(leftBytes)
    const { totalBytes, promisedBytes, leastBytes } = this.#budget
    const affordable = leftBytes + Math.max(0, totalBytes - promisedBytes)
    const granted = Math.max(leftBytes, Math.min(wantedBytes, Math.max(affordable, leastBytes)))
    this.#promise(granted)
    return granted
  }

  #promise(bytes: number): void {
    this.#budget.promisedBytes += bytes - this.#promisedBytes
    this.#promisedBytes = bytes
  }
}
