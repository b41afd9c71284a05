// Gives credit for what was consumed no faster than a rate, so that the peer cannot send faster either: the window is what
// it may be ahead. Knows bytes and time; what consuming means it is told.

import { second } from '../base/units.ts'

/** What is due within this is given at once: a timer for each slab would cost more than it holds back. */
const graceMillis = 5

/** A timer that is set for longer fires at once. */
const timerMillisMax = 2 ** 31 - 1

interface Waiting {
  readonly bytes: number
  dueMillis: number
  readonly give: () => void
}

export class Intake {
  #bytesPerSecond: number | undefined
  /** When the last of what was consumed is due, in milliseconds. */
  #dueMillis = 0
  readonly #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined

  /** What waits is due by the new rate. undefined: it is given now, and nothing waits any more. */
  limit(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond
    const now = performance.now()
    this.#dueMillis = now
    for (const one of this.#waiting) one.dueMillis = this.#dueOf(one.bytes, bytesPerSecond, now)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#giveUntil(now)
  }

  /** `give` is called when so many bytes may count as consumed: in the order of the calls. */
  consumed(bytes: number, give: () => void): void {
    const rate = this.#bytesPerSecond
    if (rate === undefined) return give()
    const now = performance.now()
    this.#waiting.push({ bytes, dueMillis: this.#dueOf(bytes, rate, now), give })
    this.#giveUntil(now)
  }

  #dueOf(bytes: number, rate: number | undefined, now: number): number {
    const millis = rate === undefined ? 0 : (bytes * second) / 1000 / rate
    this.#dueMillis = Math.max(this.#dueMillis, now) + millis
    return this.#dueMillis
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
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#giveUntil(performance.now())
      },
      Math.min(next.dueMillis - now, timerMillisMax),
    )
    this.#timer.unref()
  }
}
