// A rename by paths alone, over what is there or not. Links are moved and replaced themselves. Knows no directory that is
// held.

import { type BigIntStats, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs'
import { shownText } from '../wire/text.ts'
import { look } from './confined_seen.ts'
import { errnoOf } from './file.ts'
import { systemFault } from './system_fault.ts'

/** How a file system says that it has no second names, or not for this user. */
const noSecondNames: ReadonlySet<string | undefined> = new Set([
  'EMLINK',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
])

/**
 * @param mayReplace false: a file gets its new name by link(2), which finds out what is there; all else is looked at first
 * @returns what was moved
 */
export function move(from: Buffer, to: Buffer, mayReplace: boolean): BigIntStats {
  const stats = look(from)
  if (mayReplace) {
    renameSync(from, to)
    return stats
  }
  if (lstatSync(to, { throwIfNoEntry: false })) throw systemFault('EEXIST', 'rename', shownText(to))
  if (stats.isFile() && isLinked(from, to)) unlinkSync(from)
  else renameSync(from, to)
  return stats
}

function isLinked(from: Buffer, to: Buffer): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (noSecondNames.has(errnoOf(error))) return false
    throw error
  }
}
