// Turns what a transfer tells into what the user sees. Knows terminal and render; decides nothing about the transfer.

import { networkInterfaces } from 'node:os'
import { systemClock } from '../host/clock.ts'
import type { TransferEvent, TransferSummary } from '../transfer/events.ts'
import { printable } from '../wire/text.ts'
import type { EventWriter } from './event_writer.ts'
import { complain } from './failure.ts'
import { shownFingerprint } from './fingerprints.ts'
import { formatBytes, plural } from './format.ts'
import { reachableHosts, readyLines } from './ready.ts'
import { Render } from './render.ts'
import { progressKind } from './settings.ts'
import { endLine, summaryDocument } from './summary.ts'
import type { Context } from './verb.ts'

/** Named one by one on a terminal or in a log; a script asks for --json. */
const failuresShownMax = 10

export class Follower {
  readonly render: Render
  readonly #context: Context
  readonly #isLog: boolean

  constructor(context: Context) {
    const { terminal, settings } = context
    const kind = progressKind(settings, terminal.isTerminal, process.env)
    this.#context = context
    this.#isLog = kind === 'lines'
    this.render = new Render(terminal, kind, () => systemClock.now())
  }

  /** Bound, to be handed over as it is. */
  readonly onEvent = (event: TransferEvent): void => {
    const { terminal } = this.#context
    if (terminal.events) return this.#onEventForMachines(event, terminal.events)
    switch (event.kind) {
      case 'listening': {
        const hosts = reachableHosts(event.hosts, networkInterfaces())
        const lines = readyLines(hosts, event.port, shownFingerprint(event.peerId))
        for (const line of lines) terminal.say(line, line.startsWith('  ') ? 'bold' : undefined)
        return
      }
      case 'pinned':
        terminal.say(`First contact with ${event.host}: its key is pinned from now on.`)
        terminal.say(`  Its fingerprint is ${shownFingerprint(event.peerId)}: compare it with what it shows.`)
        return
      case 'start':
        this.#started(event)
        return
      case 'file':
        this.render.pause()
        terminal.say(`${printable(event.failure.path)}: ${printable(event.failure.message)}`)
        this.render.resume()
        return
      case 'phase':
      case 'progress':
        this.render.onEvent(event)
        return
      case 'done': {
        this.render.stop()
        if (event.summary.direction === 'recv') this.#tellFailures(event.summary)
        terminal.say(endLine(event.summary))
        // the sender's result is that the command ended well
        if (event.summary.direction === 'recv') terminal.result(event.summary.path)
        terminal.document(summaryDocument(event.summary))
        return
      }
      case 'failed':
        this.render.stop()
        // admission.ts has said whom it turned away, and what to do about it
        if (event.error.code !== 'PFS_REFUSED') complain(event.error, this.#context)
        return
      case 'notice':
        terminal.say(event.text)
        return
    }
  }

  #onEventForMachines(event: TransferEvent, events: EventWriter): void {
    events.onTransfer(event)
    // where the events have a descriptor of their own
    if (event.kind === 'done' && event.summary.direction === 'recv')
      this.#context.terminal.result(event.summary.path)
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
    const { terminal } = this.#context
    if (this.#isLog) {
      const [verb, preposition] = direction === 'send' ? ['sending', 'to'] : ['receiving', 'from']
      const who = `${host} (${shownFingerprint(peerId)})`
      terminal.say(`${verb} ${name}  ${formatBytes(sizeBytes)} ${preposition} ${who}`)
    }
    this.render.start(direction, name, sizeBytes)
  }
}
