// Asks a person what is to become of what is there already and different. Knows the words of the answer, and no disk.

import type { Conflict, ConflictPolicy } from '../transfer/events.ts'
import type { Terminal } from './terminal.ts'

const answers: Readonly<Record<string, ConflictPolicy>> = {
  o: 'overwrite',
  overwrite: 'overwrite',
  s: 'skip',
  skip: 'skip',
  n: 'newer',
  newer: 'newer',
  r: 'rename',
  rename: 'rename',
}

/** Named one by one; the rest is a number. */
const shownMax = 5

/** Whatever is no answer leaves everything as it is. */
export function conflictAsker(
  terminal: Terminal,
  ask: (question: string) => Promise<string>,
): (conflict: Conflict) => Promise<ConflictPolicy> {
  return async ({ paths, count }) => {
    terminal.say('Here already, and different:')
    for (const path of paths.slice(0, shownMax)) terminal.say(`  ${path}`)
    const more = count - Math.min(paths.length, shownMax)
    if (more > 0) terminal.say(`  and ${more} more`)
    const answer = await ask('[o]verwrite, [s]kip, keep the [n]ewer, [r]ename what comes, [A]bort: ')
    return answers[answer.trim().toLowerCase()] ?? 'fail'
  }
}
