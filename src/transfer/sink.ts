// One received file that goes on into a stream: gathered in a directory of pfs's own, verified there, and only then written,
// as fast as the stream takes it. A reader never sees a byte that is not right. Knows sessions and streams, no terminal.
//
// The directory belongs to the port, so that a transfer that was killed goes on where it was when the same port listens again.

import { createReadStream } from 'node:fs'
import { mkdtemp, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PfsError } from '../base/errors.ts'
import { diskFault } from '../host/file.ts'
import { ensureDirectory } from './directories.ts'
import type { ReceiveOptions, TransferEvent, TransferSummary } from './events.ts'
import { receive } from './session.ts'

/** A stream of Node's or of the Web that takes bytes. */
export type ByteSink = Writable | WritableStream<Uint8Array>

/** What a receiver is asked for, without what a stream decides. */
export type StreamedReceiveOptions = Omit<
  ReceiveOptions,
  'directory' | 'onConflict' | 'decide' | 'keep' | 'takesTrees' | 'preservesOwner'
>

/**
 * Receives one file, and no tree, into `sink`, which is ended after its last byte. Resolves when the sink has taken all of
 * it; the summary's path is empty, and `done` is the last event.
 * @throws PfsError as receive() does; PFS_WRITE when the sink fails, where the hint says where the file is kept
 */
export async function receiveInto(sink: ByteSink, options: StreamedReceiveOptions): Promise<TransferSummary> {
  const directory = await gatheringPlace(options)
  let isOurs = false
  let done: Extract<TransferEvent, { kind: 'done' }> | undefined
  const onEvent = (event: TransferEvent): void => {
    if (event.kind === 'listening') isOurs = true
    if (event.kind === 'done') done = event
    else options.onEvent(event)
  }
  try {
    const summary = await receive({
      ...options,
      onEvent,
      directory,
      onConflict: 'overwrite',
      keep: false,
      takesTrees: false,
    })
    if (!summary) throw new PfsError('PFS_INTERRUPTED')
    await pour(summary.path, sink, options.signal)
    await rm(summary.path, { force: true })
    const streamed = { ...summary, path: '' }
    if (done) options.onEvent({ ...done, summary: streamed })
    return streamed
  } catch (error) {
    await giveUp(sink, error)
    throw error
  } finally {
    // what an unfinished transfer left there waits for its next attempt
    if (isOurs) await rmdir(directory).catch(() => {})
  }
}

async function gatheringPlace({ directories, port }: StreamedReceiveOptions): Promise<string> {
  try {
    const directory = join(directories.jobs, 'streams')
    ensureDirectory(directory)
    return port === 0
      ? await mkdtemp(join(directory, 'any-'))
      : ensureDirectory(join(directory, `port-${port}`))
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', directories.jobs)
  }
}

async function pour(path: string, sink: ByteSink, signal: AbortSignal): Promise<void> {
  const target = sink instanceof Writable ? sink : Writable.fromWeb(sink as never)
  try {
    await pipeline(createReadStream(path), target, { signal })
  } catch (error) {
    const hint = `Nothing is lost: the whole file is at ${path}.`
    if (signal.aborted) throw new PfsError('PFS_INTERRUPTED', undefined, { cause: error, hint })
    const why = error instanceof Error ? error.message : String(error)
    throw new PfsError('PFS_WRITE', `the stream that takes the file failed (${why})`, { cause: error, hint })
  }
}

/** Its reader must hear that nothing more comes, and must not take what came for a whole file. */
async function giveUp(sink: ByteSink, error: unknown): Promise<void> {
  if (!(sink instanceof Writable)) await sink.abort(error).catch(() => {})
  else if (sink !== process.stdout) sink.destroy()
}
