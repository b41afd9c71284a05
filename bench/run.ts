// All measurements, or those named: each case is a program of its own, run one after the other because they share two
// cores. Ends non-zero when a case says that something is wrong; a time is never wrong. bench/README.md
//
//   node dist/bench/run.js [--full] [CASE…]

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { canMakePairs } from '../netsim/netns.ts'

interface Case {
  readonly name: string
  /** The quick form: a few minutes for all of them together. */
  readonly quick: readonly string[]
  /** What the figures we quote were measured with. */
  readonly full: readonly string[]
}

const cases: readonly Case[] = [
  { name: 'start', quick: [], full: [] },
  { name: 'native', quick: ['--mib', '512', '--rounds', '3'], full: ['--full'] },
  { name: 'small_files', quick: ['--tmpfs', '--rounds', '3'], full: ['--tmpfs'] },
  { name: 'transport', quick: ['--mib', '512', '--rounds', '1'], full: [] },
  { name: 'cpu', quick: ['--mib', '512', '--rounds', '1'], full: ['--full'] },
  { name: 'throughput', quick: [], full: ['--full'] },
  { name: 'rivals', quick: [], full: ['--full'] },
  { name: 'repeat', quick: ['--mib', '512'], full: [] },
  { name: 'known', quick: ['--mib', '512'], full: ['--full'] },
  { name: 'trees', quick: ['--files', '5000', '--rounds', '1'], full: [] },
  { name: 'memory', quick: [], full: ['--full'] },
  { name: 'hostile_memory', quick: ['--divide', '8'], full: [] },
  { name: 'stall', quick: ['--mib', '256'], full: ['--mib', '1024', '--rounds', '5'] },
  { name: 'capture', quick: [], full: [] },
  { name: 'many', quick: ['--senders', '200', '--mib', '1'], full: ['--mib', '2'] },
  { name: 'flood', quick: ['--mib', '256'], full: [] },
  { name: 'kills', quick: ['--kills', '3', '--mib', '256'], full: ['--full'] },
]

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean', default: false } },
})

function run(): number {
  const unknown = positionals.filter(name => !cases.some(one => one.name === name))
  if (unknown.length > 0) {
    console.error(
      `no such case: ${unknown.join(', ')}. There are: ${cases.map(({ name }) => name).join(', ')}`,
    )
    return 2
  }
  if (!canMakePairs()) {
    console.error('the benches make network namespaces: they need Linux, root and iproute2')
    return 2
  }
  const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const wrong = chosen.filter(({ name, quick, full }) => {
    console.log(`\n== ${name}`)
    const program = join(import.meta.dirname, 'cases', `${name}.js`)
    return (
      spawnSync(process.execPath, [program, ...(flags.full ? full : quick)], { stdio: 'inherit' }).status !==
      0
    )
  })
  if (wrong.length > 0) console.log(`\nwrong: ${wrong.map(({ name }) => name).join(', ')}`)
  return wrong.length > 0 ? 1 : 0
}

process.exitCode = run()
