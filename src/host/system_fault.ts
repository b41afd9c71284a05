// Faults of the system where node:fs was not asked, or told nothing: as node:fs throws them. Knows errnos, no call.

import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'

/** The addon's result: the count, or what node:fs would have thrown. */
export function counted(result: number, syscall: string): number {
  if (result < 0) throw systemFault(getSystemErrorName(result), syscall)
  return result
}

/** @param code the name of an errno, on platforms too that have no number for it */
export function systemFault(code: string, syscall: string, path?: string): Error {
  const numbers: Readonly<Record<string, number | undefined>> = constants.errno
  const fault = new Error(`${code}: ${syscall}${path === undefined ? '' : `, ${path}`}`)
  return Object.assign(
    fault,
    { code, errno: -(numbers[code] ?? 0), syscall },
    path === undefined ? {} : { path },
  )
}
