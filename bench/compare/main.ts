// `make compare`, `make compare-large`: pfs and everything it wants to beat, over the same lines, in the same rounds.
// Ends non-zero when a file is wrong or pfs failed; what is faster than what decides nothing. bench/README.md, Comparing
//
//   node dist/bench/compare/main.js [--form quick|large] [--scenario A,B] [--workload A,B] [--contender A,B]
//                                   [--rounds 3] [--cap SECONDS] [--seed 1] [--tmpfs] [--list]

import { parseArgs } from 'node:util'
import { emulatorObstacle } from '../../netsim/emulator.ts'
import { canMakePairs, makePair } from '../../netsim/netns.ts'
import { makeScratch } from '../files.ts'
import { groupsIn, tally } from './cells.ts'
import { lookAtMachine } from './conditions.ts'
import { contenders } from './contenders/table.ts'
import { groupsOf, unknownNames } from './matrix.ts'
import { own } from './own.ts'
import { writeReports } from './report/files.ts'
import { groupText } from './report/terminal.ts'
import { keepSession } from './results.ts'
import { type Form, scenarios } from './scenarios.ts'
import type { RunFacts, Session } from './schema.ts'
import { runSession } from './session.ts'
import { runsLeast } from './verdict.ts'
import { workloads } from './workloads.ts'

const capSeconds: Record<Form, number> = { quick: 12, large: 60 }

const usage = `compare [--form quick|large] [--scenario A,B] [--workload A,B] [--contender A,B]
        [--rounds 3] [--cap SECONDS] [--seed 1] [--tmpfs] [--list]
bench/README.md, Comparing, says what comes of it; --list, which cells a form has.`

const options = {
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    form: { type: 'string', default: 'quick' },
    scenario: { type: 'string' },
    workload: { type: 'string' },
    contender: { type: 'string' },
    rounds: { type: 'string', default: String(runsLeast) },
    cap: { type: 'string' },
    seed: { type: 'string', default: '1' },
    tmpfs: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
} as const
const flags = flagsGiven()

function flagsGiven() {
  try {
    return parseArgs(options).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(2)
  }
}

function complain(text: string): void {
  console.error(text)
  process.exitCode = 2
}

/** What keeps it from beginning; undefined: nothing. */
function obstacle(): string | undefined {
  if (flags.form !== 'quick' && flags.form !== 'large') return `--form ${flags.form}: quick or large`
  for (const [what, known] of [
    ['scenario', scenarios],
    ['workload', workloads],
    ['contender', contenders],
  ] as const) {
    const names = known.map(({ name }) => name)
    const unknown = unknownNames(flags[what], names)
    if (unknown.length > 0) return `no such ${what}: ${unknown.join(', ')}. There are: ${names.join(', ')}`
  }
  const numbers = [flags.rounds, flags.seed, ...(flags.cap === undefined ? [] : [flags.cap])].map(Number)
  if (!numbers.every(value => Number.isInteger(value) && value > 0))
    return 'rounds, cap and seed are whole numbers'
  return undefined
}

function told(run: RunFacts): string {
  const took = run.seconds === null ? '' : ` ${run.seconds.toFixed(2)} s`
  const what = run.ending === 'done' ? (run.isIdentical === false ? ' DIFFERENT' : '') : ` ${run.ending}`
  const why = run.disturbances.length > 0 ? `; ${run.disturbances.join('; ')}` : ''
  const name = `${run.scenario} ${run.workload} ${run.contender}`
  return `  ${name}:${took}${what}${run.attempt > 0 ? `, try ${run.attempt + 1}` : ''}${why}`
}

async function main(): Promise<void> {
  if (flags.help) return console.log(usage)
  const wrong = obstacle()
  if (wrong) return complain(wrong)
  const form = flags.form as Form
  const groups = groupsOf(form, { scenarios, workloads, contenders }, flags)
  if (flags.list) {
    for (const { scenario, workload, contenders } of groups)
      console.log(`${scenario.name}\t${workload.name}\t${contenders.map(({ name }) => name).join(', ')}`)
    return
  }
  if (!canMakePairs()) return complain('it makes network namespaces: that takes Linux, root and iproute2')
  const needed = groups.some(({ scenario }) => scenario.profile !== undefined)
    ? emulatorObstacle()
    : undefined
  if (needed) return complain(`the link emulator: ${needed}; SCENARIO=raw goes without`)
  if (flags.tmpfs) process.env.PFS_BENCH_DIR = '/dev/shm'
  const scratch = makeScratch()
  const preparation = makePair()
  let path = ''
  try {
    const session = await runSession(
      {
        ...{ form, groups, scratch, preparation, rounds: Number(flags.rounds) },
        capSeconds: Number(flags.cap ?? capSeconds[form]),
        seed: Number(flags.seed),
        machine: lookAtMachine(scratch),
        startedAt: new Date().toISOString(),
      },
      {
        ran: run => console.error(told(run)),
        held(session, { scenario, workload }, isWhole) {
          path = keepSession(session)
          if (!isWhole) return
          const shown = groupsIn([session]).filter(
            group => group.line.name === scenario.name && group.workload.name === workload.name,
          )
          for (const group of shown) console.log(groupText(group))
        },
      },
    )
    conclude(session, path)
  } finally {
    preparation.remove()
  }
}

function conclude(session: Session, path: string): void {
  const shown = groupsIn([session])
  const { cells, open, different } = tally(shown)
  const absent = session.contenders.filter(({ version }) => version === null).map(({ name }) => name)
  if (absent.length > 0) console.log(`absent, see make setup-rivals: ${absent.join(', ')}`)
  if (open > 0) console.log(`${open} of ${cells} cells are not concluded; nothing follows from them`)
  if (different > 0) console.log(`WRONG: ${different} cells have a file that differs`)
  const ownFailed = session.runs.filter(({ contender, ending }) => contender === own && ending === 'failed')
  for (const { scenario, workload, note } of ownFailed)
    console.log(`pfs failed: ${scenario} ${workload}: ${note}`)
  console.log([path, ...writeReports([session])].join('\n'))
  if (different > 0 || ownFailed.length > 0) process.exitCode = 1
}

await main()
