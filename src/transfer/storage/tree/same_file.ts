// Whether the file that stands at a name is the one that was built for it, byte for byte: both are here, so they are
// compared, not hashed.

import { closeSync } from 'node:fs'
import type { Confined, Entry } from '../../../host/confined.ts'
import { areSame } from '../same_file.ts'

/** @param found what stands at the target */
export function isSameFile(staging: Confined, target: Confined, path: Uint8Array, found: Entry): boolean {
  if (staging.stat(path)?.sizeBytes !== found.sizeBytes) return false
  const mine = staging.open(path, 'read')
  try {
    const theirs = target.open(path, 'read')
    try {
      return areSame(mine, theirs, found.sizeBytes)
    } finally {
      closeSync(theirs)
    }
  } finally {
    closeSync(mine)
  }
}
