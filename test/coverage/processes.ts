// What the processes executed that tests start: the raw coverage that node leaves where NODE_V8_COVERAGE
// says, a file for each process and for each of its threads. Knows dist and its maps, nothing of vitest: a
// statement of src has its place in the script that was run. A process that is killed leaves no file, or half
// of one: what it did is not known.

import { readdirSync, readFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedPositionFor, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'

/** Lines are counted from 1, columns from 0, as in source maps and in vitest's coverage. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** By the path of its script: a byte for each character, 1 where any process was. */
export type Executed = ReadonlyMap<string, Uint8Array>

/** Everything that was left in `left` about the scripts below `scripts`. */
export function executed(left: string, scripts: string): Executed {
  const found = new Map<string, Uint8Array>()
  for (const name of readdirSync(left)) {
    for (const { url, functions } of scriptsOf(join(left, name))) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : ''
      if (!path.startsWith(scripts + sep)) continue
      const once = characters(functions)
      const before = found.get(path)
      if (before === undefined) found.set(path, once)
      else for (let at = 0; at < once.length; at++) if (once[at] === 1) before[at] = 1
    }
  }
  return found
}

function scriptsOf(file: string): readonly Profiler.ScriptCoverage[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Profiler.GetBestEffortCoverageReturnType).result
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

/**
 * V8 counts ranges that lie within each other, functions and their branches: the innermost one tells. The few
 * statements whose place is where a function begins (`const f = async () => …`, or what it returns) count as
 * done once it is called: rather one too few.
 */
function characters(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ranges = functions
    .flatMap(one => one.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const once = new Uint8Array(Math.max(0, ...ranges.map(range => range.endOffset)))
  for (const { startOffset, endOffset, count } of ranges) once.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  return once
}

/** Finds what stands in a source in the script that was made of it. */
export class Built {
  readonly #map: TraceMap
  /** Where each line begins. */
  readonly #lines: readonly number[]

  constructor(script: string) {
    this.#map = new TraceMap(readFileSync(`${script}.map`, 'utf8'))
    let at = 0
    this.#lines = readFileSync(script, 'utf8')
      .split('\n')
      .map(line => {
        const begin = at
        at += line.length + 1
        return begin
      })
  }

  /** The character of the script where this place of the source is; undefined when its map has none. */
  offset({ line, column }: Place): number | undefined {
    const found = generatedPositionFor(this.#map, { source: this.#map.sources[0] ?? '', line, column })
    if (found.line === null) return undefined
    // a map that does not have the place gives one before it
    const back = originalPositionFor(this.#map, found)
    if (back.line !== line || back.column !== column) return undefined
    return (this.#lines[found.line - 1] ?? 0) + found.column
  }
}
