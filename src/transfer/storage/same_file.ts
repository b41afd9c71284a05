// Whether two open files hold the same bytes: both are here, so they are compared, not hashed.

import { MiB } from '../../base/units.ts'
import { readFully } from '../../host/file.ts'

/** What cannot be read is not known to be the same. */
export function areSame(a: number, b: number, sizeBytes: number): boolean {
  const ours = Buffer.allocUnsafe(Math.min(MiB, sizeBytes))
  const theirs = Buffer.allocUnsafe(ours.length)
  for (let at = 0; at < sizeBytes; at += MiB) {
    const length = Math.min(MiB, sizeBytes - at)
    const [x, y] = [ours.subarray(0, length), theirs.subarray(0, length)]
    if (readFully(a, x, at) !== length || readFully(b, y, at) !== length || !x.equals(y)) return false
  }
  return true
}
