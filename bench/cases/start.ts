// How long the command takes to start, beside a node that does nothing: runs alternating, the best and the median of each.
//
//   node dist/bench/cases/start.js [--rounds 15]

import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { conclude, printGoals, printTable } from '../report.ts'
import { median } from '../statistics.ts'

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const bin = resolve(import.meta.dirname, '../../bin/pfs.js')

const commands: readonly { readonly name: string; readonly words: readonly string[] }[] = [
  { name: 'node -e 0', words: ['-e', '0'] },
  { name: 'pfs --version', words: [bin, '--version'] },
  { name: 'pfs --help', words: [bin, '--help'] },
  { name: 'pfs send --help', words: [bin, 'send', '--help'] },
]
const millisOf = new Map<string, number[]>(commands.map(({ name }) => [name, []]))

for (let round = 0; round < Number(flags.rounds); round++) {
  for (const { name, words } of commands) {
    const started = performance.now()
    spawnSync(process.execPath, words)
    millisOf.get(name)?.push(performance.now() - started)
  }
}

const seen = [...millisOf].map(([name, millis]) => ({
  name,
  best: Math.min(...millis),
  median: median(millis),
}))
printTable(
  ['', 'best ms', 'median ms'],
  seen.map(({ name, best, median }) => [name, best.toFixed(0), median.toFixed(0)]),
)
const versionMillis = seen.find(({ name }) => name === 'pfs --version')?.median ?? Number.NaN
printGoals([{ what: 'pfs --version, ms', value: versionMillis, sense: 'at most', goal: 120 }])
conclude('start', true, { rounds: Number(flags.rounds), seen })
