// Where the time went: reads the .cpuprofile files that `node --cpu-prof` left under a folder, one per thread, and
// prints the functions with the most self time.
//
//   node dist/bench/profile.js DIR

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Cell, printTable } from './report.ts'

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const functionsShown = 18

const head = ['self ms', 'share', 'function', 'where']

export function printProfiles(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.cpuprofile'),
  )
  for (const name of files) {
    const rows = selfTimes(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile)
    console.log(`\n${name}`)
    printTable(head, rows)
  }
}

function microsByNode({ samples, timeDeltas }: Profile): ReadonlyMap<number, number> {
  const micros = new Map<number, number>()
  samples.forEach((id, i) => {
    micros.set(id, (micros.get(id) ?? 0) + Math.max(0, timeDeltas[i] ?? 0))
  })
  return micros
}

function selfTimes(profile: Profile): Cell[][] {
  const microsOf = microsByNode(profile)
  const byFunction = new Map<string, { micros: number; name: string; where: string }>()
  let busyMicros = 0
  for (const { id, callFrame } of profile.nodes) {
    const { functionName, url, lineNumber } = callFrame
    const micros = microsOf.get(id) ?? 0
    if (functionName !== '(idle)') busyMicros += micros
    const where = url.startsWith('file:') ? relative(process.cwd(), new URL(url).pathname) : url
    const key = `${functionName} ${where} ${lineNumber}`
    const known = byFunction.get(key)
    if (known) known.micros += micros
    else
      byFunction.set(key, {
        micros,
        name: functionName || '(anonymous)',
        where: `${where}:${lineNumber + 1}`,
      })
  }
  return [...byFunction.values()]
    .sort((a, b) => b.micros - a.micros)
    .slice(0, functionsShown)
    .map(({ micros, name, where }) => {
      const share = name === '(idle)' ? '' : `${((micros / busyMicros) * 100).toFixed(1)} %`
      return [Math.round(micros / 1000), share, name, where]
    })
}

if (process.argv[1] === import.meta.filename) printProfiles(process.argv[2] ?? '.')
