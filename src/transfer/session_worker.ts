// The worker's side of a session: runs it as it would run anywhere, with options whose functions speak to the caller
// by messages. Loaded by workers alone.

import type { MessagePort } from 'node:worker_threads'
import { PfsError } from '../base/errors.ts'
import type { Stranger } from './events.ts'
import { carriedFault } from './session_faults.ts'
import { EventGate } from './session_gate.ts'
import { runHere, type SessionName, type Sessions } from './session_kinds.ts'
import { carriedEvent, type FromSession, type SessionOrder, type ToSession } from './session_messages.ts'

export async function serve(port: MessagePort, { name, options }: SessionOrder): Promise<void> {
  const say = (message: FromSession): void => port.postMessage(message)
  const controller = new AbortController()
  const gate = new EventGate(event => say({ kind: 'event', event: carriedEvent(event) }))
  const questions = new Map<number, (isWelcome: boolean) => void>()
  let ids = 0
  const accept = (stranger: Stranger): Promise<boolean> =>
    new Promise(resolve => {
      questions.set(++ids, resolve)
      say({ kind: 'ask', id: ids, stranger })
    })
  port.on('message', (message: ToSession) => {
    switch (message.kind) {
      case 'abort':
        return controller.abort(new PfsError('PFS_INTERRUPTED'))
      case 'seen':
        return gate.seen()
      case 'answer':
        questions.get(message.id)?.(message.isWelcome)
        questions.delete(message.id)
    }
  })
  const { signal } = controller
  const whole = { ...options, onEvent: gate.tell, signal, accept } as Sessions[SessionName]['options']
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
