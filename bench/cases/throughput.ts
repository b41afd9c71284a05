// One incompressible file between two namespaces: `pfs send` to `pfs recv`, beside a plain node:net copy (file,
// socket, file, synced, confirmed) over the same veth. Rounds alternate, because the machine's speed drifts; CPU
// seconds per GB are the steadier figure. Every round starts from empty pools and is compared byte for byte.
//
//   node dist/bench/cases/throughput.js [--full] [--mib 1024] [--rounds 1] [--mtu 1500] [--no-learn]
//     [--only pfs|tcp] [--profile DIR] [--node-flag=--FLAG]…

import { readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makePair, type Pair } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch, warmMemory } from '../files.ts'
import { finish, Home } from '../pfs.ts'
import { machineBusySeconds, Watched } from '../process.ts'
import { printProfiles } from '../profile.ts'
import { conclude, printTable } from '../report.ts'

interface Round {
  readonly kind: 'pfs' | 'tcp'
  readonly isSame: boolean
  /** From the start of the sending process to its end. */
  readonly wallSeconds: number
  /** As the sender itself says, from connect to confirmation. */
  readonly transferSeconds: number
  readonly senderCpuSeconds: number
  readonly receiverCpuSeconds: number
  readonly senderAnonBytes: number
  readonly receiverAnonBytes: number
  /** What everyone else on the machine used meanwhile. */
  readonly foreignCpuSeconds: number
  readonly wireBytes: number | undefined
}

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mib: { type: 'string' },
    rounds: { type: 'string' },
    mtu: { type: 'string', default: '1500' },
    'no-learn': { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
})
const sizeBytes = Number(flags.mib ?? (flags.full ? 2048 : 1024)) * MiB
const rounds = Number(flags.rounds ?? (flags.full ? 3 : 1))
const tcpCopy = resolve(import.meta.dirname, '../tcp_copy.js')
const probe = resolve(import.meta.dirname, '../probe.js')

/** Node's flags for a side; with --profile each of its threads leaves a profile. */
function nodeFlags(side: string): string[] {
  const profile =
    flags.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', join(resolve(flags.profile), side)]
  return [...profile, ...flags['node-flag']]
}

async function pfsRound(pair: Pair, scratch: string, source: string): Promise<Round> {
  const homes = [join(scratch, 'sender'), join(scratch, 'receiver')] as const
  const learn = flags['no-learn'] ? ['--no-learn'] : []
  const sending = new Home(homes[0], pair.left, { nodeFlags: nodeFlags('sender') })
  const receiving = new Home(homes[1], pair.right, { nodeFlags: nodeFlags('receiver') })
  const out = join(scratch, 'out')
  const receiver = await receiving.receive(out, ['--once', ...learn])
  const busyBefore = machineBusySeconds()
  const sender = sending.send(source, pair.right.address, learn)
  const [sent] = await Promise.all([finish(sender), finish(receiver)])
  const round = measure('pfs', { sender, receiver, busyBefore, target: join(out, 'random.bin'), source })
  for (const folder of [...homes, out]) rmSync(folder, { recursive: true, force: true })
  return { ...round, transferSeconds: sent.elapsed_seconds, wireBytes: sent.wire_bytes }
}

async function tcpRound(pair: Pair, scratch: string, source: string): Promise<Round> {
  const target = join(scratch, 'tcp.bin')
  const start = (name: 'left' | 'right', words: readonly string[]): Watched => {
    const costPath = join(scratch, `tcp-${name}.json`)
    const env = { ...process.env, PFS_BENCH_PROBE: costPath }
    const args = ['--import', probe, tcpCopy, ...words]
    const child = pair[name].spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    return new Watched(`tcp ${name}`, child, costPath)
  }
  const receiver = start('right', ['receive', pair.right.address, target])
  const port = (await receiver.says(/"port":(\d+)/))[1] ?? ''
  const busyBefore = machineBusySeconds()
  const sender = start('left', ['send', pair.right.address, port, source])
  const [{ code }] = await Promise.all([sender.ended, receiver.ended])
  if (code !== 0) throw new Error(`the TCP copy failed\n${sender.tail}${receiver.tail}`)
  const round = measure('tcp', { sender, receiver, busyBefore, target, source })
  rmSync(target)
  return round
}

interface Finished {
  readonly sender: Watched
  readonly receiver: Watched
  readonly busyBefore: number
  readonly target: string
  readonly source: string
}

function measure(kind: 'pfs' | 'tcp', { sender, receiver, busyBefore, target, source }: Finished): Round {
  const busy = machineBusySeconds() - busyBefore
  const senderCpuSeconds = sender.cost?.cpuSeconds ?? Number.NaN
  const receiverCpuSeconds = receiver.cost?.cpuSeconds ?? Number.NaN
  return {
    kind,
    isSame: areSame(source, target),
    wallSeconds: sender.elapsedSeconds,
    transferSeconds: sender.elapsedSeconds,
    senderCpuSeconds,
    receiverCpuSeconds,
    senderAnonBytes: sender.rssAnonPeakBytes,
    receiverAnonBytes: receiver.rssAnonPeakBytes,
    foreignCpuSeconds: Math.max(0, busy - senderCpuSeconds - receiverCpuSeconds),
    wireBytes: undefined,
  }
}

const gigabitsPerSecond = (seconds: number): number => (sizeBytes * 8) / seconds / 1e9

function row(round: Round): (string | number)[] {
  const perGigabyte = (seconds: number) => ((seconds / sizeBytes) * 1e9).toFixed(2)
  const megabytes = (bytes: number) => Math.round(bytes / 1e6)
  return [
    round.kind,
    gigabitsPerSecond(round.wallSeconds),
    gigabitsPerSecond(round.transferSeconds),
    perGigabyte(round.senderCpuSeconds),
    perGigabyte(round.receiverCpuSeconds),
    megabytes(round.senderAnonBytes),
    megabytes(round.receiverAnonBytes),
    `${Math.round((round.foreignCpuSeconds / round.wallSeconds) * 100)} %`,
    round.wireBytes === undefined ? '-' : (round.wireBytes / sizeBytes).toFixed(4),
    round.isSame ? 'identical' : 'DIFFERENT',
  ]
}

const scratch = makeScratch()
const source = join(scratch, 'random.bin')
makeRandomFile(source, sizeBytes, Date.now())
const pair = makePair(Number(flags.mtu))
const seen: Round[] = []
try {
  for (let i = 0; i < rounds; i++) {
    warmMemory(scratch, 1.5 * sizeBytes)
    if (flags.only !== 'tcp') seen.push(await pfsRound(pair, scratch, source))
    warmMemory(scratch, 1.5 * sizeBytes)
    if (flags.only !== 'pfs') seen.push(await tcpRound(pair, scratch, source))
  }
} finally {
  pair.remove()
}
const congestion = readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim()
console.log(
  `throughput: ${sizeBytes / MiB} MiB incompressible, MTU ${flags.mtu}; tcp (${congestion}) is not encrypted`,
)
const head = [
  '',
  'Gbit/s wall',
  'transfer',
  'send s/GB',
  'recv s/GB',
  'send anon MB',
  'recv anon MB',
  'others',
  'wire',
  '',
]
printTable(head, seen.map(row))
if (flags.profile !== undefined) printProfiles(resolve(flags.profile))
conclude(
  'throughput',
  seen.every(round => round.isSame),
  { sizeBytes, congestion, rounds: seen },
)
