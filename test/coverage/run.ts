// Runs tests and tells which share of the statements of src they executed, floor by floor: in vitest's own
// processes, and together with the commands and threads that these start (processes.ts). The statements are
// vitest's, those of files that nobody loaded included. Leaves the lines where nobody was in
// coverage/report.json, and ends as the tests did.
//
//   node dist/test/coverage/run.js [FILE | FOLDER]...    as vitest takes them; every test where none is given

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { Built, executed, type Place } from './processes.ts'

const root = resolve(import.meta.dirname, '..', '..', '..')
const folder = join(root, 'coverage')
const ofVitest = join(folder, 'vitest')
const ofProcesses = join(folder, 'processes')

/** Of one file, as istanbul writes it: where each statement is, and how often it was executed. */
interface FileCoverage {
  readonly statementMap: Readonly<Record<string, { readonly start: Place }>>
  readonly s: Readonly<Record<string, number>>
}

interface Share {
  statements: number
  own: number
  together: number
}

const status = runTests(process.argv.slice(2))
const final = join(ofVitest, 'coverage-final.json')
if (existsSync(final)) tell(count(JSON.parse(readFileSync(final, 'utf8')) as Record<string, FileCoverage>))
else console.log('vitest has counted nothing')
if (status !== 0) console.log(`The tests failed (status ${status}): what they did not come to is not in it.`)
process.exitCode = status

function runTests(chosen: readonly string[]): number {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(ofProcesses, { recursive: true })
  const options = {
    enabled: 'true',
    provider: 'v8',
    reporter: 'json',
    reportsDirectory: ofVitest,
    reportOnFailure: 'true',
    include: 'src/**/*.ts',
    exclude: '**/*.d.ts',
  }
  const words = Object.entries(options).map(([name, value]) => `--coverage.${name}=${value}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  // vitest.config.ts hands TEST_COVERAGE on as NODE_V8_COVERAGE, which vitest itself must not have
  const { NODE_V8_COVERAGE: _, ...environment } = process.env
  const { status, error } = spawnSync(process.execPath, [vitest, 'run', ...words, ...chosen], {
    cwd: root,
    env: { ...environment, TEST_COVERAGE: ofProcesses },
    stdio: 'inherit',
  })
  if (error) throw error
  return status ?? 1
}

interface Counted {
  readonly floors: ReadonlyMap<string, Share>
  /** By source, the lines at which a statement begins that nobody executed. */
  readonly nobody: ReadonlyMap<string, readonly number[]>
  /** Statements that dist's maps do not have. */
  readonly lost: number
}

function count(own: Readonly<Record<string, FileCoverage>>): Counted {
  const others = executed(ofProcesses, join(root, 'dist', 'src'))
  // a megabyte of each process
  rmSync(ofProcesses, { recursive: true })
  const floors = new Map<string, Share>()
  const nobody = new Map<string, number[]>()
  let lost = 0
  for (const [path, { statementMap, s }] of Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const source = relative(root, path)
    const script = join(root, 'dist', source.replace(/\.ts$/, '.js'))
    const built = new Built(script)
    const characters = others.get(script)
    const floor = source.split(sep)[1] ?? ''
    const share = floors.get(floor) ?? { statements: 0, own: 0, together: 0 }
    const lines = new Set<number>()
    for (const [id, { start }] of Object.entries(statementMap)) {
      const offset = built.offset(start)
      if (offset === undefined) lost++
      const byOwn = (s[id] ?? 0) > 0
      const byAny = byOwn || (offset !== undefined && characters?.[offset] === 1)
      share.statements++
      if (byOwn) share.own++
      if (byAny) share.together++
      else lines.add(start.line)
    }
    if (share.statements > 0) floors.set(floor, share)
    const sorted = [...lines].sort((a, b) => a - b)
    if (sorted.length > 0) nobody.set(source, sorted)
  }
  return { floors, nobody, lost }
}

function tell({ floors, nobody, lost }: Counted): void {
  const report = join(folder, 'report.json')
  const files = [...nobody].map(([source, lines]) => ` ${JSON.stringify(source)}: [${lines.join(', ')}]`)
  writeFileSync(report, `{\n${files.join(',\n')}\n}\n`)
  const all: Share = { statements: 0, own: 0, together: 0 }
  for (const share of floors.values()) {
    all.statements += share.statements
    all.own += share.own
    all.together += share.together
  }
  console.log(`\n${'floor'.padEnd(10)} statements     own  together`)
  for (const [floor, share] of [...floors, ['all', all] as const]) console.log(row(floor, share))
  console.log(`\nThe lines where nobody was: ${relative(root, report)}`)
  if (lost > 0)
    console.log(`${lost} statements are not in the maps of dist: counted as vitest alone saw them`)
}

function row(floor: string, { statements, own, together }: Share): string {
  // rounded down: 100 is all of them
  const percent = (part: number): string => (Math.floor((1000 * part) / statements) / 10).toFixed(1)
  return [
    floor.padEnd(10),
    statements.toLocaleString('en').padStart(10),
    percent(own).padStart(7),
    percent(together).padStart(9),
  ].join(' ')
}
