// Events on their way out of a session's thread to a caller that may stand still: what gathers in its queue meanwhile
// has a bound. Progress is thinned to what a person can read; everything else passes at once and in order.

import type { TransferEvent } from './events.ts'

/** Twenty a second: more than a display shows. */
export const progressMillis = 50
/** A caller that has not taken so many stands still, and a peer could go on failing for hours: some 2 MB. */
export const unseenMax = 1_000

/** What a session leaves; the others tell of what passes. */
const lasting: ReadonlySet<TransferEvent['kind']> = new Set(['listening', 'pinned', 'done'])

type Progress = Extract<TransferEvent, { kind: 'progress' }>

export class EventGate {
  readonly #post: (event: TransferEvent) => void
  /** Not yet posted; a newer one takes its place. */
  #latest: Progress | undefined
  /** Posted, and not yet taken by the caller. */
  #unseen = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined

  constructor(post: (event: TransferEvent) => void) {
    this.#post = post
  }

  /** Bound, to be handed over as it is. */
  readonly tell = (event: TransferEvent): void => {
    if (event.kind === 'progress') {
      this.#latest = event
      this.#offer()
      return
    }
    if (this.#unseen >= unseenMax && !lasting.has(event.kind)) {
      this.#dropped++
      return
    }
    this.flush()
    this.#pass(event)
  }

  /** The caller has taken one. */
  seen(): void {
    this.#unseen--
    if (this.#dropped > 0 && this.#unseen < unseenMax) {
      const text = `${this.#dropped} events went by while nobody took them`
      this.#dropped = 0
      this.#pass({ kind: 'notice', text })
    }
    this.#offer()
  }

  /** What was held back comes before what ends it. */
  flush(): void {
    const latest = this.#latest
    if (!latest) return
    this.#latest = undefined
    this.#pass(latest)
  }

  #pass(event: TransferEvent): void {
    this.#unseen++
    this.#post(event)
  }

  #offer(): void {
    if (this.#latest === undefined || this.#unseen > 0 || this.#timer !== undefined) return
    this.flush()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#offer()
    }, progressMillis)
    this.#timer.unref()
  }
}
