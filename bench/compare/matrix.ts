// Which cells a session runs: scenario × workload × contender, less what a form leaves out, what a contender cannot
// carry, and what the filters say. Pure.

import type { Form, Scenario } from './scenarios.ts'
import type { Workload } from './workloads.ts'

export interface Entrant {
  readonly name: string
  /** What it does about what the receiver has: nothing, or it says that it can use it. */
  readonly isDelta: boolean
  readonly carries: readonly ('file' | 'tree')[]
  readonly isMemory: boolean
  /** Of those that copy all anew, the few that stand for the others where both sides hold an older version. */
  readonly isYardstick: boolean
  /** The one line where a new file tells something of it; left out: it runs wherever it can. */
  readonly onlyNewOver?: string
}

export interface Group<E extends Entrant> {
  readonly scenario: Scenario
  readonly workload: Workload
  readonly contenders: readonly E[]
}

export interface Filters {
  readonly scenario?: string | undefined
  readonly workload?: string | undefined
  readonly contender?: string | undefined
}

export function groupsOf<E extends Entrant>(
  form: Form,
  {
    scenarios,
    workloads,
    contenders,
  }: { scenarios: readonly Scenario[]; workloads: readonly Workload[]; contenders: readonly E[] },
  filters: Filters,
): Group<E>[] {
  const isIn = (scenario: Scenario): boolean =>
    filters.scenario
      ? matches(filters.scenario, scenario.name)
      : form === 'large' || scenario.quick !== undefined
  const isRun = (workload: Workload): boolean =>
    filters.workload ? matches(filters.workload, workload.name) : form === 'large' || workload.isQuick
  return scenarios.filter(isIn).flatMap(scenario =>
    workloads.filter(isRun).flatMap(workload => {
      if (scenario.onlyWorkload !== undefined && scenario.onlyWorkload !== workload.name) return []
      const chosen = contenders.filter(
        one =>
          canRun(one, workload, scenario) && (!filters.contender || matches(filters.contender, one.name)),
      )
      return chosen.length > 0 ? [{ scenario, workload, contenders: chosen }] : []
    }),
  )
}

/** Memory to memory is a ceiling for one new file alone; what copies all anew shows the same for every old version. */
function canRun(
  { carries, isMemory, isDelta, isYardstick, onlyNewOver }: Entrant,
  { kind, content, change }: Workload,
  { name }: Scenario,
): boolean {
  if (!carries.includes(kind)) return false
  if (onlyNewOver !== undefined) return onlyNewOver === name && content === 'random' && change === undefined
  if (isMemory) return content === 'random' && change === undefined
  return change === undefined || isDelta || isYardstick
}

/** Names of a filter that name nothing: said, rather than an empty session. */
export function unknownNames(filter: string | undefined, known: readonly string[]): string[] {
  return (filter?.split(',') ?? []).filter(name => !known.some(one => matches(name, one)))
}

/** The whole name, so that `pfs` is not also `pfs --no-learn`; several by commas. */
export const matches = (filter: string, name: string): boolean => filter.split(',').includes(name)
