// Trees over a veth: many small files with one of every kind of entry among them, and this project's node_modules. Each is
// sent, compared by an independent walker, sent again when its target was deleted, and once more with one file of a
// hundred rewritten. Beside the first send, in alternating rounds: the same with --no-learn on both sides, and tar through
// zstd -1 over plain TCP, which neither encrypts, verifies nor syncs; how long its sync would take is timed behind it. Where
// pfs is slower, the seconds between are told by what they are spent on. The bytes are the interface's.
//
//   node dist/bench/cases/trees.js [--files 100000] [--kib 64] [--rounds 3] [--modules DIR]

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePair, type Pair } from '../../netsim/netns.ts'
import { GiB } from '../../src/base/units.ts'
import { addOddities, makeTree } from '../../test/support/tree_maker.ts'
import { differences, lookAtTree } from '../../test/support/tree_walker.ts'
import { makeScratch, pieces, randomBlocks, warmMemory } from '../files.ts'
import { finish, Home } from '../pfs.ts'
import { conclude, printGoals, printLimits, printTable } from '../report.ts'
import { type TarRun, tarOverTcp } from '../rivals/tar.ts'
import { median, spread } from '../statistics.ts'
import { makeVolume } from '../volume.ts'
import { bothWays, countTraffic, quieten, trafficSince } from '../wire.ts'

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    kib: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
    modules: { type: 'string', default: resolve('node_modules') },
  },
})
const rounds = Number(flags.rounds)
/** A file younger than this is not trusted by the stat cache, rightly. */
const racyMillis = 3000

interface Sent {
  readonly wallSeconds: number
  readonly ipBytes: number
  readonly senderCpuSeconds: number
  readonly receiverCpuSeconds: number
  readonly receiverAnonBytes: number
  readonly senderAnonBytes: number
}

interface Tarred extends TarRun {
  /** What `sync` takes behind it: pfs says that it is done when all is durable. */
  readonly syncSeconds: number
}

interface Outcome {
  readonly sizeBytes: number
  readonly first: readonly Sent[]
  /** The same, and neither side learns. */
  readonly unlearnt: readonly Sent[]
  readonly tar: readonly Tarred[]
  readonly again: Sent
  readonly touched: Sent
  readonly touchedBytes: number
  /** What the walker found, after each of the three. */
  readonly wrong: readonly string[]
}

const { folder: scratch, isOwn } = makeVolume(makeScratch(), 32 * GiB)
/** Of each pool: the default on a disk of 200 GiB and more. */
const quota = '20GiB'

async function send(
  pair: Pair,
  root: string,
  sending: Home,
  receiving: Home,
  out: string,
  flags: readonly string[] = [],
): Promise<Sent> {
  const receiver = await receiving.receive(out, ['--once', '--on-conflict', 'overwrite', ...flags])
  const before = countTraffic(pair.left)
  const sender = sending.send(root, pair.right.address, ['--no-ignore-files', ...flags])
  await Promise.all([finish(sender), finish(receiver)])
  return {
    wallSeconds: sender.elapsedSeconds,
    ipBytes: bothWays(trafficSince(before, countTraffic(pair.left))).ipBytes,
    senderCpuSeconds: sender.cost?.cpuSeconds ?? Number.NaN,
    receiverCpuSeconds: receiver.cost?.cpuSeconds ?? Number.NaN,
    senderAnonBytes: sender.rssAnonPeakBytes,
    receiverAnonBytes: receiver.rssAnonPeakBytes,
  }
}

async function measure(
  pair: Pair,
  root: string,
  files: readonly string[],
  sizeBytes: number,
): Promise<Outcome> {
  const name = basename(root)
  const at = (...names: string[]): string => join(scratch, `${name}-sent`, ...names)
  const first: Sent[] = []
  const unlearnt: Sent[] = []
  const tar: Tarred[] = []
  const wrong: string[] = []
  const compare = (out: string): void => {
    const looked = [root, join(out, name)].map(path =>
      lookAtTree(path, { timesIn: 'nanos', hasBlocks: true }),
    )
    wrong.push(...differences(looked[0]!, looked[1]!))
  }
  await delay(racyMillis)
  for (let round = 0; round < rounds; round++) {
    // the first round of each has the homes that the later sends go on with
    for (const folder of ['out', 'tar']) rmSync(at(folder), { recursive: true, force: true })
    warmMemory(scratch, sizeBytes)
    tar.push(await tarred(pair, root, at('tar')))
    rmSync(at('tar'), { recursive: true, force: true })
    const homes = (kind: string): [Home, Home] => [
      new Home(at(`here-${kind}`), pair.left, { quota }),
      new Home(at(`there-${kind}`), pair.right, { quota }),
    ]
    warmMemory(scratch, sizeBytes)
    unlearnt.push(await send(pair, root, ...homes(`unlearnt-${round}`), at('out'), ['--no-learn']))
    rmSync(at('out'), { recursive: true, force: true })
    warmMemory(scratch, sizeBytes)
    first.push(await send(pair, root, ...homes(String(round)), at('out')))
  }
  const last = rounds - 1
  const [here, there] = [new Home(at(`here-${last}`), pair.left), new Home(at(`there-${last}`), pair.right)]
  compare(at('out'))
  rmSync(at('out'), { recursive: true, force: true })
  const again = await send(pair, root, here, there, at('out'))
  compare(at('out'))
  const contents = pieces(randomBlocks(7))
  let touchedBytes = 0
  for (const [i, path] of files.entries()) {
    if (i % 100 !== 50) continue
    const { size } = statSync(path)
    writeFileSync(path, contents(size))
    touchedBytes += size
  }
  const touched = await send(pair, root, here, there, at('out'))
  compare(at('out'))
  return { sizeBytes, first, unlearnt, tar, again, touched, touchedBytes, wrong }
}

/** A sync that runs by itself is no part of what tar does; behind it, it is. */
async function tarred(pair: Pair, root: string, out: string): Promise<Tarred> {
  const run = await tarOverTcp(pair, root, out)
  const startedAt = performance.now()
  spawnSync('sync', ['-f', out])
  return { ...run, syncSeconds: (performance.now() - startedAt) / 1000 }
}

const cpuSeconds = (sent: Sent): number => sent.senderCpuSeconds + sent.receiverCpuSeconds

/** What the seconds are spent on that tar does not spend. */
function whyNot(pfs: number, unlearnt: number, tar: number, synced: number): string {
  if (Number.isNaN(tar)) return 'tar, zstd or socat is not here'
  if (pfs <= tar) return 'pfs is the faster one'
  const parts = [
    `the pools learn ${(pfs - unlearnt).toFixed(2)}`,
    `what tar leaves to the system to sync ${(synced - tar).toFixed(2)}`,
    `encryption, hashes, verification and start ${(unlearnt - synced).toFixed(2)}`,
  ]
  return `pfs takes ${(pfs - tar).toFixed(2)} s more: ${parts.join(', ')}`
}

function tell(
  what: string,
  { sizeBytes, first, unlearnt, tar, again, touched, touchedBytes, wrong }: Outcome,
): boolean {
  const walls = first.map(({ wallSeconds }) => wallSeconds)
  console.log(`${what}: ${(sizeBytes / 1e6).toFixed(0)} MB, medians of ${first.length}`)
  const row = (name: string, { wallSeconds, ...sent }: Sent): (string | number)[] => [
    name,
    wallSeconds,
    sent.ipBytes,
    sent.senderCpuSeconds,
    sent.receiverCpuSeconds,
    sent.senderAnonBytes / 1e6,
    sent.receiverAnonBytes / 1e6,
  ]
  printTable(
    ['', 'wall s', 'IP bytes', 'sender CPU s', 'receiver CPU s', 'sender anon MB', 'receiver anon MB'],
    [
      row('sent, the last round', first.at(-1)!),
      row('unchanged, target deleted', again),
      row('1 % of the files rewritten', touched),
    ],
  )
  console.log()
  const quick = unlearnt.map(({ wallSeconds }) => wallSeconds)
  const tarCpu = tar.map(({ cpuSeconds }) => cpuSeconds)
  const plain = tar.map(({ seconds }) => seconds)
  const synced = tar.map(({ seconds, syncSeconds }) => seconds + syncSeconds)
  const ratio = (a: readonly number[], b: readonly number[]): number =>
    median(a.map((seconds, round) => seconds / b[round]!))
  const beside = (what: string, seconds: readonly number[], cpu: readonly number[]): (string | number)[] => [
    what,
    median(seconds),
    spread(seconds),
    median(cpu),
    ratio(plain, seconds),
    ratio(synced, seconds),
  ]
  printTable(
    ['the first send, beside tar', 's', 'spread', 'CPU s, both ends', 'tar / this', 'tar, synced / this'],
    [
      beside('pfs', walls, first.map(cpuSeconds)),
      beside('pfs --no-learn', quick, unlearnt.map(cpuSeconds)),
      beside('tar | zstd -1 | TCP', plain, tarCpu),
      beside('the same, then sync', synced, tarCpu),
    ],
  )
  console.log(whyNot(median(walls), median(quick), median(plain), median(synced)))
  for (const line of wrong) console.log(`DIFFERENT  ${line}`)
  printGoals([
    {
      what: 'time of tar, zstd -1 and TCP / time of pfs',
      value: ratio(plain, walls),
      sense: 'at least',
      goal: 1,
    },
  ])
  const isWithin = printLimits([
    { what: 'unchanged, IP bytes', value: again.ipBytes, limit: 4096 + sizeBytes / 10_000 },
    { what: '1 % rewritten, IP bytes', value: touched.ipBytes, limit: 1.1 * touchedBytes + 65_536 },
  ])
  return isWithin && wrong.length === 0
}

if (!isOwn) console.log('no loop device: on the file system that is there')
const pair = makePair()
const results: Record<string, Outcome> = {}
let isRight = true
try {
  quieten(pair)
  const count = Number(flags.files)
  const root = join(scratch, 'generated')
  const made = makeTree(root, {
    seed: 1,
    fileCount: count,
    fileBytesMax: Number(flags.kib) * 1024,
    contents: pieces(randomBlocks(1)),
  })
  addOddities(root)
  results.generated = await measure(pair, root, made.files, made.bytes)
  isRight =
    tell(`${count} files of 0 to ${flags.kib} KiB and every kind of entry`, results.generated) && isRight
  rmSync(join(scratch, 'generated'), { recursive: true, force: true })
  if (existsSync(flags.modules)) {
    const { copy, files, sizeBytes } = copyOfModules(flags.modules)
    results.modules = await measure(pair, copy, files, sizeBytes)
    isRight = tell('node_modules', results.modules) && isRight
  }
} finally {
  pair.remove()
}
conclude('trees', isRight, results)

/** A copy may be written to. */
function copyOfModules(from: string): { copy: string; files: string[]; sizeBytes: number } {
  const copy = join(scratch, basename(from))
  mkdirSync(dirname(copy), { recursive: true })
  cpSync(from, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  const files = [...lookAtTree(copy)].filter(([, entry]) => entry.kind === 'file' && !entry.firstName)
  return {
    copy,
    files: files.map(([path]) => join(copy, Buffer.from(path, 'latin1').toString())),
    sizeBytes: files.reduce((sum, [, { size = 0 }]) => sum + size, 0),
  }
}
