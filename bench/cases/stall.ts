// What an application that blocks its main thread for 200 ms of every 250 does to a transfer it has embedded: the rate,
// and the longest the other side heard nothing while data were going out. Receiver blocked, sender blocked and neither,
// with the protocol on the main thread and on a worker thread. It is why one of the two is the default.
//
//   node dist/bench/cases/stall.js [--mib 256] [--rounds 1]

import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makePair, type Pair, type Side } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch } from '../files.ts'
import { port } from '../pfs.ts'
import { killRunning, Watched } from '../process.ts'
import { conclude, printTable } from '../report.ts'
import type { Silence } from '../silence.ts'
import { median } from '../statistics.ts'

const { values: flags } = parseArgs({
  options: { mib: { type: 'string', default: '256' }, rounds: { type: 'string', default: '1' } },
})
const sizeBytes = Number(flags.mib) * MiB
const embedded = resolve(import.meta.dirname, '../embedded.js')
const listener = resolve(import.meta.dirname, '../silence.js')

interface Setting {
  readonly blocked: 'neither' | 'receiver' | 'sender'
  readonly thread: 'main' | 'worker'
}

interface Seen extends Setting {
  readonly seconds: number
  readonly silence: Silence
  readonly isSame: boolean
}

const scratch = makeScratch()
const source = join(scratch, 'random.bin')

const settings: readonly Setting[] = (['neither', 'receiver', 'sender'] as const).flatMap(blocked =>
  (['main', 'worker'] as const).map(thread => ({ blocked, thread })),
)

function start(side: Side, home: string, program: string, words: readonly string[]): Watched {
  const env = { ...process.env, PFS_HOME: home }
  const child = side.spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  return new Watched(words.join(' '), child)
}

async function run({ left, right }: Pair, { blocked, thread }: Setting): Promise<Seen> {
  const folder = join(scratch, 'run')
  const out = join(folder, 'out')
  mkdirSync(out, { recursive: true })
  const flagsOf = (side: 'receiver' | 'sender') => [
    '--thread',
    thread,
    ...(blocked === side ? ['--blocks'] : []),
  ]
  try {
    const receiving = ['recv', out, String(port), ...flagsOf('receiver')]
    const receiver = start(right, join(folder, 'receiver'), embedded, receiving)
    await receiver.says(/"listening"/)
    const ear = start(left, folder, listener, [left.device])
    await ear.says(/isReady/)
    const sending = ['send', source, `${right.address}:${port}`, ...flagsOf('sender')]
    const sender = start(left, join(folder, 'sender'), embedded, sending)
    const [{ code }] = await Promise.all([sender.ended, receiver.ended])
    if (code !== 0) throw new Error(`a transfer failed\n${sender.tail}${receiver.tail}`)
    ear.kill('SIGTERM')
    await ear.ended
    const [, micros = ''] = /"elapsedMicros":([\d.]+)/.exec(sender.stdout) ?? []
    return {
      blocked,
      thread,
      seconds: Number(micros) / 1e6,
      silence: JSON.parse(ear.stdout.trim().split('\n').at(-1) ?? '') as Silence,
      isSame: areSame(source, join(out, 'random.bin')),
    }
  } finally {
    killRunning()
    rmSync(folder, { recursive: true, force: true })
  }
}

makeRandomFile(source, sizeBytes, Date.now())
const seen: Seen[] = []
const pair = makePair()
try {
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const setting of settings) seen.push(await run(pair, setting))
} finally {
  pair.remove()
}
console.log(
  `stall: ${flags.mib} MiB, an application busy for 200 ms of every 250, medians of ${flags.rounds}`,
)
printTable(
  ['blocked', 'protocol on', 'Gbit/s', 'longest silence ms', ''],
  settings.map(({ blocked, thread }) => {
    const runs = seen.filter(one => one.blocked === blocked && one.thread === thread)
    return [
      blocked,
      thread,
      median(runs.map(({ seconds }) => (sizeBytes * 8) / seconds / 1e9)),
      Math.round(median(runs.map(({ silence }) => silence.longestMillis))),
      runs.every(({ isSame }) => isSame) ? 'identical' : 'DIFFERENT',
    ]
  }),
)
conclude(
  'stall',
  seen.every(({ isSame }) => isSame),
  { sizeBytes, runs: seen },
)
