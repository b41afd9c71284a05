// A file that both sides hold, its target deleted: what is left of a send is two round trips, the sender's look at its
// stat cache, and the receiver's rebuilding from its pool, synced. Packets are the interface's; the scan phase is timed
// inside a program that asks the storage thread what a send asks it first. Round trips are counted over a line so
// long that nothing else matters. Beside the rebuilding, in the same rounds: what the disk gives, written plainly and copied
// by the kernel into the same folder, synced.
//
//   node dist/bench/cases/known.js [--full] [--mib 1024] [--rounds 1]      --full: 4 GiB, 5 rounds

import { copyFileSync, constants as fsConstants, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePair, type Pair } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { buildDelayRelay, DelayRelay } from '../delay_relay.ts'
import { type DiskSeconds, measureDisk } from '../disk.ts'
import { areSame, makeRandomFile, makeScratch, warmMemory } from '../files.ts'
import { finish, Home, port } from '../pfs.ts'
import { Watched } from '../process.ts'
import { conclude, printGoals, printLimits, printTable } from '../report.ts'
import { median, spread } from '../statistics.ts'
import { bothWays, countTraffic, quieten, type Traffic, trafficSince } from '../wire.ts'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mib: { type: 'string' },
    rounds: { type: 'string' },
  },
})
const sizeBytes = Number(flags.mib ?? (flags.full ? 4096 : 1024)) * MiB
const rounds = Number(flags.rounds ?? (flags.full ? 5 : 1))
/** As in `repeat`. */
const knownBytesMax = 2048
/** A file younger than this is not trusted by the stat cache, rightly. */
const racyMillis = 3000
const embedded = resolve(import.meta.dirname, '../embedded.js')

interface Sent {
  /** From the start of the sending process to its end. */
  readonly wallSeconds: number
  /** From connect to the receiver's word that it is durable. */
  readonly elapsedSeconds: number
  readonly traffic: Traffic
  readonly senderReadBytes: number
  readonly senderCpuSeconds: number
  readonly receiverCpuSeconds: number
  readonly receiverAnonBytes: number
  readonly isSame: boolean
}

const scratch = makeScratch()
const source = join(scratch, 'random.bin')
const out = join(scratch, 'out')
const target = join(out, 'random.bin')

async function send(pair: Pair, sending: Home, receiving: Home): Promise<Sent> {
  warmMemory(scratch, sizeBytes)
  const receiver = await receiving.receive(out)
  const before = countTraffic(pair.left)
  const sender = sending.send(source, pair.right.address)
  const [document] = await Promise.all([finish(sender), finish(receiver)])
  return {
    wallSeconds: sender.elapsedSeconds,
    elapsedSeconds: document.elapsed_seconds,
    traffic: trafficSince(before, countTraffic(pair.left)),
    senderReadBytes: sender.cost?.readBytes ?? Number.NaN,
    senderCpuSeconds: sender.cost?.cpuSeconds ?? Number.NaN,
    receiverCpuSeconds: receiver.cost?.cpuSeconds ?? Number.NaN,
    receiverAnonBytes: receiver.rssAnonPeakBytes,
    isSame: areSame(source, target),
  }
}

async function scanMillis(pair: Pair, home: Home): Promise<number> {
  const env = { ...process.env, PFS_HOME: home.folder }
  const child = pair.left.spawn(process.execPath, [embedded, 'scan', source], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const watched = new Watched('scan', child)
  const [, millis] = await watched.says(/"scanMillis":([\d.]+)/)
  await watched.ended
  return Number(millis)
}

const line = { port: 9430, serverPort: port, delayMillis: 250, megabitsPerSecond: 1000, queueBytes: 4 * MiB }

/**
 * How often what is said of a known file of 1 MiB crosses a line of 500 ms there and back, until the sender has the
 * receiver's word that it is durable. NaN where the line cannot be built.
 */
async function roundTrips(pair: Pair, sending: Home, receiving: Home): Promise<number> {
  const program = buildDelayRelay(scratch)
  if (program === undefined) return Number.NaN
  const small = join(scratch, 'small.bin')
  makeRandomFile(small, MiB, Date.now())
  await delay(racyMillis)
  const host = pair.right.address
  const elapsed: number[] = []
  // to be learnt; known; known, and far away
  for (const toPort of [port, port, line.port]) {
    const receiver = await receiving.receive(out)
    const relay = await DelayRelay.open(program, pair.right, line)
    const [document] = await Promise.all([finish(sending.send(small, host, [], toPort)), finish(receiver)])
    await relay.close()
    rmSync(join(out, 'small.bin'))
    elapsed.push(document.elapsed_seconds)
  }
  const [, near = Number.NaN, far = Number.NaN] = elapsed
  return (far - near) / ((2 * line.delayMillis) / 1000)
}

function canReflink(): boolean {
  try {
    copyFileSync(source, join(scratch, 'reflink'), fsConstants.COPYFILE_FICLONE_FORCE)
    rmSync(join(scratch, 'reflink'))
    return true
  } catch {
    return false
  }
}

makeRandomFile(source, sizeBytes, Date.now())
const hasReflink = canReflink()
await delay(racyMillis)
const seen: Sent[] = []
const disk: DiskSeconds[] = []
const scans: number[] = []
let trips = Number.NaN
const pair = makePair()
try {
  quieten(pair)
  const sending = new Home(join(scratch, 'sender'), pair.left)
  const receiving = new Home(join(scratch, 'receiver'), pair.right)
  await send(pair, sending, receiving)
  for (let round = 0; round < rounds; round++) {
    rmSync(target)
    seen.push(await send(pair, sending, receiving))
    scans.push(await scanMillis(pair, sending))
    disk.push(measureDisk(out, source, sizeBytes))
  }
  trips = await roundTrips(pair, sending, receiving)
} finally {
  pair.remove()
}

const rateOf = (seconds: number): number => sizeBytes / seconds / 1e9
const rebuilt = seen.map(({ elapsedSeconds }) => rateOf(elapsedSeconds))
const written = disk.map(({ write }) => rateOf(write))
const copied = disk.map(({ copy }) => rateOf(copy))
const figure = (what: string, of: (sent: Sent) => number, digits = 2): (string | number)[] => [
  what,
  median(seen.map(of)),
  spread(seen.map(of), digits),
]
console.log(
  `known: ${sizeBytes / MiB} MiB that both sides hold, target deleted, medians of ${rounds}, ` +
    (hasReflink ? 'on a file system with reflinks' : 'without reflinks'),
)
printTable(
  ['', 'median', 'spread'],
  [
    figure('send, wall s', sent => sent.wallSeconds),
    figure('connect to durable, s', sent => sent.elapsedSeconds),
    ['rebuilt, GB/s, synced', median(rebuilt), spread(rebuilt)],
    ['the disk: written, GB/s, synced', median(written), spread(written)],
    ['the disk: copied, GB/s, synced', median(copied), spread(copied)],
    ['rebuilt / written, by round', median(rebuilt.map((rate, i) => rate / written[i]!)), ''],
    ['rebuilt / copied, by round', median(rebuilt.map((rate, i) => rate / copied[i]!)), ''],
    figure('packets out', sent => sent.traffic.out.packets, 0),
    figure('packets in', sent => sent.traffic.in.packets, 0),
    figure('IP bytes both ways', sent => bothWays(sent.traffic).ipBytes, 0),
    ['round trips, 1 MiB over 500 ms', Number.isNaN(trips) ? 'absent' : trips, ''],
    ['scan phase, ms', median(scans), spread(scans)],
    figure('sender read, MB', sent => sent.senderReadBytes / 1e6),
    figure('sender CPU s', sent => sent.senderCpuSeconds),
    figure('receiver CPU s', sent => sent.receiverCpuSeconds),
    figure('receiver anon MB', sent => sent.receiverAnonBytes / 1e6, 0),
  ],
)
console.log()
printGoals([
  {
    what: 'rebuilt, GB/s, synced',
    value: median(rebuilt),
    sense: 'at least',
    goal: 1.5,
  },
  { what: 'scan phase, ms', value: median(scans), sense: 'at most', goal: 50 },
])
const isWithin = printLimits([
  {
    what: 'IP bytes both ways, the most of all rounds',
    value: Math.max(...seen.map(sent => bothWays(sent.traffic).ipBytes)),
    limit: knownBytesMax,
  },
])
conclude('known', isWithin && seen.every(({ isSame }) => isSame), {
  sizeBytes,
  hasReflink,
  scanMillis: scans,
  roundTrips: trips,
  sends: seen,
  disk,
})
