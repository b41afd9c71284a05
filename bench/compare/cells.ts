// Cells of what sessions have measured: each scenario and workload from the newest session that ran it, since only runs of
// one session are set beside each other. Pure.

import { own } from './own.ts'
import type { ContenderFacts, LineFacts, RunFacts, Session, WorkloadFacts } from './schema.ts'
import { type Cell, type Comparison, compare, judge } from './verdict.ts'

export interface Row {
  readonly contender: ContenderFacts
  readonly cell: Cell
  /** How pfs stands to it; undefined of pfs itself, and where pfs did not run. */
  readonly comparison: Comparison | undefined
}

export interface CellGroup {
  readonly session: Session
  readonly line: LineFacts
  readonly workload: WorkloadFacts
  readonly rows: readonly Row[]
}

export function groupsIn(sessions: readonly Session[]): CellGroup[] {
  const newestFirst = [...sessions].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  const groups = new Map<string, CellGroup>()
  for (const session of newestFirst)
    for (const workload of session.workloads) {
      const key = JSON.stringify([workload.scenario, workload.name])
      const line = session.lines.find(({ name }) => name === workload.scenario)
      if (!groups.has(key) && line)
        groups.set(key, { session, line, workload, rows: rowsOf(session, workload) })
    }
  return [...groups.values()].filter(({ rows }) => rows.length > 0)
}

function rowsOf(session: Session, workload: WorkloadFacts): Row[] {
  const runsOf = (name: string): RunFacts[] =>
    session.runs.filter(
      run => run.scenario === workload.scenario && run.workload === workload.name && run.contender === name,
    )
  const mine = runsOf(own)
  const ownCell = mine.length > 0 ? judge(mine) : undefined
  return session.contenders.flatMap(contender => {
    const runs = runsOf(contender.name)
    if (runs.length === 0) return []
    const cell = judge(runs)
    const isRival = contender.name !== own && ownCell !== undefined
    return [{ contender, cell, comparison: isRival ? compare(ownCell, cell) : undefined }]
  })
}

export interface Tally {
  readonly cells: number
  readonly open: number
  readonly different: number
}

export function tally(groups: readonly CellGroup[]): Tally {
  const cells = groups.flatMap(({ rows }) => rows)
  return {
    cells: cells.length,
    open: cells.filter(({ cell }) => cell.conclusion === 'open').length,
    different: cells.filter(({ cell }) => cell.runs.some(run => run.isIdentical === false)).length,
  }
}
