// How flows share a line when their round trips are the same and nothing is lost but what its queue drops: several transfers by
// pfs among themselves (Jain's index of what each brings across in the same minute), and one beside a flow of the kernel's own TCP
// (what the kernel's keeps). Over the link emulator, with queues of one and of four bandwidth-delay products; in every second round
// the other begins first. What a flow brings across counts, not what it sends. Shares decide nothing here: they are printed.
//
//   node dist/bench/cases/fairness.js [--seconds 60] [--rounds 2] [--queues 1,4] [--beside pfs,cubic,bbr] [--cc bbr] [--seed 1]

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Lab, makeLab } from '../../netsim/lab.ts'
import type { LinkProfile } from '../../netsim/profiles.ts'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { makeRandomFile, makeScratch } from '../files.ts'
import { Home } from '../pfs.ts'
import { Watched } from '../process.ts'
import { conclude, printGoals, printTable } from '../report.ts'
import { median } from '../statistics.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '2' },
    queues: { type: 'string', default: '1,4' },
    beside: { type: 'string', default: 'pfs,cubic,bbr' },
    cc: { type: 'string', default: 'bbr' },
    seed: { type: 'string', default: '1' },
  },
})
const seconds = Number(flags.seconds)
const queues = flags.queues.split(',').map(Number)
const opponents = flags.beside.split(',')
const jainLeast = 0.9
const keptLeast = 0.4
/** Of them is asked how they share alike. */
const flowsAlike = 4
/** The later ones begin so long after the first. */
const leadMillis = 2000

const rateMegabits = 100
const delayMillis = 20
/** As the simulator's fairness scenarios have it. */
const productBytes = (rateMegabits * 1000 * 2 * delayMillis) / 8

process.env.PFS_BENCH_DIR = '/dev/shm'
const scratch = makeScratch()

const lineWith = (queue: number): LinkProfile => ({
  name: `queue-${queue}`,
  why: `40 ms, and ${queue} bandwidth-delay products of queue`,
  rateMegabits,
  delayMillis,
  queueBytes: Math.round(queue * productBytes),
})

/** One that brings bytes across, until it is stopped. */
interface Flow {
  /** What it has brought across between these moments of performance.now(), once it has stopped. */
  bytesBetween(from: number, to: number): number
  stop(): Promise<void>
}

const sleep = (millis: number): Promise<void> => new Promise(resolve => setTimeout(resolve, millis))

/** More than the line carries in the time, of bytes that no other flow has. */
function startPfs(lab: Lab, name: string, share: number): () => Promise<Flow> {
  const path = join(scratch, `${name}.bin`)
  const bytes = Math.ceil(((seconds + 6) * rateMegabits * 1e6 * share) / 8 / MiB) * MiB
  makeRandomFile(path, bytes, Number(flags.seed) + name.length + name.charCodeAt(name.length - 1))
  const home = new Home(join(scratch, 'homes', name), lab.left)
  return async () => {
    const words = [
      'send',
      '--events',
      '--no-learn',
      '--congestion',
      flags.cc,
      path,
      `${lab.right.address}:9419`,
    ]
    const sender = home.start(`pfs ${name}`, words)
    const seen: { readonly at: number; readonly bytes: number }[] = []
    const sampler = setInterval(() => {
      const [, done] = [...sender.stdout.matchAll(/"bytes_done":(\d+)/g)].at(-1) ?? []
      if (done !== undefined) seen.push({ at: performance.now(), bytes: Number(done) })
    }, 100)
    await sender.says(/"phase":"transfer"/)
    return {
      bytesBetween(from, to) {
        const until = (moment: number): number => seen.findLast(({ at }) => at <= moment)?.bytes ?? 0
        return until(to) - until(from)
      },
      async stop() {
        clearInterval(sampler)
        sender.kill('SIGKILL')
        await sender.ended
        rmSync(path)
      },
    }
  }
}

interface Interval {
  readonly sum: { readonly start: number; readonly end: number; readonly bytes: number }
}

/** The kernel's, by iperf3: it tells what it did second by second when it has ended. */
function startKernel(lab: Lab, control: string): () => Promise<Flow> {
  const spawned = (side: Lab['left'], words: readonly string[]): Watched =>
    new Watched('iperf3', side.spawn('iperf3', words, { stdio: ['ignore', 'pipe', 'pipe'] }))
  return async () => {
    const server = spawned(lab.right, ['-s', '-1', '--forceflush'])
    await server.says(/Server listening/)
    const startedAt = performance.now()
    const lasts = String(seconds + (2 * leadMillis) / 1000 + 1)
    const client = spawned(lab.left, ['-c', lab.right.address, '-J', '-C', control, '-t', lasts])
    return {
      bytesBetween(from, to) {
        const { intervals } = JSON.parse(client.stdout) as { intervals: readonly Interval[] }
        return intervals
          .filter(({ sum }) => startedAt + sum.start * 1000 >= from && startedAt + sum.end * 1000 <= to + 500)
          .reduce((bytes, { sum }) => bytes + sum.bytes, 0)
      },
      async stop() {
        await Promise.all([client.ended, server.ended])
      },
    }
  }
}

/** What each brings across in the same stretch of time, from when the last has begun. */
async function contest(queue: number, beside: string, round: number): Promise<number[]> {
  const lab = await makeLab(lineWith(queue), Number(flags.seed) + round, { name: 'fair' })
  const receiving = new Home(join(scratch, 'homes', 'receiver'), lab.right)
  const out = join(scratch, 'out')
  mkdirSync(out)
  const receiver = await receiving.receive(out, ['--keep', '--no-learn'])
  const starts =
    beside === 'pfs'
      ? Array.from({ length: flowsAlike }, (_, i) => startPfs(lab, `flow-${i}`, 2 / flowsAlike))
      : [startPfs(lab, 'flow', 0.9), startKernel(lab, beside)]
  const order = [...starts.keys()]
  if (round % 2 === 1) order.reverse()
  const flows: Flow[] = []
  for (const which of order) {
    if (beside !== 'pfs' && which !== order[0]) await sleep(leadMillis)
    flows[which] = await must(starts[which], 'a flow')()
  }
  const from = performance.now()
  await sleep(seconds * 1000)
  const to = performance.now()
  await Promise.all(flows.map(flow => flow.stop()))
  await receiver.stop()
  await lab.close()
  // no path is known to the next
  for (const name of ['homes', 'out']) rmSync(join(scratch, name), { recursive: true })
  return flows.map(flow => flow.bytesBetween(from, to))
}

/** 1: all alike; 1/n: one has it all. Jain, Chiu and Hawe 1984. */
function jainOf(amounts: readonly number[]): number {
  const sum = amounts.reduce((total, one) => total + one, 0)
  return sum ** 2 / (amounts.length * amounts.reduce((total, one) => total + one ** 2, 0))
}

interface Seen {
  readonly queue: number
  readonly beside: string
  readonly megabits: readonly number[]
  readonly figure: number
}

const seen: Seen[] = []
for (let round = 0; round < Number(flags.rounds); round++)
  for (const queue of queues)
    for (const beside of opponents) {
      const amounts = await contest(queue, beside, round)
      const megabits = amounts.map(bytes => (bytes * 8) / seconds / 1e6)
      const all = amounts.reduce((total, one) => total + one, 0)
      const figure = beside === 'pfs' ? jainOf(amounts) : must(amounts[1], 'the kernel’s') / all
      seen.push({ queue, beside, megabits, figure })
      console.log(`  ${queue} BDP, ${beside}: ${megabits.map(one => one.toFixed(1)).join(' ')} Mbit/s`)
    }
rmSync(scratch, { recursive: true, force: true })

/** Rounds of one contest. */
const groups = queues.flatMap(queue =>
  opponents.map(beside => {
    const all = seen.filter(one => one.queue === queue && one.beside === beside)
    return { queue, beside, all, least: Math.min(...all.map(({ figure }) => figure)) }
  }),
)
console.log(`fairness: pfs by ${flags.cc}, ${rateMegabits} Mbit/s, ${2 * delayMillis} ms, ${seconds} s each`)
printTable(
  ['queue, BDP', 'flows', 'Mbit/s of each, by round', 'figure', 'median', 'least'],
  groups.map(({ queue, beside, all, least }) => [
    queue,
    beside === 'pfs' ? `${flowsAlike} × pfs` : `pfs and kernel ${beside}`,
    all.map(({ megabits }) => megabits.map(one => one.toFixed(0)).join('/')).join('  '),
    beside === 'pfs' ? 'Jain’s index' : 'kernel keeps',
    median(all.map(({ figure }) => figure)),
    least,
  ]),
)
printGoals(
  groups.map(({ queue, beside, all, least }) => ({
    what: `${beside === 'pfs' ? 'Jain’s index' : `what kernel ${beside} keeps`}, ${queue} BDP, least of ${all.length}`,
    value: least,
    sense: 'at least',
    goal: beside === 'pfs' ? jainLeast : keptLeast,
  })),
)
conclude('fairness', true, { seen })
