// Holds one link to a schedule of rates, for as long as it is open: what we send by the pacer, what we receive by giving
// credit no faster. Owns the timer of the next change.

import type { Link } from '../net/link.ts'
import { millisUntilChange, type RateSchedule, rateAt } from './rate_schedule.ts'

/** A timer that is set for longer fires at once. */
const timerMillisMax = 2 ** 31 - 1

export class RateLimit {
  readonly #link: Pick<Link, 'limitRate'>
  readonly #schedule: RateSchedule
  #timer: NodeJS.Timeout | undefined

  constructor(link: Pick<Link, 'limitRate'>, schedule: RateSchedule) {
    this.#link = link
    this.#schedule = schedule
    this.#apply()
  }

  #apply(): void {
    const now = new Date()
    this.#link.limitRate(rateAt(this.#schedule, now))
    const millis = millisUntilChange(this.#schedule, now)
    if (millis === undefined) return
    this.#timer = setTimeout(() => this.#apply(), Math.min(millis, timerMillisMax))
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
