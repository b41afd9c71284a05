// What a packet costs. The transport alone (bench/cases/transport.ts: literals from memory, dropped at the receiver):
// CPU per packet on each side, how often the protocol thread is woken, and, from a profile of one more round (perf, where it is), how
// much of a core is JavaScript. Then anonymous memory of `pfs send` and `pfs recv` over a line of 500 Mbit/s and 512 ms, which
// holds 32 MB. A sender's CPU includes the receiver's half of the kernel's work: on a veth it is done inline.
//
//   node dist/bench/cases/cpu.js [--full] [--mib 1024] [--rounds 5] [--mtu 1500] [--line-mib 512] [--write]
//
// --write: the profiles as text to bench/profiles/sender.txt and receiver.txt.

import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makePair, type Pair, type Side } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { buildDelayRelay, type Carried, DelayRelay } from '../delay_relay.ts'
import { areSame, makeRandomFile, makeScratch } from '../files.ts'
import { hasPerf, type PerfProfile, parts, perfWords, readPerf } from '../perf.ts'
import { finish, Home, port } from '../pfs.ts'
import { Watched } from '../process.ts'
import { conclude, printGoals, printLimits, printTable, tableText } from '../report.ts'
import { median, spread } from '../statistics.ts'
import type { Report } from './transport.ts'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mib: { type: 'string' },
    rounds: { type: 'string' },
    mtu: { type: 'string', default: '1500' },
    'line-mib': { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const mebibytes = flags.mib ?? (flags.full ? '4096' : '1024')
const rounds = Number(flags.rounds ?? (flags.full ? 5 : 3))
const lineBytes = Number(flags['line-mib'] ?? (flags.full ? 1024 : 384)) * MiB
const transport = resolve(import.meta.dirname, 'transport.js')
const line = { port: 9430, serverPort: port, delayMillis: 256, megabitsPerSecond: 500, queueBytes: 4 * MiB }
const anonBytesMax = 150_000_000
/** What the shares are told for, whatever rate this machine reached. */
const goalGigabytesPerSecond = 5 / 8

interface Sides {
  readonly sender: Report
  readonly receiver: Report
}

const scratch = makeScratch()

async function transportRound({ left, right }: Pair, profiles?: string): Promise<Sides> {
  const start = (side: Side, role: string, words: readonly string[]): Watched => {
    const node = process.execPath
    const before = profiles === undefined ? [node] : perfWords(join(profiles, role), node)
    const [command = node, ...args] = [...before, transport, role, ...words]
    return new Watched(role, side.spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  const receiver = start(right, 'pfs-receive', [right.address])
  const [where] = await receiver.says(/\{"port".*\}/)
  const { port, key } = JSON.parse(where) as { port: number; key: string }
  const sender = start(left, 'pfs-send', [right.address, String(port), key, mebibytes])
  const reports = await Promise.all([sender.says(/\{"bytes".*\}/), receiver.says(/\{"bytes".*\}/)])
  await Promise.all([sender.ended, receiver.ended])
  const [sent, received] = reports.map(([text]) => JSON.parse(text) as Report)
  if (!sent || !received || sent.bytes !== received.bytes) throw new Error('bytes are missing')
  return { sender: sent, receiver: received }
}

// ---- packets

/** @param packets of a side: those of its own direction of data */
function packetFigures(rounds: readonly Sides[], side: keyof Sides): Record<string, number[]> {
  const packetsOf = (sides: Sides) =>
    (side === 'sender' ? sides.sender.stats?.packetsSent : sides.receiver.stats?.packetsReceived) ??
    Number.NaN
  const each = (of: (report: Report, packets: number) => number) =>
    rounds.map(sides => of(sides[side], packetsOf(sides)))
  return {
    'Gbit/s': each(({ bytes, seconds }) => (bytes * 8) / seconds / 1e9),
    'CPU µs per packet': each(({ cpuSeconds }, packets) => (cpuSeconds / packets) * 1e6),
    'CPU s/GB': each(({ cpuSeconds, bytes }) => (cpuSeconds / bytes) * 1e9),
    packets: each((_, packets) => packets),
    'wake-ups per GB': each(({ wakeUps, bytes }) => (wakeUps / bytes) * 1e9),
    'loop turns per GB': each(({ turns, bytes }) => (turns / bytes) * 1e9),
    'thread busy %': each(({ busyShare }) => busyShare * 100),
    'anon MB': each(({ rssAnonBytes }) => rssAnonBytes / 1e6),
  }
}

/** Of a core, at 5 Gbit/s. */
const scriptShare = ({ seconds }: PerfProfile, { bytes }: Report): number =>
  (seconds.JavaScript / (bytes / 1e9)) * goalGigabytesPerSecond

function writeProfile(name: string, { seconds, rows }: PerfProfile, report: Report): void {
  const gigabytes = report.bytes / 1e9
  const lines = [
    `The protocol thread of the ${name}: the transport alone, ${mebibytes} MiB, MTU ${flags.mtu}; perf, cpu-clock.`,
    `node ${process.version}, ${cpus()[0]?.model ?? 'a processor'}, ${cpus().length} of them; bench/cases/cpu.ts --write`,
    `${((report.bytes * 8) / report.seconds / 1e9).toFixed(2)} Gbit/s while profiled`,
    '',
    tableText(
      ['part', 's/GB', '% of a core at 5 Gbit/s'],
      parts.map(part => {
        const each = seconds[part] / gigabytes
        return [part, each, (each * goalGigabytesPerSecond * 100).toFixed(1)]
      }),
    ),
    '',
    tableText(['self ms', 'share', 'function', 'part'], rows),
  ]
  const folder = resolve('bench', 'profiles')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.txt`), `${lines.join('\n')}\n`)
}

// ---- memory

interface OverLine {
  readonly carried: Carried
  readonly seconds: number
  readonly senderAnonBytes: number
  readonly receiverAnonBytes: number
  readonly isSame: boolean
}

async function overLine(pair: Pair): Promise<OverLine | undefined> {
  const program = buildDelayRelay(scratch)
  if (program === undefined) return undefined
  const source = join(scratch, 'random.bin')
  makeRandomFile(source, lineBytes, Date.now())
  const relay = await DelayRelay.open(program, pair.right, line)
  const out = join(scratch, 'out')
  const receiver = await new Home(join(scratch, 'receiver'), pair.right).receive(out)
  const sender = new Home(join(scratch, 'sender'), pair.left).send(source, pair.right.address, [], line.port)
  const [document] = await Promise.all([finish(sender), finish(receiver)])
  return {
    carried: await relay.close(),
    seconds: document.elapsed_seconds,
    senderAnonBytes: sender.rssAnonPeakBytes,
    receiverAnonBytes: receiver.rssAnonPeakBytes,
    isSame: areSame(source, join(out, 'random.bin')),
  }
}

const pair = makePair(Number(flags.mtu))
const seen: Sides[] = []
const profiles = join(scratch, 'profiles')
let profiled: Sides | undefined
mkdirSync(profiles)
let long: OverLine | undefined
try {
  for (let round = 0; round < rounds; round++) seen.push(await transportRound(pair))
  if (hasPerf()) profiled = await transportRound(pair, profiles)
  long = await overLine(pair)
} finally {
  pair.remove()
}

const figures = { sender: packetFigures(seen, 'sender'), receiver: packetFigures(seen, 'receiver') }
console.log(`cpu: the transport alone, ${mebibytes} MiB, MTU ${flags.mtu}, medians of ${rounds}`)
printTable(
  ['', 'sender', 'spread', 'receiver', 'spread'],
  Object.keys(figures.sender).map(what => {
    const columns = [figures.sender[what] ?? [], figures.receiver[what] ?? []]
    return [what, ...columns.flatMap(values => [median(values), spread(values)])]
  }),
)
const shares = { sender: Number.NaN, receiver: Number.NaN }
for (const [side, role] of [
  ['sender', 'pfs-send'],
  ['receiver', 'pfs-receive'],
] as const) {
  if (!profiled) continue
  const profile = readPerf(join(profiles, role), profiled[side])
  shares[side] = scriptShare(profile, profiled[side])
  if (flags.write) writeProfile(side, profile, profiled[side])
}
console.log()
printGoals([
  {
    what: 'sender, CPU µs per packet',
    value: median(figures.sender['CPU µs per packet'] ?? []),
    sense: 'at most',
    goal: 1.5,
  },
  ...(['sender', 'receiver'] as const).flatMap(side => [
    {
      what: `${side}, JavaScript at 5 Gbit/s, % of a core`,
      value: shares[side] * 100,
      sense: 'at most' as const,
      goal: 15,
    },
    {
      what: `${side}, wake-ups per GB`,
      value: median(figures[side]['wake-ups per GB'] ?? []),
      sense: 'at most' as const,
      goal: 16_000,
    },
  ]),
])
console.log()
if (long) {
  const { carried, seconds } = long
  const rate = ((lineBytes * 8) / seconds / 1e6).toFixed(0)
  console.log(
    `pfs send of ${lineBytes / MiB} MiB over ${line.megabitsPerSecond} Mbit/s and ${2 * line.delayMillis} ms: ` +
      `${rate} Mbit/s, ${carried.dropped[0]} packets dropped`,
  )
  // the line's way out and its queue; what its way back has acknowledged already is not in it
  const value = carried.heldBytesMax[0] / 1e6
  printGoals([{ what: 'MB on the way out at once', value, sense: 'at least', goal: 16 }])
} else console.log('memory over a long line: absent, bench/delay_relay.cc does not build here')
const isWithin =
  long === undefined ||
  printLimits([
    { what: 'sender, anonymous bytes', value: long.senderAnonBytes, limit: anonBytesMax },
    { what: 'receiver, anonymous bytes', value: long.receiverAnonBytes, limit: anonBytesMax },
  ])
conclude('cpu', isWithin && long?.isSame !== false, { mebibytes, rounds: seen, shares, long })
