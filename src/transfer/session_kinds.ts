// THE TABLE of sessions: what can be run, here or on a worker. The machinery of a session is loaded when one runs, by
// the thread it runs on: a caller whose sessions run on workers never holds it.

import type { ReceiveOptions, SendOptions, SyncOptions, SyncSummary, TransferSummary } from './events.ts'
import { StorageThread } from './storage/thread.ts'

/** Types alone: each kind's options and what it resolves with. */
export interface Sessions {
  readonly send: { readonly options: SendOptions; readonly result: TransferSummary }
  readonly receive: { readonly options: ReceiveOptions; readonly result: TransferSummary | undefined }
  readonly sync: { readonly options: SyncOptions; readonly result: SyncSummary }
}

export type SessionName = keyof Sessions
export type Result<Name extends SessionName> = Sessions[Name]['result']
type Run<Name extends SessionName> = (
  options: Sessions[Name]['options'],
  storage: Promise<StorageThread>,
) => Promise<Result<Name>>

const loaders: { readonly [Name in SessionName]: () => Promise<Run<Name>> } = {
  send: async () => (await import('./send.ts')).send,
  receive: async () => (await import('./recv.ts')).receive,
  sync: async () => (await import('./sync.ts')).syncPools,
}

/** For a thread that waits for its order. */
export const loadSession = (name: SessionName): Promise<unknown> => loaders[name]()

/** Runs it on the thread that calls. */
export async function runHere<Name extends SessionName>(
  name: Name,
  options: Sessions[Name]['options'],
): Promise<Result<Name>> {
  const { directories, onEvent, learn } = options
  const mayLearn = learn ?? true
  // first: it loads while the protocol does
  const storage = StorageThread.open({ pool: directories.pool, jobs: directories.jobs, mayLearn }, text =>
    onEvent({ kind: 'notice', text }),
  )
  storage.catch(() => {}) // heard of by the session, once it is loaded
  const session = await loaders[name]()
  return await session(options, storage)
}
