// Shows the progress of one transfer at a time: a status line where a person watches, now and then a whole line
// where a log is written, or nothing. Owns the timer; what is said is progress.ts's, where it lands is terminal.ts's.

import { type Micros, second } from '../base/units.ts'
import type { Direction, Phase, TransferEvent } from '../transfer/events.ts'
import { printable } from '../wire/text.ts'
import { ProgressText, type Total } from './progress.ts'
import type { ProgressKind } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** Ten frames a second: the eye asks for no more. */
const frameMillis = 100

/** A log gets a line for every tenth, but none sooner than this after another. */
const lineMicrosMin: Micros = 10 * second

/** And one after this long in any case, so that a log shows life: five an hour would look dead. */
const lineMicrosMax: Micros = 60 * second

export class Render {
  readonly #terminal: Terminal
  readonly #kind: ProgressKind
  readonly #now: () => Micros
  #text: ProgressText | undefined
  #timer: NodeJS.Timeout | undefined
  #saidAt: Micros = 0
  #saidTenths = 0

  constructor(terminal: Terminal, kind: ProgressKind, now: () => Micros) {
    this.#terminal = terminal
    this.#kind = kind
    this.#now = now
  }

  /** Once more for the same transfer, when more is known of it. */
  start(direction: Direction, name: string, total: Total, phase: Phase = 'transferring'): void {
    this.stop()
    if (this.#kind === 'none') return
    this.#text = new ProgressText(direction, printable(name), total, phase, this.#now())
    this.#saidAt = this.#now()
    this.#saidTenths = 0
    this.resume()
  }

  onEvent(event: Extract<TransferEvent, { kind: 'phase' | 'progress' }>): void {
    if (event.kind === 'phase') this.#text?.onPhase(event.phase, this.#now())
    else this.#text?.onProgress(event, this.#now())
  }

  /** While a person types, nothing moves. */
  pause(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#kind === 'bar') this.#terminal.status('')
  }

  resume(): void {
    if (!this.#text || this.#timer) return
    this.#timer = setInterval(() => this.tick(), this.#kind === 'bar' ? frameMillis : 1000)
    // a display never keeps a finished command alive
    this.#timer.unref()
  }

  stop(): void {
    this.pause()
    this.#text = undefined
  }

  /** The timer's; a test's too. */
  tick(): void {
    const text = this.#text
    if (!text) return
    const now = this.#now()
    if (this.#kind === 'bar') {
      // a line that fills the last column wraps on some terminals
      this.#terminal.status(text.line(now, this.#terminal.columns - 1))
      return
    }
    const since = now - this.#saidAt
    if (since < lineMicrosMin || (since < lineMicrosMax && text.tenths === this.#saidTenths)) return
    this.#saidAt = now
    this.#saidTenths = text.tenths
    this.#terminal.say(text.line(now, logColumns))
  }
}

/** A log has no edge; the lines keep one all the same. */
const logColumns = 160
