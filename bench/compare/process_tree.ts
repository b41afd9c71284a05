// What a process and all below it have used until now, and their end: for a contender that is cut off, whose own
// account of itself never comes. Linux's /proc; what has just ended counts as nothing.

import { readFileSync } from 'node:fs'

const ticksPerSecond = 100

export function treeOf(pid: number): number[] {
  try {
    const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return [pid, ...(below === '' ? [] : below.split(' ').flatMap(child => treeOf(Number(child))))]
  } catch {
    return []
  }
}

/** User and system, with those of children that were waited for. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // behind the name, which may hold anything: utime, stime, cutime and cstime are the 14th to 17th of all
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return sum + fields.slice(11, 15).reduce((all, ticks) => all + Number(ticks), 0) / ticksPerSecond
    } catch {
      return sum
    }
  }, 0)
}

export function endTree(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
}
