// One `pfs recv --keep` and many senders at once: whether all finish, how far the slowest is behind the middle one, what
// the receiver's memory and both sides' processors are asked for. The senders are connections of a few processes
// (bench/many_senders.ts), over loopback. Ends non-zero when one fails, a file differs, or the slowest takes more than
// three times the median.
//
//   node dist/bench/cases/many.js [--senders 500] [--processes 2] [--mib 4] [--learn]

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch } from '../files.ts'
import { Home, here } from '../pfs.ts'
import { Watched } from '../process.ts'
import { conclude, printLimits, printTable } from '../report.ts'
import { median } from '../statistics.ts'

const { values: flags } = parseArgs({
  options: {
    senders: { type: 'string', default: '500' },
    processes: { type: 'string', default: '2' },
    mib: { type: 'string', default: '4' },
    learn: { type: 'boolean', default: false },
  },
})
const senders = Number(flags.senders)
const processes = Number(flags.processes)
const sizeBytes = Number(flags.mib) * MiB
const port = 9437
const slownessMax = 3

interface Answer {
  readonly name: string
  readonly seconds: number
  readonly fault: string
}

const scratch = makeScratch()
const from = join(scratch, 'from')
const out = join(scratch, 'out')
mkdirSync(from)
for (let i = 0; i < senders; i++)
  makeRandomFile(join(from, `${String(i).padStart(4, '0')}.bin`), sizeBytes, i)

const home = new Home(join(scratch, 'receiver'), here)
// as long as the senders wait: two processes that are kept from the processor keep all of them from answering
const patient = ['--connect-timeout', '120']
const receiver = await home.receive(out, ['--keep', ...patient, ...(flags.learn ? [] : ['--no-learn'])], port)
const [, peer = ''] = must(/\b([a-z2-7]{52})\b/.exec(home.run(['version', '--json'])) ?? undefined, 'an id')
const each = Math.ceil(senders / processes)
const program = join(import.meta.dirname, '../many_senders.js')
const probe = join(import.meta.dirname, '../probe.js')
const crowd = Array.from({ length: processes }, (_, i) => {
  const costPath = join(scratch, `cost-${i}.json`)
  const place = [
    '--home',
    join(scratch, `sender-${i}`),
    '--from',
    from,
    '--port',
    String(port),
    '--peer',
    peer,
  ]
  const share = ['--first', String(i * each), '--count', String(each)]
  const child = here.spawn(process.execPath, ['--import', probe, program, ...place, ...share], {
    env: { ...process.env, PFS_BENCH_PROBE: costPath },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return new Watched(`senders ${i}`, child, costPath)
})
await Promise.all(crowd.map(one => one.says(/ready/)))
const idleBytes = receiver.rssAnonPeakBytes
const startedAt = performance.now()
for (const one of crowd) one.write('go\n')
await Promise.all(crowd.map(one => one.ended))
const wallSeconds = (performance.now() - startedAt) / 1000
await receiver.stop(60_000)

const answers = crowd.flatMap(({ stdout }) =>
  stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Answer),
)
const well = answers.filter(({ fault }) => fault === '')
const seconds = well.map(answer => answer.seconds).sort((a, b) => a - b)
const faults = new Map<string, number>()
for (const { fault } of answers) if (fault) faults.set(fault, (faults.get(fault) ?? 0) + 1)
for (const [fault, times] of faults) console.log(`${times} × ${fault}`)
for (const one of crowd) if (one.stderr) console.log(one.stderr.slice(0, 2000))
const names = readdirSync(from)
const wrong = names.filter(name => !areSame(join(from, name), join(out, name)))
const slowest = seconds.at(-1) ?? Number.NaN
const cpu = (one: Watched): number => one.cost?.cpuSeconds ?? Number.NaN
const bytes = senders * sizeBytes

console.log(
  `many: ${senders} senders of ${flags.mib} MiB in ${processes} processes, one pfs recv --keep, loopback`,
)
printTable(
  [
    'fastest s',
    'median s',
    'slowest s',
    'all s',
    'MB/s',
    'recv anon MB',
    'before',
    'recv cpu s',
    'send cpu s',
    'identical',
  ],
  [
    [
      seconds[0] ?? Number.NaN,
      median(seconds),
      slowest,
      wallSeconds,
      bytes / 1e6 / wallSeconds,
      Math.round(receiver.rssAnonPeakBytes / 1e6),
      Math.round(idleBytes / 1e6),
      cpu(receiver),
      crowd.reduce((sum, one) => sum + cpu(one), 0),
      names.length - wrong.length,
    ],
  ],
)
const isWithin = printLimits([
  { what: 'senders that did not finish', value: senders - well.length, limit: 0 },
  { what: 'files that differ', value: wrong.length, limit: 0 },
  { what: 'slowest, in medians', value: slowest / median(seconds), limit: slownessMax },
])
const anonBytes = receiver.rssAnonPeakBytes
conclude('many', isWithin, {
  senders,
  sizeBytes,
  median: median(seconds),
  slowest,
  wallSeconds,
  anonBytes,
  cpuSeconds: cpu(receiver),
})
must(answers.length === senders || undefined, 'an answer of every sender')
rmSync(scratch, { recursive: true, force: true })
