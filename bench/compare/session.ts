// A session: every group of cells one after the other, its rounds interleaved over the contenders, so that a slow minute
// of the machine falls on all alike. A disturbed run is repeated, at most twice, and then marked. What has been measured
// is handed out after every round, so that a session that is broken off has lost little.

import type { Pair } from '../../netsim/netns.ts'
import { must } from '../../src/base/assert.ts'
import type { Contender } from './contenders/contender.ts'
import { factsOf } from './line.ts'
import type { Group } from './matrix.ts'
import { type Race, runOnce, scratchFolderOf } from './race.ts'
import type { Form } from './scenarios.ts'
import type { ContenderFacts, LineFacts, Machine, RunFacts, Session, WorkloadFacts } from './schema.ts'
import { schemaVersion } from './schema.ts'
import { makeWorkload, Stage } from './workload_files.ts'

const repeatsMax = 2
/** A file younger than this is not trusted by the stat cache, rightly. */
const racyMillis = 3000

export interface Plan {
  readonly form: Form
  readonly groups: readonly Group<Contender>[]
  readonly rounds: number
  readonly capSeconds: number
  readonly seed: number
  readonly scratch: string
  readonly machine: Machine
  readonly startedAt: string
  readonly preparation: Pair
}

export interface Ears {
  /** After each run. */
  ran(run: RunFacts): void
  /** After each round, and at the end of each group. */
  held(session: Session, group: Group<Contender>, isWhole: boolean): void
}

export async function runSession(plan: Plan, ears: Ears): Promise<Session> {
  const lines: LineFacts[] = []
  const made: WorkloadFacts[] = []
  const runs: RunFacts[] = []
  const taking = [...new Set(plan.groups.flatMap(({ contenders }) => contenders))]
  const session = (): Session => ({
    schema: schemaVersion,
    startedAt: plan.startedAt,
    form: plan.form,
    rounds: plan.rounds,
    capSeconds: plan.capSeconds,
    machine: plan.machine,
    lines: [...lines],
    workloads: [...made],
    contenders: taking.map(contenderFacts),
    runs: [...runs],
  })
  for (const group of plan.groups) {
    const { scenario, workload } = group
    if (!lines.some(({ name }) => name === scenario.name))
      lines.push(await factsOf(scenario.name, scenario.profile))
    const sizes = plan.form === 'quick' ? (scenario.quick ?? scenario.large) : scenario.large
    const files = makeWorkload(
      workload,
      sizes,
      `${plan.scratch}/${scenario.name}-${workload.name}`,
      plan.seed,
    )
    const { sizeBytes, fileCount, zstdShare } = files
    const { name, title } = workload
    made.push({ name, title, scenario: scenario.name, sizeBytes, fileCount, seed: plan.seed, zstdShare })
    const stage = new Stage(files)
    await new Promise(resolve => setTimeout(resolve, racyMillis))
    const race = (contender: Contender, round: number): Race => ({
      ...{ contender, round, stage, sizeBytes, kind: workload.kind },
      ...{ scenario: scenario.name, workload: name, profile: scenario.profile },
      hasOld: workload.change !== undefined,
      preparation: plan.preparation,
      folder: scratchFolderOf(plan.scratch),
      capSeconds: plan.capSeconds,
      seed: plan.seed,
    })
    for (let round = 0; round < plan.rounds; round++) {
      for (const contender of group.contenders) {
        if (contender.find() === undefined) continue
        runs.push(await undisturbed(race(contender, round)))
        ears.ran(must(runs.at(-1), 'a run'))
      }
      ears.held(session(), group, round === plan.rounds - 1)
    }
    stage.remove()
  }
  return session()
}

/** What is cut off or fails is not repeated: it takes long, and noise is seldom why. */
async function undisturbed(race: Race): Promise<RunFacts> {
  for (let attempt = 0; ; attempt++) {
    const run = await runOnce(race, attempt)
    if (run.disturbances.length === 0 || run.ending !== 'done' || attempt === repeatsMax) return run
  }
}

function contenderFacts({ name, find, isEncrypted, isSynced, isMemory }: Contender): ContenderFacts {
  return { name, version: find() ?? null, isEncrypted, isSynced, isMemory }
}
