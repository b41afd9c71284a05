// Many senders in one process, for bench/cases/many.ts: each with a connection, a socket and a transfer of its own, all
// on one storage thread, because 500 processes would be 500 heaps. They begin together at a word on standard input.
//
//   node dist/bench/many_senders.js --home DIR --from DIR --first 0 --count 100 --host ADDRESS --port PORT --peer ID

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { must } from '../src/base/assert.ts'
import { PfsError } from '../src/base/errors.ts'
import { second } from '../src/base/units.ts'
import { parsePeerId } from '../src/crypto/identity.ts'
import { directories } from '../src/transfer/directories.ts'
import { Peers } from '../src/transfer/peers.ts'
import { send } from '../src/transfer/send.ts'
import { StorageThread } from '../src/transfer/storage/thread.ts'

const { values: flags } = parseArgs({
  options: {
    home: { type: 'string', default: '' },
    from: { type: 'string', default: '' },
    first: { type: 'string', default: '0' },
    count: { type: 'string', default: '1' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9419' },
    peer: { type: 'string', default: '' },
  },
})

const places = directories({ PFS_HOME: flags.home })
// known beforehand: to pin it is a file written and synced, and one home has one such file for all of them
const key = must(parsePeerId(flags.peer), 'a peer id')
await new Peers(places.config).pin(`${flags.host}:${flags.port}`, key)
const storage = await StorageThread.open({ pool: places.pool, jobs: places.jobs, mayLearn: false }, text =>
  console.error(text),
)
// a transfer closes the storage it was given: this one is everybody's
const shared = {
  call: storage.call.bind(storage),
  tell: storage.tell.bind(storage),
  listenSource: storage.listenSource.bind(storage),
  listenBuild: storage.listenBuild.bind(storage),
  forget: storage.forget.bind(storage),
  close: () => Promise.resolve(),
} as unknown as StorageThread

const first = Number(flags.first)
const names = readdirSync(flags.from)
  .sort()
  .slice(first, first + Number(flags.count))

async function sendOne(name: string, startedAt: number): Promise<void> {
  const answer = { name, seconds: Number.NaN, fault: '' }
  try {
    await send(
      {
        directories: places,
        onEvent: () => {},
        signal: new AbortController().signal,
        paths: [join(flags.from, name)],
        host: flags.host,
        port: Number(flags.port),
        learn: false,
        // a machine whose cores others share may take its time: who is served last is told by the ratio
        connectMicros: 120 * second,
        thread: 'main',
      },
      Promise.resolve(shared),
    )
    answer.seconds = (performance.now() - startedAt) / 1000
  } catch (error) {
    answer.fault = error instanceof PfsError ? `${error.code} ${error.message}` : String(error)
  }
  console.log(JSON.stringify(answer))
}

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'go') continue
  const startedAt = performance.now()
  await Promise.all(names.map(name => sendOne(name, startedAt)))
  break
}
process.stdin.destroy()
await storage.close()
console.log('done')
