// A running transfer under a flood of forged handshakes, each from an address of its own: how much slower it is than the
// same without, what the receiver's memory grows by, and what a forged packet costs it in processor time. One `pfs recv
// --keep`, rounds with and without the flood interleaved, over loopback. The generator is bench/generators/flood.cc and
// takes a good part of a core itself, the kernel another: what that alone slows a transfer by is seen in a third kind of
// round, whose flood goes to a socket that nobody reads.
//
//   node dist/bench/cases/flood.js [--rate 50000] [--mib 512] [--rounds 3] [--still 5] [--late 5]

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch } from '../files.ts'
import { finish, Home, here } from '../pfs.ts'
import { Watched } from '../process.ts'
import { conclude, printGoals, printLimits, printTable } from '../report.ts'
import { median, spread } from '../statistics.ts'

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '50000' },
    mib: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '3' },
    still: { type: 'string', default: '5' },
    late: { type: 'string', default: '5' },
  },
})
const sizeBytes = Number(flags.mib) * MiB
const port = 9438
/** The generator's word for a socket that nobody reads. */
const unreadPort = 0
const growthBytesMax = 16_000_000
const slowerMax = 1.3

const scratch = makeScratch()
const generator = join(scratch, 'flood')
const source = resolve(import.meta.dirname, '../../../bench/generators/flood.cc')
const built = spawnSync('g++', ['-std=c++20', '-O2', '-o', generator, source], { encoding: 'utf8' })
if (built.status !== 0) throw new Error(built.stderr)

interface Spent {
  readonly cpuSeconds: number
  readonly anonBytes: number
}

const ticksPerSecond = 100

function spentBy(pid: number): Spent {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    anonBytes: Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1024,
  }
}

interface Flood {
  readonly sent: number
  readonly seconds: number
}

async function startFlood(atPort = port): Promise<() => Promise<Flood>> {
  const words = [String(atPort), flags.rate]
  const flood = new Watched('flood', here.spawn(generator, words, { stdio: ['pipe', 'pipe', 'pipe'] }))
  await flood.says(/ready/)
  return async () => {
    flood.write('\n')
    await flood.ended
    return JSON.parse(must(flood.stdout.split('\n')[1], 'what it sent')) as Flood
  }
}

/** Where the flood of a round goes. */
type Target = 'nowhere' | 'elsewhere' | 'receiver'
const targets: readonly Target[] = ['nowhere', 'elsewhere', 'receiver']

interface Round {
  readonly target: Target
  readonly seconds: number
  readonly cpuSeconds: number
  readonly anonBytes: number
  readonly forged: number
}

const home = new Home(join(scratch, 'receiver'), here)
const out = join(scratch, 'out')
const receiver = await home.receive(out, ['--keep', '--no-learn'], port)
const sendingHome = new Home(join(scratch, 'sender'), here)
let files = 0
let isRight = true

async function round(target: Target): Promise<Round> {
  const name = `${files++}.bin`
  const path = join(scratch, name)
  makeRandomFile(path, sizeBytes, files)
  const before = spentBy(receiver.pid)
  let { anonBytes } = before
  const sampler = setInterval(() => {
    anonBytes = Math.max(anonBytes, spentBy(receiver.pid).anonBytes)
  }, 100)
  const sender = sendingHome.start('pfs send', ['send', '--events', path, `127.0.0.1:${port}`])
  await sender.says(/"phase":"transfer"/)
  const startedAt = performance.now()
  const stop = target === 'nowhere' ? undefined : await startFlood(target === 'receiver' ? port : unreadPort)
  const { code } = await sender.ended
  if (code !== 0) throw new Error(sender.tail)
  const seconds = (performance.now() - startedAt) / 1000
  const flood = await stop?.()
  clearInterval(sampler)
  const after = spentBy(receiver.pid)
  isRight &&= areSame(path, join(out, name))
  rmSync(path)
  rmSync(join(out, name))
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  return { target, seconds, cpuSeconds, anonBytes, forged: flood?.sent ?? 0 }
}

/** How long a small file takes from the first packet on, when it must come in under the flood. */
async function arriveLate(times: number): Promise<number[]> {
  const path = join(scratch, 'late.bin')
  const seconds: number[] = []
  const stop = await startFlood()
  for (let i = 0; i < times; i++) {
    makeRandomFile(path, 64 * 1024, 1000 + i)
    seconds.push((await finish(sendingHome.send(path, '127.0.0.1', [], port))).elapsed_seconds)
    rmSync(join(out, 'late.bin'))
  }
  await stop()
  return seconds
}

/** Nothing but the flood: what one packet of it costs. */
async function still(seconds: number): Promise<{ micros: number; growthBytes: number; flood: Flood }> {
  const before = spentBy(receiver.pid)
  const stop = await startFlood()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const after = spentBy(receiver.pid)
  const flood = await stop()
  return {
    micros: ((after.cpuSeconds - before.cpuSeconds) / flood.sent) * 1e6,
    growthBytes: after.anonBytes - before.anonBytes,
    flood,
  }
}

await round('nowhere') // the key pinned, the code compiled
const quiet = await still(Number(flags.still))
const rounds: Round[] = []
for (let i = 0; i < Number(flags.rounds); i++)
  for (let turn = 0; turn < targets.length; turn++)
    rounds.push(await round(must(targets[(i + turn) % targets.length], 'a target')))
const late = await arriveLate(Number(flags.late))
await receiver.stop()

const of = (target: Target) => rounds.filter(one => one.target === target)
const seconds = (target: Target) => of(target).map(one => one.seconds)
const peak = (target: Target) => Math.max(...of(target).map(one => one.anonBytes))
console.log(
  `flood: ${flags.rate} forged INITs a second beside ${flags.mib} MiB, ${flags.rounds} rounds each, loopback`,
)
printTable(
  ['flood at', 'median s', 'least–most s', 'recv cpu s', 'recv anon MB', 'forged'],
  targets.map(target => [
    target === 'nowhere' ? 'none' : target,
    median(seconds(target)),
    spread(seconds(target)),
    median(of(target).map(one => one.cpuSeconds)),
    Math.round(peak(target) / 1e6),
    of(target).reduce((sum, one) => sum + one.forged, 0),
  ]),
)
const rate = Math.round(quiet.flood.sent / quiet.flood.seconds)
const cost = `${quiet.micros.toFixed(1)} µs of the receiver's processor for each sent`
console.log(
  `alone, ${rate} a second for ${flags.still} s: ${cost}, ${(quiet.growthBytes / 1e6).toFixed(1)} MB more`,
)
console.log(
  `small files that come in under it: ${median(late).toFixed(2)} s, ${spread(late)}, one round trip and a cookie each`,
)
const growth = Math.max(peak('receiver') - peak('nowhere'), quiet.growthBytes)
const slower = median(seconds('receiver')) / median(seconds('nowhere'))
const slowerElsewhere = median(seconds('elsewhere')) / median(seconds('nowhere'))
console.log(
  `by the same with the flood elsewhere, which is what the receiver itself does about it: ${(slower / slowerElsewhere).toFixed(2)}`,
)
printGoals([
  { what: 'time with the flood, by time without', value: slower, sense: 'at most', goal: slowerMax },
])
const isWithin = printLimits([{ what: 'bytes the receiver grows by', value: growth, limit: growthBytesMax }])
conclude('flood', isWithin && isRight, {
  slower,
  slowerElsewhere,
  growth,
  microsPerForged: quiet.micros,
  late,
})
rmSync(scratch, { recursive: true, force: true })
