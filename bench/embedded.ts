// A program that embeds pfs, as somebody else's would: it imports the library's face and nothing of the command. With
// --blocks its main thread is busy for 200 ms of every 250, as a thoughtless application's may be.
//
//   node dist/bench/embedded.js recv DIRECTORY PORT [--blocks] [--thread main|worker]
//   node dist/bench/embedded.js send PATH HOST:PORT [--blocks] [--thread main|worker]
//   node dist/bench/embedded.js scan PATH          what the sender does before it can make an offer, timed
//
// Keys and pool are under PFS_HOME. Prints each event as a JSON line with the milliseconds since the start.

import { parseArgs } from 'node:util'
import { directories, receive, send, type TransferEvent } from '../src/index.ts'
import { StorageThread } from '../src/transfer/storage/thread.ts'

const busyMillis = 200
const turnMillis = 250

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { blocks: { type: 'boolean', default: false }, thread: { type: 'string' } },
})

const say = (value: Readonly<Record<string, unknown>>): void =>
  void process.stdout.write(`${JSON.stringify({ millis: Math.round(performance.now()), ...value })}\n`)

function onEvent(event: TransferEvent): void {
  if (event.kind === 'progress') return
  if (event.kind === 'start' && flags.blocks) blockNowAndThen()
  if (event.kind === 'phase') say({ event: event.kind, phase: event.phase })
  else if (event.kind === 'done') say({ event: event.kind, ...event.summary })
  else if (event.kind === 'notice') say({ event: event.kind, text: event.text })
  else say({ event: event.kind })
}

function blockNowAndThen(): void {
  setInterval(() => {
    const until = performance.now() + busyMillis
    while (performance.now() < until);
  }, turnMillis).unref()
}

const common = {
  directories: directories(),
  onEvent,
  signal: new AbortController().signal,
  ...(flags.thread === undefined ? {} : { thread: flags.thread as 'main' | 'worker' }),
}

/** The sender's scan phase alone: a file that the stat cache knows is not read. */
async function scan(path: string): Promise<void> {
  const { pool, jobs } = common.directories
  const storage = await StorageThread.open({ pool, jobs, mayLearn: true }, text =>
    say({ event: 'notice', text }),
  )
  // the first call waits for the storage thread to have started; a file of no interest pays for that
  await storage.call('prepareFile', [import.meta.filename])
  const started = performance.now()
  await storage.call('prepareFile', [path])
  say({ event: 'scanned', scanMillis: performance.now() - started })
  await storage.close()
}

const [role, first = '', second = ''] = positionals
if (role === 'recv') {
  const accept = async () => true
  await receive({
    ...common,
    directory: first,
    port: Number(second),
    onConflict: 'overwrite',
    keep: false,
    accept,
  })
} else if (role === 'send') {
  const [host = '', port = ''] = second.split(':')
  await send({ ...common, paths: [first], host, port: Number(port) })
} else if (role === 'scan') await scan(first)
else process.exitCode = 2
