// How a case says what it saw: a small table for people, one JSON line for machines, and its verdict. A figure beside
// its limit decides; a time never does.

export type Cell = string | number

/** Prints rows under a head, each column as wide as it needs. */
export function printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  console.log(tableText(head, rows))
}

export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [head, ...rows.map(row => row.map(cell => (typeof cell === 'number' ? plain(cell) : cell)))]
  const widths = head.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)))
  return all
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const plain = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(3)

export interface Finding {
  readonly what: string
  readonly value: number
  readonly limit: number
}

/** Prints figures against their limits; true when each is at or below its own. */
export function printLimits(findings: readonly Finding[]): boolean {
  printTable(
    ['figure', 'seen', 'limit', ''],
    findings.map(({ what, value, limit }) => [what, value, limit, value <= limit ? 'ok' : 'BROKEN']),
  )
  return findings.every(({ value, limit }) => value <= limit)
}

/** What we aim at on a quiet machine. Told, never decided by. */
export interface Goal {
  readonly what: string
  readonly value: number
  readonly sense: 'at least' | 'at most'
  readonly goal: number
}

export function printGoals(goals: readonly Goal[]): void {
  const isMet = ({ value, sense, goal }: Goal): boolean =>
    sense === 'at least' ? value >= goal : value <= goal
  printTable(
    ['goal', 'seen', '', '', ''],
    goals.map(goal => [
      goal.what,
      Number.isNaN(goal.value) ? 'absent' : goal.value,
      goal.sense,
      goal.goal,
      Number.isNaN(goal.value) ? '' : isMet(goal) ? 'met' : 'not met',
    ]),
  )
}

/** The line for machines, and the exit status by the verdict. */
export function conclude(name: string, isRight: boolean, figures: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ case: name, isRight, ...figures }))
  if (!isRight) process.exitCode = 1
}
