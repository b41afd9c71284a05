// Asks a person what is to become of what is there already and different, or tells a program that somebody should be
// asked. Knows the words of the answer, and no disk.

import type { Conflict, ConflictPolicy } from '../transfer/events.ts'
import { conflictLine } from './event_lines.ts'
import { type EventWriter, jobOf } from './event_writer.ts'
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

/** What a program is told before the transfer ends: the answer of nobody is no. */
export function conflictTeller(events: EventWriter): (conflict: Conflict) => Promise<ConflictPolicy> {
  return conflict => {
    events.write(conflictLine(conflict, conflictHint), jobOf(conflict.transfer))
    return Promise.resolve('fail')
  }
}

const conflictHint =
  'To decide beforehand, run pfs recv with --on-conflict overwrite, skip, newer or rename, or into another -o DIR.'
