// Turns what a transfer tells into what the user sees. Knows terminal and render; decides nothing about the transfer.

import { networkInterfaces } from 'node:os'
import { PfsError } from '../base/errors.ts'
import { systemClock } from '../host/clock.ts'
import type { FileFailure, TransferEvent, TransferSummary } from '../transfer/events.ts'
import { printable } from '../wire/text.ts'
import { listeningLine } from './event_lines.ts'
import type { EventWriter } from './event_writer.ts'
import { complain } from './failure.ts'
import { shownFingerprint } from './fingerprints.ts'
import { formatBytes, plural } from './format.ts'
import { placesOf, reachableHosts, readyLines } from './ready.ts'
import { Render } from './render.ts'
import { progressKind } from './settings.ts'
import { endLine, summaryDocument } from './summary.ts'
import type { Context } from './verb.ts'

/** Named one by one on a terminal or in a log; a script asks for --json. */
const failuresShownMax = 10

export interface FollowOptions {
  /** Said before each line: one of several transfers, whose sum is another's to tell. */
  readonly label?: string | undefined
  /** Of the ticket that is handed out. */
  readonly secret?: Uint8Array | undefined
  /** Standard output has the content. */
  readonly isPiped?: boolean
}

export class Follower {
  readonly render: Render
  readonly #context: Context
  readonly #options: FollowOptions
  readonly #isLog: boolean
  /** Of this transfer, so far. */
  #failures = 0

  constructor(context: Context, options: FollowOptions = {}) {
    const { terminal, settings } = context
    if (options.isPiped && settings.eventsDescriptor === 1)
      throw new PfsError('PFS_USAGE', '--events and -o - both want standard output', {
        hint: 'Write the events elsewhere: --events-fd 3 3>events.ndjson',
      })
    const wanted = progressKind(settings, terminal.isTerminal, process.env)
    // several would write over each other
    const kind = options.label !== undefined && wanted === 'bar' ? 'lines' : wanted
    this.#context = context
    this.#options = options
    this.#isLog = kind === 'lines'
    this.render = new Render(terminal, kind, () => systemClock.now())
  }

  #say(text: string): void {
    const { label } = this.#options
    this.#context.terminal.say(label === undefined ? text : `${label}: ${text}`)
  }

  /** Bound, to be handed over as it is. */
  readonly onEvent = (event: TransferEvent): void => {
    const { terminal, log } = this.#context
    log.onEvent(event, this.#options.label)
    if (terminal.events) return this.#onEventForMachines(event, terminal.events)
    switch (event.kind) {
      case 'listening': {
        const [, places] = this.#places(event)
        for (const line of readyLines(places, shownFingerprint(event.peerId)))
          terminal.say(line, line.startsWith('  ') ? 'bold' : undefined)
        return
      }
      case 'pinned':
        this.#say(`First contact with ${event.host}: its key is pinned from now on.`)
        this.#say(`  Its fingerprint is ${shownFingerprint(event.peerId)}: compare it with what it shows.`)
        return
      case 'start':
        this.#started(event)
        return
      case 'file':
        this.render.pause()
        this.#tellFailure(event.failure)
        this.render.resume()
        return
      case 'phase':
      case 'progress':
        this.render.onEvent(event)
        return
      case 'done': {
        this.render.stop()
        this.#tellFailures(event.summary)
        this.#say(endLine(event.summary))
        this.#tellResult(event.summary)
        if (this.#options.label === undefined) terminal.document(summaryDocument(event.summary))
        return
      }
      case 'failed':
        this.render.stop()
        // admission.ts has said whom it turned away, and what to do about it
        if (event.error.code !== 'PFS_REFUSED') complain(event.error, this.#context)
        return
      case 'notice':
        this.#say(event.text)
        return
    }
  }

  #onEventForMachines(event: TransferEvent, all: EventWriter): void {
    const events = all.of(this.#options.label)
    if (event.kind === 'listening') return events.write(listeningLine(event, ...this.#places(event)))
    events.onTransfer(event)
    // where the events have a descriptor of their own
    if (event.kind === 'done') this.#tellResult(event.summary)
  }

  /** The sender's is that the command ended well. */
  #tellResult({ direction, path }: TransferSummary): void {
    if (direction === 'recv' && !this.#options.isPiped) this.#context.terminal.result(path)
  }

  /** Where we may be reached, and what the sender is to name. */
  #places({
    hosts: bound,
    port,
    peerId,
  }: Extract<TransferEvent, { kind: 'listening' }>): [string[], string[]] {
    const hosts = reachableHosts(bound, networkInterfaces())
    return [hosts, placesOf({ hosts, port, peerId, secret: this.#options.secret })]
  }

  /** A tree may have more of them than anybody reads: the first, and in the end how many more. */
  #tellFailure({ path, message }: FileFailure): void {
    if (++this.#failures <= failuresShownMax) this.#say(`${printable(path)}: ${printable(message)}`)
  }

  /** The sender's came as they were found. */
  #tellFailures({ direction, failures, failureCount }: TransferSummary): void {
    if (direction === 'recv') for (const failure of failures) this.#tellFailure(failure)
    const more = failureCount - failuresShownMax
    if (more > 0) this.#say(`and ${plural(more, 'file')} more`)
    this.#failures = 0
  }

  #started(event: Extract<TransferEvent, { kind: 'start' }>): void {
    const { direction, sizeBytes, peerId, host, fileCount } = event
    const { label } = this.#options
    const { name } = event
    if (this.#isLog) {
      const what = fileCount > 1 ? `${name}, ${plural(fileCount, 'file')}` : name
      const [verb, preposition] = direction === 'send' ? ['sending', 'to'] : ['receiving', 'from']
      const who = `${host} (${shownFingerprint(peerId)})`
      this.#say(`${verb} ${what}  ${formatBytes(sizeBytes)} ${preposition} ${who}`)
    }
    const total = { bytes: sizeBytes, files: fileCount }
    this.render.start(direction, label === undefined ? name : `${name} to ${label}`, total)
  }
}
