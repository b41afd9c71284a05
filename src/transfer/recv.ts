// `pfs recv`: waits for peers and takes what those we accept send, one file (once) or as they come (keep).

import { networkInterfaces } from 'node:os'
import { PfsError } from '../base/errors.ts'
import { formatPeerId } from '../crypto/identity.ts'
import { errnoOf } from '../host/file.ts'
import { type Listener, listen } from '../net/endpoint.ts'
import { wireCodes } from '../wire/codes.ts'
import { Admission, type House } from './admission.ts'
import type { ReceiveOptions, TransferSummary } from './events.ts'
import { linkOptions, type Setup, setUp } from './setup.ts'
import type { StorageThread } from './storage/thread.ts'

/** How long a sender has to say goodbye after DONE, before we end without it. */
const goodbyeMillis = 2_000
/** A few round trips of a slow path. */
const lastWordsMillis = 1_000

/**
 * Peers with a connection at once, at the door or inside; further ones are told BUSY. What they may have us hold has a bound
 * of its own, over all of them (§8-12): 500 that sent at once took 0.5 GB, half of it slabs.
 */
const peersMax = 1024

/**
 * Once: resolves with the transfer that ended well, rejects with why it did not. Keep: resolves when aborted; every
 * outcome is an event.
 */
export async function receive(
  options: ReceiveOptions,
  opening: Promise<StorageThread>,
): Promise<TransferSummary | undefined> {
  const setup = await setUp(options, opening)
  try {
    return await new Reception(setup, options).run()
  } finally {
    await setup.qlog?.close()
    await setup.storage.close(options.signal.aborted)
  }
}

class Reception implements House {
  readonly setup: Setup
  readonly options: ReceiveOptions
  readonly #admissions = new Set<Admission>()
  readonly #ended: Promise<TransferSummary | undefined>
  #resolve!: (summary: TransferSummary | undefined) => void
  #reject!: (error: PfsError) => void

  constructor(setup: Setup, options: ReceiveOptions) {
    this.setup = setup
    this.options = options
    this.#ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#ended.catch(() => {})
  }

  async run(): Promise<TransferSummary | undefined> {
    const { setup, options } = this
    const listener = await listen({
      host: setup.host,
      keys: setup.keys,
      port: options.port,
      observe: setup.qlog?.observe,
      transport: options.transport ?? 'auto',
      family: options.family,
      ...(options.bind === undefined ? {} : { address: options.bind }),
      linksMax: peersMax,
      onPeer: link => this.#admissions.add(new Admission(this, link)),
      onNotice: text => options.onEvent({ kind: 'notice', text }),
      ...linkOptions(options),
    }).catch((error: unknown) => {
      throw portFault(error, options)
    })
    const peerId = formatPeerId(setup.keys.publicKey)
    options.onEvent({ kind: 'listening', hosts: ownAddresses(), port: listener.address.port, peerId })
    const stop = (): void => {
      void listener.close(wireCodes.CANCELLED.code)
      if (options.keep) this.#resolve(undefined)
      else this.#reject(new PfsError('PFS_INTERRUPTED'))
    }
    options.signal.addEventListener('abort', stop, { once: true })
    // it may have come while we were setting up
    if (options.signal.aborted) stop()
    try {
      const summary = await this.#ended
      await goodbye(listener)
      return summary
    } catch (error) {
      // the sender must hear why, from a REFUSE that may just have been written
      if (!options.signal.aborted) await lastWords(listener)
      throw error
    } finally {
      options.signal.removeEventListener('abort', stop)
      await listener.close()
    }
  }

  mayBegin(admission: Admission, transfer: string): boolean {
    if (this.options.keep) return true
    // once means one: but the same transfer may come again on a new connection, when its sender was killed
    for (const other of this.#admissions) {
      if (other !== admission && other.open.some(open => open !== transfer)) return false
    }
    return true
  }

  onGone(admission: Admission): void {
    this.#admissions.delete(admission)
  }

  onEnded(admission: Admission, outcome: TransferSummary | PfsError, transfer: string): void {
    const { options } = this
    if (!(outcome instanceof PfsError)) {
      options.onEvent({ kind: 'done', summary: outcome, transfer })
      if (!options.keep) this.#resolve(outcome)
      return
    }
    const isSuperseded = [...this.#admissions].some(
      other => other !== admission && other.open.includes(transfer),
    )
    if (isSuperseded) return
    if (options.keep) options.onEvent({ kind: 'failed', error: outcome, peerId: admission.peerId, transfer })
    else this.#reject(outcome)
  }
}

/** The sender ends the connection once it has heard DONE; it need not, and then we do not wait for it long. */
async function goodbye(listener: Listener): Promise<void> {
  const until = Date.now() + goodbyeMillis
  while (listener.links.size > 0 && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 10))
}

/** What was said last arrives, unless nobody is there to hear it. */
async function lastWords(listener: Listener): Promise<void> {
  const finished = Promise.allSettled([...listener.links].map(link => link.finish()))
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise(resolve => {
    timer = setTimeout(resolve, lastWordsMillis)
  })
  await Promise.race([finished, limit])
  clearTimeout(timer)
}

/** Addresses another machine may reach us at. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const outside = all.filter(address => !address.internal && !address.address.startsWith('fe80:'))
  return (outside.length > 0 ? outside : all).map(({ address }) => address)
}

function portFault(error: unknown, { port, transport }: ReceiveOptions): unknown {
  const errno = error instanceof Error ? errnoOf(error.cause) : undefined
  if (errno !== 'EADDRINUSE' && errno !== 'EACCES') return error
  const why = errno === 'EACCES' ? 'may not be used' : 'is in use'
  return new PfsError('PFS_PORT', `${transport === 'tcp' ? 'TCP' : 'UDP'} port ${port} ${why}`, {
    hint: 'Choose another one with -p PORT, or end the pfs recv that has it.',
    cause: error,
  })
}
