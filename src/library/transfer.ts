// A transfer in a program's hands: a promise of its outcome that can also be iterated for its events and told to stop. Turns
// whatever ends it badly into a PfsError. Knows no kind of transfer.

import { PfsError } from '../base/errors.ts'
import { second } from '../base/units.ts'
import { transports } from '../net/carrier.ts'
import type { CommonOptions, TransferEvent, TransferSummary } from '../transfer/events.ts'
import { EventQueue } from './event_queue.ts'

/**
 * A transfer that has begun: a promise of its outcome, and an async iterable of its events.
 *
 * ```js
 * const summary = await send({ paths: ['big.iso'], host: '192.168.1.7' })
 *
 * const transfer = send({ paths: ['big.iso'], host: '192.168.1.7' })
 * for await (const event of transfer) if (event.kind === 'progress') show(event.doneBytes, event.totalBytes)
 * ```
 *
 * Nobody has to iterate, and who stops need not go on: the transfer never waits for it. Events wait for a reader: of
 * progress only the newest, of the others the last 1,000. To leave the loop does not end the transfer; `abort()` does. Two
 * loops at once share the events. Where the transfer fails, the promise rejects and the loop throws the same PfsError.
 *
 * @typeParam Result what it resolves with
 */
export interface Transfer<Result> extends Promise<Result>, AsyncIterable<TransferEvent> {
  /**
   * Ends it in order, as aborting its `signal` does: the peer is told, what arrived stays for the next attempt, and the
   * promise rejects with PFS_INTERRUPTED, whose cause is the signal's reason (of `receive` with `keep` it resolves).
   */
  abort(): void
}

/** Options of every transfer. All of them may be left out. */
export interface TransferOptions extends Partial<Omit<CommonOptions, 'signal' | 'onEvent' | 'directories'>> {
  /** Where identity, peers, pool and journals live; default: the user's own, as the command has them. */
  readonly directories?: CommonOptions['directories']
  /** Aborting ends the transfer in order; what arrived stays for the next attempt. */
  readonly signal?: AbortSignal
  /** Hears every event at once, beside whoever iterates. It must not throw. */
  readonly onEvent?: (event: TransferEvent) => void
}

/**
 * A tree came to its end without some of its files: code `PFS_PARTIAL`. What did arrive is in its place, and `summary`
 * says what did not.
 */
export class PartialTransferError extends PfsError {
  /** How it ended: `failures` has the first files that are missing, `failureCount` how many there are. */
  readonly summary: TransferSummary

  /** @param summary of a transfer with failures */
  constructor(summary: TransferSummary) {
    super('PFS_PARTIAL', `${summary.failureCount} of ${summary.fileCount} files`, {
      hint: 'summary.failures says which, and why.',
    })
    this.summary = summary
  }
}

/** What a transfer is run with. */
export type Hooks = Pick<CommonOptions, 'signal' | 'onEvent'>

/** @param run begins it; a fault it throws is one it rejects with */
export function begin<Result>(
  options: TransferOptions,
  run: (hooks: Hooks) => Promise<Result>,
): Transfer<Result> {
  const { signal, onEvent } = options
  const controller = new AbortController()
  const queue = new EventQueue()
  const hooks: Hooks = {
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    onEvent(event) {
      queue.push(event)
      onEvent?.(event)
    },
  }
  const result = outcome(options, run, hooks, queue)
  return Object.assign(result, {
    abort: () => controller.abort(),
    [Symbol.asyncIterator](): AsyncIterator<TransferEvent, undefined> {
      // who iterates hears of the fault there
      result.catch(() => {})
      return { next: () => queue.next(), return: async () => ({ done: true, value: undefined }) }
    },
  })
}

async function outcome<Result>(
  options: TransferOptions,
  run: (hooks: Hooks) => Promise<Result>,
  hooks: Hooks,
  queue: EventQueue,
): Promise<Result> {
  try {
    checkWaits(options)
    checkTransport(options)
    hooks.signal.throwIfAborted()
    const result = await run(hooks)
    queue.end()
    return result
  } catch (error) {
    const fault = faultOf(error, hooks.signal)
    queue.end(fault)
    throw fault
  }
}

/** The protocol has room for these and no others. PROTOCOL.md §5 */
function checkWaits({ stallMicros = second, connectMicros = second }: TransferOptions): void {
  if (stallMicros >= second && stallMicros <= 600 * second && connectMicros > 0) return
  throw new PfsError('PFS_USAGE', 'stallMicros is 1 s to 600 s, and connectMicros is more than nothing')
}

function checkTransport({ transport = 'auto' }: TransferOptions): void {
  if (transports.includes(transport)) return
  throw new PfsError('PFS_USAGE', `transport is one of ${transports.join(', ')}`)
}

function faultOf(error: unknown, signal: AbortSignal): PfsError {
  const isOurs = error instanceof PfsError
  if (signal.aborted && (!isOurs || error.code === 'PFS_INTERRUPTED')) {
    // a time-out, or whatever the program said: it may want to tell them apart
    const hint = isOurs && error.hint ? { hint: error.hint } : {}
    return new PfsError('PFS_INTERRUPTED', undefined, { cause: signal.reason, ...hint })
  }
  if (isOurs) return error
  return new PfsError('PFS_INTERNAL', error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}

/** Throws where something of it is missing. */
export function expectAll(summary: TransferSummary): TransferSummary {
  if (summary.failureCount > 0) throw new PartialTransferError(summary)
  return summary
}
