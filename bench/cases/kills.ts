// Nothing is lost: transfers of 512 MiB during which either side is killed (-9) at random moments, by seed, and the
// same command is run again, until all kills are spent. Every transfer must end identical, both pools must verify
// clean after all of it, and a kill may cost at most 4 MiB sent again on average. What was sent again is what left
// the sender's interface above what the leanest undisturbed transfer sent: retransmission for loss counts too.
//
//   node dist/bench/cases/kills.js [--full] [--kills 10] [--mib 512] [--seed N]         --full: 100 kills

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePair } from '../../netsim/netns.ts'
import { Prng } from '../../src/base/prng.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch } from '../files.ts'
import { Home } from '../pfs.ts'
import type { Watched } from '../process.ts'
import { conclude, printLimits, printTable } from '../report.ts'
import { countTraffic, quieten } from '../wire.ts'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    kills: { type: 'string' },
    mib: { type: 'string', default: '512' },
    seed: { type: 'string' },
  },
})
const killsWanted = Number(flags.kills ?? (flags.full ? 100 : 10))
const sizeBytes = Number(flags.mib) * MiB
const seed = Number(flags.seed ?? Date.now() % 1_000_000)
const resentBytesMax = 4 * MiB
/** Large enough that such a file is learnt by copy, as it is by default, and small enough for the disk. */
const quota = '4GiB'
/** Attempts that failed without our doing, in one transfer, before we give up. */
const stumblesMax = 5

interface Kill {
  readonly victim: 'sender' | 'receiver'
  readonly afterMillis: number
  /** What the attempt had sent by then. */
  readonly ipBytesOut: number
}

interface Transfer {
  readonly kills: readonly Kill[]
  /** What failed though nobody was killed. */
  readonly stumbles: readonly string[]
  readonly ipBytesOut: number
  readonly seconds: number
  readonly isSame: boolean
}

const prng = new Prng(seed)
const scratch = makeScratch()
const source = join(scratch, 'random.bin')
const out = join(scratch, 'out')
const pair = makePair()
quieten(pair)
const sending = new Home(join(scratch, 'sender'), pair.left, { quota })
const receiving = new Home(join(scratch, 'receiver'), pair.right, { quota })
let receiver: Watched | undefined

const startReceiver = (): Promise<Watched> => receiving.receive(out, ['--keep', '--on-conflict', 'overwrite'])

/** One run of the sender. Resolves with the kill, with 'done', or with the sentence of its failure. */
async function attempt(killAfterMillis: number | undefined): Promise<Kill | { readonly end: string }> {
  if (!receiver?.isRunning) receiver = await startReceiver()
  const before = countTraffic(pair.left).out.ipBytes
  const sender = sending.send(source, pair.right.address)
  if (killAfterMillis !== undefined) {
    const timer = new AbortController()
    await Promise.race([
      sender.ended,
      delay(killAfterMillis, undefined, { signal: timer.signal }).catch(() => {}),
    ])
    timer.abort()
    if (sender.isRunning) return kill(sender, receiver, killAfterMillis, before)
  }
  const { code, signal } = await sender.ended
  return { end: code === 0 ? 'done' : `ended with ${code ?? signal}: ${sender.tail}` }
}

async function kill(sender: Watched, running: Watched, afterMillis: number, before: number): Promise<Kill> {
  const victim = prng.chance(0.5) ? 'sender' : 'receiver'
  const killed = victim === 'sender' ? sender : running
  killed.kill('SIGKILL')
  await killed.ended
  // a user whose peer died presses Ctrl-C and runs the same line again
  if (victim === 'receiver') await sender.stop()
  return {
    victim,
    afterMillis: Math.round(afterMillis),
    ipBytesOut: countTraffic(pair.left).out.ipBytes - before,
  }
}

/** One file, until it has arrived. @param expectedMillis a kill comes within this time; undefined: none comes */
async function transfer(number: number, killsMax: number, expectedMillis: number): Promise<Transfer> {
  makeRandomFile(source, sizeBytes, seed * 1000 + number)
  const before = countTraffic(pair.left).out.ipBytes
  const startedAt = performance.now()
  const kills: Kill[] = []
  const stumbles: string[] = []
  for (;;) {
    const outcome = await attempt(kills.length < killsMax ? prng.unit() * expectedMillis : undefined)
    if ('victim' in outcome) kills.push(outcome)
    else if (outcome.end === 'done') break
    else {
      stumbles.push(outcome.end)
      console.log(`  failed though nobody was killed: ${outcome.end.trim()}`)
      if (stumbles.length > stumblesMax) throw new Error('it does not get on')
      await delay(1000)
    }
  }
  const target = join(out, 'random.bin')
  const done: Transfer = {
    kills,
    stumbles,
    ipBytesOut: countTraffic(pair.left).out.ipBytes - before,
    seconds: (performance.now() - startedAt) / 1000,
    isSame: areSame(source, target),
  }
  rmSync(target)
  console.log(`  transfer ${number}: ${told(done)}`)
  return done
}

const mebibytes = (bytes: number): string => (bytes / MiB).toFixed(1)

function told({ kills, ipBytesOut, seconds, isSame }: Transfer): string {
  const one = (kill: Kill) => `${kill.victim} at ${kill.afterMillis} ms and ${mebibytes(kill.ipBytesOut)} MiB`
  const result = isSame ? 'identical' : 'DIFFERENT'
  const killed = kills.length > 0 ? `; killed: ${kills.map(one).join(', ')}` : ''
  return `${result}, ${mebibytes(ipBytesOut)} MiB sent in ${seconds.toFixed(1)} s${killed}`
}

console.log(`kills: ${killsWanted} during transfers of ${sizeBytes / MiB} MiB, seed ${seed}`)
const transfers: Transfer[] = []
try {
  const calm = await transfer(0, 0, 0)
  transfers.push(calm)
  for (let left = killsWanted; left > 0; ) {
    const done = await transfer(transfers.length, left, calm.seconds * 1000)
    transfers.push(done)
    left -= done.kills.length
  }
  await receiver?.stop()
} finally {
  receiver?.kill('SIGKILL')
  pair.remove()
}
const reports = [sending, receiving].map(home => home.run(['pool', 'verify', '--full', '--json']).trim())
const calmBytes = transfers.filter(({ kills }) => kills.length === 0).map(({ ipBytesOut }) => ipBytesOut)
const leanest = Math.min(...calmBytes)
const disturbed = transfers.filter(({ kills }) => kills.length > 0)
const kills = disturbed.flatMap(transfer => transfer.kills)
const resentBytes = disturbed.reduce((sum, { ipBytesOut }) => sum + ipBytesOut - leanest, 0) / kills.length
const stumbles = transfers.flatMap(transfer => transfer.stumbles)
printTable(
  [
    'transfers',
    'undisturbed',
    'kills',
    'of senders',
    'of receivers',
    'MiB undisturbed (min, max)',
    'failures',
  ],
  [
    [
      transfers.length,
      calmBytes.length,
      kills.length,
      kills.filter(({ victim }) => victim === 'sender').length,
      kills.filter(({ victim }) => victim === 'receiver').length,
      `${mebibytes(leanest)}, ${mebibytes(Math.max(...calmBytes))}`,
      stumbles.length,
    ],
  ],
)
for (const report of reports) console.log(`pool verify --full: ${report}`)
const isWithin = printLimits([
  { what: 'IP bytes sent again per kill', value: Math.round(resentBytes), limit: resentBytesMax },
])
const isRight = isWithin && stumbles.length === 0 && transfers.every(({ isSame }) => isSame)
conclude('kills', isRight, { seed, sizeBytes, resentBytes, transfers, reports })
