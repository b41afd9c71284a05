// Where a thread's CPU time went, by Linux `perf`: node tells it where its JavaScript lies (--perf-basic-prof), so that
// JavaScript, the addon, node itself and the kernel are told apart. V8's own profiler cannot: it counts the time of a
// native function for the JavaScript that calls it.

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Cell } from './report.ts'

/** Prime, so as not to beat with anything periodic. */
const samplesPerSecond = 1999

export const hasPerf = (): boolean => spawnSync('perf', ['--version']).status === 0

/** What goes before a script's own words, `node` included. */
export const perfWords = (file: string, node: string): readonly string[] => [
  ...['perf', 'record', '-q', '-k', 'mono', '-e', 'cpu-clock', '-F', String(samplesPerSecond), '-o', file],
  ...[node, '--perf-basic-prof'],
]

/** JavaScript is what V8 compiled, its built-in functions, its runtime and its collector. */
export const parts = ['JavaScript', 'addon', 'node and libuv', 'libraries', 'kernel'] as const
export type Part = (typeof parts)[number]

export interface PerfProfile {
  /** Of the main thread, on a processor. */
  readonly seconds: Readonly<Record<Part, number>>
  /** milliseconds, share, function, part */
  readonly rows: readonly (readonly Cell[])[]
}

const functionsShown = 40
const outputBytesMax = 512 * 1024 * 1024

/** @param span seconds of CLOCK_MONOTONIC: what lies outside, such as node's own start, is left out */
export function readPerf(file: string, span: { readonly from: number; readonly to: number }): PerfProfile {
  const args = ['script', '-i', file, '-F', 'pid,tid,time,period,ip,sym,dso']
  const done = spawnSync('perf', args, { encoding: 'utf8', maxBuffer: outputBytesMax })
  if (done.status !== 0) throw new Error(`perf script: ${done.stderr}`)
  const seconds: Record<Part, number> = {
    JavaScript: 0,
    addon: 0,
    'node and libuv': 0,
    libraries: 0,
    kernel: 0,
  }
  const byFunction = new Map<string, { seconds: number; part: Part }>()
  const processes = new Set<string>()
  let total = 0
  for (const line of done.stdout.split('\n')) {
    const [, pid = '', tid, time, period, symbol = '', library = ''] =
      /^\s*(\d+)\/(\d+)\s+([\d.]+):\s+(\d+)\s+[0-9a-f]+ (.*) \((.*)\)$/.exec(line) ?? []
    if (pid === '' || pid !== tid) continue
    processes.add(pid)
    if (Number(time) < span.from || Number(time) > span.to) continue
    const part = partOf(symbol, library)
    const taken = Number(period) / 1e9
    seconds[part] += taken
    total += taken
    const name = nameOf(symbol)
    const known = byFunction.get(name) ?? { seconds: 0, part }
    byFunction.set(name, { seconds: known.seconds + taken, part })
  }
  for (const pid of processes) rmSync(`/tmp/perf-${pid}.map`, { force: true })
  const rows = [...byFunction]
    .sort(([, a], [, b]) => b.seconds - a.seconds)
    .slice(0, functionsShown)
    .map(([name, one]) => [
      Math.round(one.seconds * 1000),
      `${((one.seconds / total) * 100).toFixed(1)} %`,
      name,
      one.part,
    ])
  return { seconds, rows }
}

function partOf(symbol: string, library: string): Part {
  if (library.includes('[kernel') || library.endsWith('.ko')) return 'kernel'
  if (library.endsWith('.node')) return 'addon'
  if (library.includes('perf-') || library.includes('[JIT]')) return 'JavaScript'
  if (!library.endsWith('/node')) return 'libraries'
  return /^Builtins_|^v8::internal::/.test(symbol) ? 'JavaScript' : 'node and libuv'
}

/** `JS:*name file:///…/dist/src/net/driver.js:12:3` without the folder, which is this machine's. */
const nameOf = (symbol: string): string =>
  symbol
    .replace(/(file:\/\/)?\/\S*\/(?=(src|bench)\/)/, '')
    .replaceAll('(anonymous namespace)::', '')
    .slice(0, 100)
