// The worker's side of a session: runs it as it would run anywhere, with options whose functions speak to the caller
// by messages. Loaded by workers alone.

import type { MessagePort } from 'node:worker_threads'
import { PfsError } from '../base/errors.ts'
import type { Conflict, ConflictPolicy, Stranger } from './events.ts'
import { carriedFault, restoredFault } from './session_faults.ts'
import { EventGate } from './session_gate.ts'
import { loadSession, runHere, type SessionName, type Sessions } from './session_kinds.ts'
import {
  type Answer,
  carriedEvent,
  type FromSession,
  type Question,
  type SessionOrder,
  type ToSession,
} from './session_messages.ts'
import { StorageThread } from './storage/thread.ts'

/** Runs the one session that is ordered. @param likely of which kind it will be: loaded before the order is there */
export function serve(port: MessagePort, likely: SessionName): void {
  // first, because it takes as long on its core as the protocol takes to load on this one
  StorageThread.prepare()
  const say = (message: FromSession): void => port.postMessage(message)
  const controller = new AbortController()
  const gate = new EventGate(event => say({ kind: 'event', event: carriedEvent(event) }))
  const questions = new Map<number, (answer: Answer) => void>()
  let ids = 0
  const ask = (question: Question): Promise<Answer> =>
    new Promise(resolve => {
      questions.set(++ids, resolve)
      say({ kind: 'ask', id: ids, question })
    })
  const accept = async (stranger: Stranger): Promise<boolean> =>
    (await ask({ of: 'stranger', stranger })) === true
  const decide = async (conflict: Conflict): Promise<ConflictPolicy> => {
    const answer = await ask({ of: 'conflict', conflict })
    return typeof answer === 'string' ? answer : 'fail'
  }
  port.on('message', (message: ToSession) => {
    switch (message.kind) {
      case 'order':
        return void run(message.order)
      case 'abort':
        return controller.abort(new PfsError('PFS_INTERRUPTED'))
      case 'seen':
        return gate.seen()
      case 'answer':
        questions.get(message.id)?.(message.answer)
        questions.delete(message.id)
    }
  })
  const { signal } = controller
  const run = async ({ name, options }: SessionOrder): Promise<void> => {
    const stream = 'stream' in options && options.stream && { ...options.stream, chunks: chunksOf(ask) }
    const whole = {
      ...options,
      onEvent: gate.tell,
      signal,
      accept,
      decide,
      ...(stream ? { stream } : {}),
    } as Sessions[SessionName]['options']
    try {
      const result = await runHere(name, whole as never)
      gate.flush()
      say({ kind: 'done', result })
    } catch (error) {
      gate.flush()
      say({ kind: 'failed', fault: carriedFault(error) })
    }
    // the thread ends once last words have left the socket
    port.unref()
  }
  void loadSession(likely)
}

/** The caller's stream, piece by piece as it is asked for. */
async function* chunksOf(ask: (question: Question) => Promise<Answer>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const answer = await ask({ of: 'chunk' })
    if (answer instanceof Uint8Array) yield answer
    else if (typeof answer === 'object' && answer) throw restoredFault(answer.fault)
    else return
  }
}
