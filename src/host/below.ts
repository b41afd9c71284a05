// What may be a path below a directory: the rules of names, before anything is looked at on the disk. native/file/below.h
// has the same ones.

import { shownText } from '../wire/text.ts'
import type { Below } from './confined.ts'
import { ConfinedFault } from './confined_fault.ts'
import { isWindowsName } from './windows_names.ts'

export const slash = 0x2f
const dot = 0x2e
export const pathBytesMax = 4095
const componentBytesMax = 255

/** @param isWindows names are also what Windows takes for a name, and nothing more */
export function isBelow(path: Below, isWindows = process.platform === 'win32'): boolean {
  if (path.length > pathBytesMax || path.includes(0)) return false
  for (let start = 0; ; ) {
    const found = path.indexOf(slash, start)
    const end = found < 0 ? path.length : found
    const length = end - start
    if (length === 0 || length > componentBytesMax) return false
    if (path[start] === dot && (length === 1 || (length === 2 && path[start + 1] === dot))) return false
    if (isWindows && !isWindowsName(path.subarray(start, end))) return false
    if (found < 0) return true
    start = end + 1
  }
}

export function mustBeBelow(path: Below): void {
  if (!isBelow(path)) throw new ConfinedFault('malformed', shownText(path))
}
