// Several ways to one end, begun one after another: a way is begun when its time has come, or when no other is under way any
// more, and the first to arrive wins (RFC 8305 §5). Knows no addresses and no sockets.

export interface Way<Prize> {
  /** Not before so long after the first was begun, unless none is under way. */
  readonly afterMillis: number
  /**
   * @param signal aborts when another has won, or all are given up
   * @param onWon to be called in the very moment it arrives, before anything else can: the others end there
   */
  begin(signal: AbortSignal, onWon: () => void): Promise<Prize>
}

export interface RaceOptions {
  /** All are given up, and each says why. */
  readonly signal?: AbortSignal | undefined
  /** A fault that ends the race, whatever the others would come to. */
  readonly isFinal: (fault: unknown) => boolean
  /** What it comes to when no way leads there: the faults in order of the ways. */
  readonly failed: (faults: readonly unknown[]) => unknown
  /** What the longest way may take: then all are given up. */
  readonly limitMillis: number
}

export function race<Prize>(ways: readonly Way<Prize>[], options: RaceOptions): Promise<Prize> {
  return new Promise((resolve, reject) => new Race(ways, options, resolve, reject).start())
}

class Race<Prize> {
  readonly #ways: readonly Way<Prize>[]
  readonly #options: RaceOptions
  readonly #resolve: (prize: Prize) => void
  readonly #reject: (fault: unknown) => void
  readonly #startedMillis = performance.now()
  /** Of those under way. */
  readonly #controllers = new Set<AbortController>()
  readonly #faults: unknown[] = []
  #begun = 0
  #isOver = false
  #nextTimer: NodeJS.Timeout | undefined
  #limitTimer: NodeJS.Timeout | undefined

  constructor(
    ways: readonly Way<Prize>[],
    options: RaceOptions,
    resolve: (prize: Prize) => void,
    reject: (fault: unknown) => void,
  ) {
    this.#ways = ways
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { signal, limitMillis } = this.#options
    signal?.addEventListener('abort', this.#giveUp, { once: true })
    this.#limitTimer = setTimeout(() => this.#fail(), limitMillis)
    this.#beginNext()
    if (signal?.aborted) this.#giveUp()
  }

  #beginNext(): void {
    clearTimeout(this.#nextTimer)
    const way = this.#ways[this.#begun]
    if (!way) return
    const index = this.#begun++
    const controller = new AbortController()
    this.#controllers.add(controller)
    const onWon = (): void => this.#end(controller)
    way.begin(controller.signal, onWon).then(
      prize => {
        onWon()
        this.#resolve(prize)
      },
      (fault: unknown) => this.#onFault(index, controller, fault),
    )
    const following = this.#ways[this.#begun]
    if (!following || this.#isOver) return
    const dueMillis = this.#startedMillis + following.afterMillis - performance.now()
    this.#nextTimer = setTimeout(() => this.#beginNext(), Math.max(0, dueMillis))
  }

  #onFault(index: number, controller: AbortController, fault: unknown): void {
    this.#controllers.delete(controller)
    if (this.#isOver) return
    this.#faults[index] = fault
    if (this.#options.isFinal(fault)) {
      this.#end()
      this.#reject(fault)
    } else if (this.#controllers.size === 0) {
      if (this.#begun < this.#ways.length) this.#beginNext()
      else this.#fail()
    }
  }

  /** What was not begun never is; those under way say what becomes of them. */
  readonly #giveUp = (): void => {
    clearTimeout(this.#nextTimer)
    this.#begun = this.#ways.length
    for (const controller of this.#controllers) controller.abort()
  }

  #fail(): void {
    if (this.#isOver) return
    this.#end()
    this.#reject(this.#options.failed(this.#faults.filter(fault => fault !== undefined)))
  }

  #end(winner?: AbortController): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#nextTimer)
    clearTimeout(this.#limitTimer)
    this.#options.signal?.removeEventListener('abort', this.#giveUp)
    for (const controller of this.#controllers) if (controller !== winner) controller.abort()
  }
}
