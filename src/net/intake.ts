// Gives credit for what was consumed no faster than a rate, so that the peer cannot send faster either: the window is what
// it may be ahead. Knows bytes and time; what consuming means it is told.

import { second } from '../base/units.ts'

/** What is due within this is given at once: a timer for each slab would cost more than it holds back. */
const graceMillis = 5

export class Intake {
  #bytesPerSecond: number | undefined
  /** When the last of what was consumed is due, in milliseconds. */
  #dueMillis = 0
  readonly #waiting: { readonly dueMillis: number; readonly give: () => void }[] = []
  #timer: NodeJS.Timeout | undefined

  /** undefined: what waits is given now, and nothing waits any more. */
  limit(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond
    if (bytesPerSecond === undefined) this.#giveUntil(Number.POSITIVE_INFINITY)
  }

  /** `give` is called when so many bytes may count as consumed: in the order of the calls. */
  consumed(bytes: number, give: () => void): void {
    const rate = this.#bytesPerSecond
    if (rate === undefined) return give()
    const now = performance.now()
    this.#dueMillis = Math.max(this.#dueMillis, now) + (bytes * second) / 1000 / rate
    this.#waiting.push({ dueMillis: this.#dueMillis, give })
    this.#giveUntil(now)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting.length = 0
  }

  #giveUntil(now: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.dueMillis <= now + graceMillis)
      this.#waiting.shift()!.give()
    const [next] = this.#waiting
    if (!next || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#giveUntil(performance.now())
    }, next.dueMillis - now)
    this.#timer.unref()
  }
}
