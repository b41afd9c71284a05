// Things that come before somebody asks for them, or the other way round: an async iteration with a bound. Knows neither what
// they are nor where from.

export class Arrivals<Item> {
  readonly #most: number
  #items: Item[] = []
  #waiting: {
    readonly resolve: (step: IteratorResult<Item>) => void
    readonly reject: (why: Error) => void
  }[] = []
  #end: { fault: Error | undefined } | undefined

  /** @param most how many may wait */
  constructor(most: number) {
    this.#most = most
  }

  /** False: there is no room, or it has ended. */
  offer(item: Item): boolean {
    if (this.#end || this.#items.length >= this.#most) return false
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve({ done: false, value: item })
    else this.#items.push(item)
    return true
  }

  /** What came before is still taken; then it is over, or one reader hears of the fault. */
  end(fault?: Error): void {
    this.#end ??= { fault }
    for (const waiting of this.#waiting.splice(0)) this.#tellEnd(waiting.resolve, waiting.reject)
  }

  #tellEnd(resolve: (step: IteratorResult<Item>) => void, reject: (why: Error) => void): void {
    const fault = this.#end?.fault
    this.#end = { fault: undefined }
    if (fault) reject(fault)
    else resolve({ done: true, value: undefined })
  }

  iterate(): AsyncIterator<Item> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          const [item] = this.#items.splice(0, 1)
          if (item !== undefined) resolve({ done: false, value: item })
          else if (this.#end) this.#tellEnd(resolve, reject)
          else this.#waiting.push({ resolve, reject })
        }),
      return: async () => ({ done: true, value: undefined }),
    }
  }
}
