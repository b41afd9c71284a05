// Turns what a transfer tells into what the user sees. Knows terminal and render; decides nothing about the transfer.

import { networkInterfaces } from 'node:os'
import { systemClock } from '../host/clock.ts'
import type { TransferEvent, TransferSummary } from '../transfer/events.ts'
import { printable } from '../wire/text.ts'
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

  constructor(context: Context, options: FollowOptions = {}) {
    const { terminal, settings } = context
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
    switch (event.kind) {
      case 'listening': {
        const hosts = reachableHosts(event.hosts, networkInterfaces())
        const { peerId, port } = event
        const places = placesOf({ hosts, port, peerId, secret: this.#options.secret })
        for (const line of readyLines(places, shownFingerprint(peerId)))
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
        this.#say(`${printable(event.failure.path)}: ${printable(event.failure.message)}`)
        this.render.resume()
        return
      case 'phase':
      case 'progress':
        this.render.onEvent(event)
        return
      case 'done': {
        this.render.stop()
        if (event.summary.direction === 'recv') this.#tellFailures(event.summary)
        this.#say(endLine(event.summary))
        // the sender's result is that the command ended well
        if (event.summary.direction === 'recv' && !this.#options.isPiped) terminal.result(event.summary.path)
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

  /** The sender's came as they were found. */
  #tellFailures({ failures }: TransferSummary): void {
    const { terminal } = this.#context
    for (const { path, message } of failures.slice(0, failuresShownMax))
      terminal.say(`${printable(path)}: ${printable(message)}`)
    const more = failures.length - failuresShownMax
    if (more > 0) terminal.say(`and ${plural(more, 'file')} more`)
  }

  #started({ direction, name, sizeBytes, peerId, host }: Extract<TransferEvent, { kind: 'start' }>): void {
    const { label } = this.#options
    if (this.#isLog) {
      const [verb, preposition] = direction === 'send' ? ['sending', 'to'] : ['receiving', 'from']
      const who = `${host} (${shownFingerprint(peerId)})`
      this.#say(`${verb} ${name}  ${formatBytes(sizeBytes)} ${preposition} ${who}`)
    }
    this.render.start(direction, label === undefined ? name : `${name} to ${label}`, sizeBytes)
  }
}
