// The two streams and who may write where: results on stdout, talk on stderr, and at most one status line that is
// lifted out of the way of both. Everything for people is escaped here, whoever named it. Knows no command.

import { styleText } from 'node:util'
import { printable, safeJson } from '../wire/text.ts'
import type { EventWriter } from './event_writer.ts'
import type { Settings } from './settings.ts'

/** What we need of process.stdout and process.stderr. */
export interface Stream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow'

type TerminalSettings = Pick<Settings, 'isQuiet' | 'isJson' | 'color' | 'mayAsk'> &
  Partial<Pick<Settings, 'eventsDescriptor'>>

export class Terminal {
  /** Of --events: it takes the place of all talk, and of the result where that would be among its lines. */
  readonly events: EventWriter | undefined
  readonly #stdout: Stream
  readonly #stderr: Stream
  readonly #settings: TerminalSettings
  #status = ''

  constructor(stdout: Stream, stderr: Stream, settings: TerminalSettings, events?: EventWriter) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.#settings = settings
    this.events = events
  }

  /** Of the talk. */
  get isTerminal(): boolean {
    return this.#stderr.isTTY === true
  }

  /** A person may be asked, as far as our settings go. */
  get mayAsk(): boolean {
    return this.#settings.mayAsk && this.isTerminal
  }

  get columns(): number {
    // some terminals say 0 and mean that they do not know
    return this.#stderr.columns || 80
  }

  /** A line for people, on stderr. */
  say(line: string, style?: Style): void {
    if (!this.#settings.isQuiet) this.complain(line, style)
  }

  /** A line that is said even to those who asked for quiet: what went wrong. */
  complain(line: string, style?: Style): void {
    if (this.events) return
    this.#aside(() => this.#stderr.write(`${this.#styled(printable(line), style)}\n`))
  }

  /** A line of the result, on stdout. Nothing with --json, where the document is the result. */
  result(line: string): void {
    if (this.#settings.isJson || this.#settings.eventsDescriptor === 1) return
    // a script gets the name as it is, a terminal never gets its control characters
    this.#aside(() => this.#stdout.write(`${this.#stdout.isTTY ? printable(line) : line}\n`))
  }

  /** The result for machines, with --json or --events only. */
  document(value: unknown): void {
    this.events?.document(value)
    if (this.#settings.isJson) this.#aside(() => this.#stdout.write(`${safeJson(value)}\n`))
  }

  /** A fault for machines, on stderr. */
  faultDocument(value: unknown): void {
    this.#aside(() => this.#stderr.write(`${safeJson(value)}\n`))
  }

  /** A line of the log that has no file, made fit to be shown already. Bound, to be handed over as it is. */
  readonly log = (line: string): void => {
    this.#aside(() => this.#stderr.write(`${line}\n`))
  }

  /** Replaces the status line; '' removes it. Only where there is a terminal. */
  status(line: string): void {
    const text = printable(line)
    if (text === this.#status) return
    this.#status = text
    this.#stderr.write(`\r${text}\x1b[K`)
  }

  /** Text without a line end, for a prompt. */
  prompt(text: string): void {
    this.status('')
    this.#stderr.write(printable(text))
  }

  #aside(write: () => void): void {
    if (this.#status !== '') this.#stderr.write('\r\x1b[K')
    write()
    if (this.#status !== '') this.#stderr.write(`\r${this.#status}\x1b[K`)
  }

  #styled(text: string, style: Style | undefined): string {
    const { color } = this.#settings
    if (!style || color === 'never') return text
    if (color === 'always') return styleText(style, text, { validateStream: false })
    // 'auto': NO_COLOR and FORCE_COLOR are obeyed by styleText itself, which reads FORCE_COLOR=0 as no
    const mayBe = this.isTerminal || process.env.FORCE_COLOR !== undefined
    return mayBe ? styleText(style, text, { stream: process.stderr }) : text
  }
}
