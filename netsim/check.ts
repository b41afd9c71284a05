// The link emulator against what it promises, on this machine: each check makes a link, sends over it, and says what was
// wanted and what came. A run in which the emulator was late, or the kernel dropped what it could not take, proves nothing
// either way: too noisy. Ends with 0 when all is right, 1 when something is wrong, 2 when only the machine was.
//
//   node dist/netsim/check.js [delay|rate|loss|faults|ceiling …]

import { type Check, type Outcome, overLink } from './check_outcome.ts'
import { ceilings } from './checks/ceilings.ts'
import { delays } from './checks/delays.ts'
import { faults } from './checks/faults.ts'
import { losses } from './checks/losses.ts'
import { rates } from './checks/rates.ts'
import { emulatorObstacle } from './emulator.ts'

const subjects: Readonly<Record<string, readonly Check[]>> = {
  delay: delays,
  rate: rates,
  loss: losses,
  faults,
  ceiling: ceilings,
}

/** A noisy run is tried again so often. */
const triesMax = 3

async function runAll(): Promise<number> {
  const obstacle = emulatorObstacle()
  if (obstacle !== undefined) {
    console.error(`the link emulator cannot be checked here: ${obstacle}`)
    return 2
  }
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter(name => !(name in subjects))
  if (unknown.length > 0) {
    console.error(`no such check: ${unknown.join(', ')}. There are: ${Object.keys(subjects).join(', ')}`)
    return 2
  }
  const verdicts: Outcome['verdict'][] = []
  for (const [subject, checks] of Object.entries(subjects))
    if (wanted.length === 0 || wanted.includes(subject))
      for (const check of checks) verdicts.push(await runOne(check))
  if (verdicts.includes('wrong')) return 1
  return verdicts.includes('too noisy') ? 2 : 0
}

async function runOne(check: Check): Promise<Outcome['verdict']> {
  for (let tries = 1; ; tries++) {
    const outcome = await overLink(check)
    if (outcome.verdict === 'too noisy' && tries < triesMax) continue
    console.log(`${outcome.verdict.padEnd(10)} ${check.name.padEnd(44)} ${outcome.figures}`)
    return outcome.verdict
  }
}

process.exitCode = await runAll()
