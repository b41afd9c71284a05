// The thread of a session: the worker that runs one, and the client that starts it for its caller. Options and outcome
// cross as messages; for the caller it is the same call. A thread may be started before its order is known: what it loads
// takes as long as a short transfer. Knows no session by name.

import { isMainThread, parentPort, type ResourceLimits, Worker, workerData } from 'node:worker_threads'
import { must } from '../base/assert.ts'
import { PfsError } from '../base/errors.ts'
import type { ReceiveOptions, SendOptions } from './events.ts'
import { carriedFault, restoredFault } from './session_faults.ts'
import type { Result, SessionName, Sessions } from './session_kinds.ts'
import {
  type Answer,
  type FromSession,
  type Question,
  restoredEvent,
  type SessionOrder,
  type ToSession,
} from './session_messages.ts'

/** Marks a worker as ours: this file is imported by the client too. */
const role = 'pfs session'

/** Last words and the repeats of CLOSE take a few round trips of a slow path; then the thread ends as it stands. */
const lingerMillis = 5_000

/**
 * Each packet leaves small pieces of memory outside the heap, which go when the nursery is emptied: two semi-spaces of
 * 2 MB and what is copied between them, as the command's own flags ask for it. A program has no such flags.
 */
const resourceLimits: ResourceLimits = { maxYoungGenerationSizeMb: 6 }

let ready: Worker | undefined

function startThread(name: SessionName): Worker {
  // its storage thread does as it does: storage/thread.ts has the reason
  const how = { workerData: { role, name }, resourceLimits, trackUnmanagedFds: false }
  return new Worker(new URL(import.meta.url), how)
}

/** Starts the thread of the next session, which loads what `name` needs while its caller reads what it shall do. */
export function prepareSession(name: SessionName): void {
  ready ??= startThread(name)
}

/** Settles as the session does. The process stays until its thread has said its last words. */
export function runOnWorker<Name extends SessionName>(
  name: Name,
  options: Sessions[Name]['options'],
): Promise<Result<Name>> {
  const { onEvent, signal, accept, decide, thread, stream, ...plain } = options as ReceiveOptions &
    SendOptions
  const order: SessionOrder = { name, options: stream ? { ...plain, stream: { name: stream.name } } : plain }
  const chunks = stream?.chunks[Symbol.asyncIterator]()
  const worker = ready ?? startThread(name)
  ready = undefined
  const say = (message: ToSession): void => worker.postMessage(message)
  say({ kind: 'order', order })
  const abort = (): void => say({ kind: 'abort' })
  const ask = async (id: number, question: Question): Promise<void> => {
    let answer: Answer
    try {
      if (question.of === 'chunk') answer = await nextChunk(chunks)
      else if (question.of === 'stranger') answer = await accept(question.stranger)
      else answer = await decide?.(question.conflict)
    } finally {
      say({ kind: 'answer', id, answer })
    }
  }
  return new Promise<Result<Name>>((resolve, reject) => {
    let linger: NodeJS.Timeout | undefined
    const settled = (): void => {
      void chunks?.return?.().catch(() => {}) // nobody wants more of it
      signal.removeEventListener('abort', abort)
      linger ??= setTimeout(() => void worker.terminate(), lingerMillis).unref()
    }
    // a promise settles once: after an outcome, death is only the end of the thread
    const died = (error: unknown): void => {
      settled()
      clearTimeout(linger)
      reject(new PfsError('PFS_INTERNAL', 'the protocol thread ended', { cause: error }))
    }
    worker.on('message', (message: FromSession) => {
      switch (message.kind) {
        case 'event':
          say({ kind: 'seen' })
          return onEvent(restoredEvent(message.event))
        case 'ask':
          return void ask(message.id, message.question).catch(() => {}) // who cannot say has not said yes
        case 'done':
          settled()
          return resolve(message.result as Result<Name>)
        case 'failed':
          settled()
          return reject(restoredFault(message.fault))
      }
    })
    worker.on('error', died)
    worker.on('exit', () => died(undefined))
    signal.addEventListener('abort', abort, { once: true })
  })
}

async function nextChunk(chunks: AsyncIterator<Uint8Array> | undefined): Promise<Answer> {
  try {
    const next = await chunks?.next()
    if (next?.done !== false) return undefined
    // to the session, an answer that is no bytes is the end of the stream
    if (!(next.value instanceof Uint8Array)) throw new TypeError('a stream of something else than bytes')
    return next.value
  } catch (error) {
    return { fault: carriedFault(error) }
  }
}

if (!isMainThread && (workerData as { role?: unknown } | null)?.role === role) {
  const { name } = workerData as { name: SessionName }
  const port = must(parentPort ?? undefined, 'a worker has a parent')
  // not awaited at the top: a graph that waits there cannot be required
  void import('./session_worker.ts').then(({ serve }) => serve(port, name))
}
