// Whether the file that stands at a name is the one that was built for it, byte for byte: both are here, so they are
// compared, not hashed.

import { closeSync } from 'node:fs'
import type { Confined, Entry } from '../../../host/confined.ts'
import { errnoOf } from '../../../host/file.ts'
import { areSame } from '../same_file.ts'

/** @param found what stands at the target */
export function isSameFile(staging: Confined, target: Confined, path: Uint8Array, found: Entry): boolean {
  if (staging.stat(path)?.sizeBytes !== found.sizeBytes) return false
  const mine = staging.open(path, 'read')
  try {
    const theirs = openIfAllowed(target, path)
    if (theirs === undefined) return false
    try {
      return areSame(mine, theirs, found.sizeBytes)
    } finally {
      closeSync(theirs)
    }
  } finally {
    closeSync(mine)
  }
}

/** What may not be read is not known to be the same. */
function openIfAllowed(target: Confined, path: Uint8Array): number | undefined {
  try {
    return target.open(path, 'read')
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return undefined
    throw error
  }
}
