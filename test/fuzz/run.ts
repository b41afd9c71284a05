// Fuzzes: all decoders and state machines, or those named. Prints inputs a second of each and the peak of anonymous memory;
// a crash prints its seed and the smallest input, ready for test/hostile/corpus/crashes.json, and ends it non-zero.
//
//   node dist/test/fuzz/run.js [--rounds 1] [--seed 1] [--only NAME]...        a round: 10,000 inputs and more of each decoder

import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzzers } from './all.ts'
import { round } from './round.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
  },
})
const inputsOfShare = 10_000
const rounds = Number(flags.rounds)
const seed = Number(flags.seed)
const chosen = fuzzers.filter(({ name }) => !flags.only || flags.only.includes(name))

function anonymousMiB(): number {
  if (!existsSync('/proc/self/status')) return 0
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
}

const totals = new Map<string, { inputs: number; seconds: number }>()
let peakMiB = 0
let crashes = 0
// in turn, so that a run that is stopped has fuzzed all of them
for (let number = 0; number < rounds && crashes === 0; number++) {
  for (const fuzzer of chosen) {
    const inputs = Math.ceil(fuzzer.share * inputsOfShare)
    const begun = performance.now()
    const crash = await round(fuzzer, inputs, seed + number)
    const total = totals.get(fuzzer.name) ?? { inputs: 0, seconds: 0 }
    totals.set(fuzzer.name, total)
    total.inputs += inputs
    total.seconds += (performance.now() - begun) / 1000
    peakMiB = Math.max(peakMiB, anonymousMiB())
    if (!crash) continue
    crashes++
    console.log(`CRASH of ${fuzzer.name} with --seed ${crash.seed} --only '${fuzzer.name}'`)
    console.log(JSON.stringify(crash.entry))
    console.log(crash.error.stack)
  }
}
let inputs = 0
let seconds = 0
for (const [name, total] of totals) {
  inputs += total.inputs
  seconds += total.seconds
  const each = Math.round(total.inputs / total.seconds)
  console.log(
    `${name.padEnd(20)} ${total.inputs.toLocaleString('en').padStart(12)} inputs  ${each.toLocaleString('en').padStart(9)}/s`,
  )
}
console.log(
  `${inputs.toLocaleString('en')} inputs in ${Math.round(seconds)} s, ` +
    `${Math.round(peakMiB)} MiB of anonymous memory at most, ${crashes} crashes`,
)
process.exitCode = crashes > 0 ? 1 : 0
if (chosen.length === 0)
  throw new Error(`no such fuzzer; there are: ${fuzzers.map(({ name }) => name).join(', ')}`)
