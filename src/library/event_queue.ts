// The events of a transfer until a program takes them, however late: bounded, so that one who never looks costs little and
// holds nothing up. Knows the kinds of events and no transfer.

import type { PfsError } from '../base/errors.ts'
import type { TransferEvent } from '../transfer/events.ts'

/** Events kept for a program that does not take them; beyond it the oldest go, and a notice says how many. */
export const unreadEventsMax = 1_000

type Step = IteratorResult<TransferEvent, undefined>

interface Waiting {
  readonly resolve: (step: Step) => void
  readonly reject: (fault: PfsError) => void
}

const over: Step = { done: true, value: undefined }

export class EventQueue {
  readonly #events: TransferEvent[] = []
  readonly #waiting: Waiting[] = []
  #missed = 0
  #isOver = false
  /** How it ended, until somebody has heard it. */
  #fault: PfsError | undefined

  push(event: TransferEvent): void {
    const waiting = this.#waiting.shift()
    if (waiting) return waiting.resolve({ done: false, value: event })
    // of neighbours only the newest says anything
    if (event.kind === 'progress' && this.#events.at(-1)?.kind === 'progress') this.#events.pop()
    this.#events.push(event)
    if (this.#events.length <= unreadEventsMax) return
    this.#events.shift()
    this.#missed++
  }

  /** No event comes after it. A fault is told to one reader, after the events that came before it. */
  end(fault?: PfsError): void {
    this.#isOver = true
    this.#fault = fault
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#fault) reject(this.#fault)
      else resolve(over)
      this.#fault = undefined
    }
  }

  next(): Promise<Step> {
    if (this.#missed > 0) {
      const text = `${this.#missed} events went by while nobody took them`
      this.#missed = 0
      return Promise.resolve({ done: false, value: { kind: 'notice', text } })
    }
    const value = this.#events.shift()
    if (value) return Promise.resolve({ done: false, value })
    const fault = this.#fault
    this.#fault = undefined
    if (fault) return Promise.reject(fault)
    if (this.#isOver) return Promise.resolve(over)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }
}
