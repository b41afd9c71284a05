// Plays scenarios over many seeds: one test per scenario, named by what it says. PFS_SEEDS=1000 plays more;
// PFS_SEED=n (with PFS_SCENARIO=name) replays one and prints its trace.

import { expect, test } from 'vitest'
import { play } from '../../netsim/play.ts'
import type { Scenario } from '../../netsim/scenario.ts'

// make hands what stands on its command line (SCENARIO=…) to what it runs
const { PFS_SEED, PFS_SEEDS, SCENARIO, PFS_SCENARIO = SCENARIO } = process.env

/** What every scenario is played with, unless the environment asks for more or fewer. */
const seedsDaily = 200

/** Seeds 1 to `count`, in proportion more when the environment asks for more: long runs have few. */
export function seeds(count = seedsDaily): number[] {
  if (PFS_SEED) return [Number(PFS_SEED)]
  const asked = PFS_SEEDS ? Math.ceil((count * Number(PFS_SEEDS)) / seedsDaily) : count
  return Array.from({ length: asked }, (_, i) => i + 1)
}

/** More lines than this of a trace help nobody. */
const traceLinesMax = 2000

/** @param count fewer where a run takes most of a second */
export function sweep(scenarios: readonly Scenario[], count?: number): void {
  for (const scenario of scenarios) {
    if (PFS_SCENARIO && PFS_SCENARIO !== scenario.name) continue
    test(`${scenario.name}: ${scenario.why}`, () => {
      const failures = seeds(count).flatMap(seed => failureOf(scenario, seed) ?? [])
      expect(failures.length, `${failures.length} seeds fail; the first: ${failures[0]}`).toBe(0)
    }, 600_000)
  }
}

function failureOf(scenario: Scenario, seed: number): string | undefined {
  const trace: string[] = []
  try {
    play(scenario, seed, PFS_SEED ? { print: line => trace.push(line) } : {})
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    if (trace.length > 0) console.log(trace.slice(-traceLinesMax).join('\n'))
  }
}
