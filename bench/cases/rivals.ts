// pfs and everything it wants to be faster than, each copying one incompressible file from the page cache over the same
// veth, with its default settings. Rounds are interleaved, so that a slow minute of the machine falls on all alike;
// figures are medians. Between two runs the disk is synced, so that nobody pays for another's dirty pages. Every file is
// compared; times decide nothing.
//
//   node dist/bench/cases/rivals.js [--full] [--mib 512] [--rounds 1] [--mtu 1500] [--tmpfs] [--only NAME,NAME…]

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makePair, type Pair } from '../../netsim/netns.ts'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch, warmMemory } from '../files.ts'
import { killRunning, machineBusySeconds } from '../process.ts'
import { conclude, printTable } from '../report.ts'
import type { Rival, Run } from '../rivals/rival.ts'
import { contenders } from '../rivals/table.ts'
import { median, spread } from '../statistics.ts'

interface Seen extends Run {
  readonly name: string
  readonly sizeBytes: number
  readonly isSame: boolean
  /** What everyone else on the machine used meanwhile. */
  readonly foreignCpuSeconds: number
}

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mib: { type: 'string' },
    rounds: { type: 'string' },
    mtu: { type: 'string', default: '1500' },
    tmpfs: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const sizeBytes = Number(flags.mib ?? (flags.full ? 4096 : 512)) * MiB
const rounds = Number(flags.rounds ?? (flags.full ? 5 : 1))

/** A target, and half as much for what else is kept meanwhile. */
const warmShare = 1.5
if (flags.tmpfs) process.env.PFS_BENCH_DIR = '/dev/shm'
const scratch = makeScratch()

function makeSource(bytes: number): string {
  const folder = join(scratch, `source-${bytes}`)
  mkdirSync(folder)
  const path = join(folder, 'random.bin')
  makeRandomFile(path, bytes, Date.now())
  return path
}

/** Files by size: a contender that cannot hold the whole one gets one of its own. Decided once, before the first round. */
const sources = new Map<number, string>()
const sizes = new Map(
  contenders.map(rival => [rival.name, Math.min(sizeBytes, rival.sizeBytesMax?.(flags.tmpfs) ?? sizeBytes)]),
)
function sourceOf({ name }: Rival): { source: string; sizeBytes: number } {
  const bytes = must(sizes.get(name), name)
  const source = sources.get(bytes) ?? makeSource(bytes)
  sources.set(bytes, source)
  return { source, sizeBytes: bytes }
}

async function runOnce(rival: Rival, pair: Pair): Promise<Seen> {
  const { source, sizeBytes } = sourceOf(rival)
  const folder = join(scratch, 'run')
  mkdirSync(folder)
  spawnSync('sync')
  warmMemory(folder, warmShare * sizeBytes)
  // into the page cache, should another's memory have pushed it out
  spawnSync('cat', [source], { stdio: ['ignore', 'ignore', 'ignore'] })
  const busyBefore = machineBusySeconds()
  const startedAt = performance.now()
  try {
    const run = await rival.run({ pair, source, sizeBytes, folder })
    const busy = machineBusySeconds() - busyBefore - run.senderCpuSeconds - run.receiverCpuSeconds
    const isSame = run.target === undefined || areSame(source, run.target)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.error(
      `  ${rival.name}: ${rate(sizeBytes, run.wallSeconds).toFixed(2)} Gbit/s, ${seconds} s in all`,
    )
    return { ...run, name: rival.name, sizeBytes, isSame, foreignCpuSeconds: Math.max(0, busy) }
  } finally {
    killRunning()
    rmSync(folder, { recursive: true, force: true })
  }
}

const rate = (bytes: number, seconds: number): number => (bytes * 8) / seconds / 1e9

interface Summary {
  readonly name: string
  readonly wallGbps: number
  readonly transferGbps: number
  readonly cpuPerGigabyte: number
}

function summarize(name: string, seen: readonly Seen[]): Summary {
  return {
    name,
    wallGbps: median(seen.map(run => rate(run.sizeBytes, run.wallSeconds))),
    transferGbps: median(seen.map(run => rate(run.sizeBytes, run.transferSeconds))),
    cpuPerGigabyte: median(
      seen.map(run => ((run.senderCpuSeconds + run.receiverCpuSeconds) / run.sizeBytes) * 1e9),
    ),
  }
}

function row(rival: Rival, seen: readonly Seen[]): (string | number)[] {
  const first = seen[0]
  if (!first) return [rival.name, rival.find() ? 'failed' : 'absent']
  const { wallGbps, transferGbps } = summarize(rival.name, seen)
  const perGigabyte = (of: (run: Seen) => number) =>
    median(seen.map(run => (of(run) / run.sizeBytes) * 1e9)).toFixed(2)
  const megabytes = (of: (run: Seen) => number) => Math.round(median(seen.map(of)) / 1e6)
  const foreign = median(seen.map(run => run.foreignCpuSeconds / run.wallSeconds))
  return [
    rival.name,
    wallGbps,
    spread(seen.map(run => rate(run.sizeBytes, run.wallSeconds))),
    transferGbps,
    perGigabyte(run => run.senderCpuSeconds),
    perGigabyte(run => run.receiverCpuSeconds),
    `${megabytes(run => run.senderAnonBytes)} ${megabytes(run => run.receiverAnonBytes)}`,
    `${Math.round(foreign * 100)} %`,
    first.target === undefined ? '-' : seen.every(run => run.isSame) ? 'identical' : 'DIFFERENT',
    remarks(rival, first),
  ]
}

function remarks(rival: Rival, { note, sizeBytes: bytes }: Seen): string {
  return [
    rival.isEncrypted ? '' : 'clear',
    rival.isSynced ? '' : 'not synced',
    bytes === sizeBytes ? '' : `${bytes / MiB} MiB`,
    note,
    rival.find() ?? '',
  ]
    .filter(text => text !== '')
    .join(', ')
}

const wanted = flags.only?.split(',')
const chosen = contenders.filter(({ name }) => !wanted || wanted.some(want => name.startsWith(want)))
const seenBy = new Map<string, Seen[]>(chosen.map(({ name }) => [name, []]))
const failures: string[] = []
const pair = makePair(Number(flags.mtu))
try {
  for (let round = 0; round < rounds; round++)
    for (const rival of chosen) {
      if (rival.find() === undefined) continue
      try {
        must(seenBy.get(rival.name), rival.name).push(await runOnce(rival, pair))
      } catch (error) {
        failures.push(`${rival.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
} finally {
  pair.remove()
}

const place = flags.tmpfs ? 'tmpfs' : 'disk, source in the page cache'
console.log(
  `rivals: ${sizeBytes / MiB} MiB incompressible, ${place}, MTU ${flags.mtu}, medians of ${rounds}, interleaved`,
)
const head = [
  '',
  'Gbit/s wall',
  'spread',
  'transfer',
  'send s/GB',
  'recv s/GB',
  'anon MB',
  'others',
  '',
  'remarks',
]
printTable(
  head,
  chosen.map(rival => row(rival, seenBy.get(rival.name) ?? [])),
)
const summaries = chosen
  .map(({ name }) => summarize(name, seenBy.get(name) ?? []))
  .filter(({ wallGbps }) => !Number.isNaN(wallGbps))
const own = summaries.find(({ name }) => name === 'pfs')
if (own) {
  console.log('\npfs, learning on, as a multiple of each')
  printTable(
    ['', 'wall', 'transfer', 'CPU s/GB'],
    summaries
      .filter(({ name }) => name !== 'pfs')
      .map(other => [
        other.name,
        own.wallGbps / other.wallGbps,
        own.transferGbps / other.transferGbps,
        own.cpuPerGigabyte / other.cpuPerGigabyte,
      ]),
  )
}
for (const failure of failures) console.log(`failed: ${failure}`)
const runs = [...seenBy.values()].flat()
// a contender that fails is its own affair; a wrong file of ours is not
const ours = runs.filter(({ name }) => name.startsWith('pfs'))
const isRight = runs.every(run => run.isSame) && !failures.some(text => text.startsWith('pfs'))
conclude('rivals', isRight && ours.length > 0 === chosen.some(({ name }) => name.startsWith('pfs')), {
  sizeBytes,
  mtu: Number(flags.mtu),
  summaries,
  failures,
  runs,
})
