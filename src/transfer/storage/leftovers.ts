// What attempts at one target left that nobody will come back to: the sender's file has changed since, so it has
// another transfer id. Cleared once the target is there, and never while it may be at work. Knows journals only.

import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readJournal } from './journal.ts'

/** @param isOpen whether the object of this journal is being built right now */
export function clearLeftovers(
  jobs: string,
  peer: string,
  target: string,
  isOpen: (journal: string) => boolean,
): void {
  for (const name of readdirSync(jobs)) {
    const path = join(jobs, name)
    if (!name.endsWith('.journal') || isOpen(path)) continue
    const header = readJournal(path)?.header
    if (!header || header.peer !== peer || header.target !== target) continue
    // the journal is ours, but it is only a file: nothing is removed that is no part file of this target
    if (dirname(header.part) === dirname(target) && header.part.endsWith('.pfs-part')) {
      rmSync(header.part, { force: true })
    }
    rmSync(path, { force: true })
  }
}
