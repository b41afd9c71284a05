// How a fault reads: the sentence, what to do next, the exit status; as two lines for people or one document for
// machines. Whatever is not a PfsError is a bug of ours and says so.

import { type PfsCode, PfsError } from '../base/errors.ts'
import { errnoOf } from '../host/file.ts'
import { nextSteps } from './next_step.ts'
import type { Context } from './verb.ts'

export interface Fault {
  readonly code: PfsCode
  readonly exitStatus: number
  readonly message: string
  readonly hint: string
}

export function faultOf(error: unknown): Fault {
  if (error instanceof PfsError) {
    const { code, exitStatus, message, hint } = error
    return { code, exitStatus, message, hint: hint ?? nextSteps[code] }
  }
  const message = error instanceof Error ? error.message : String(error)
  if (errnoOf(error) !== undefined && error instanceof Error && 'syscall' in error) {
    // the system's fault rather than ours, though nobody foresaw it there
    const hint = 'Put that right, and run the same command again.'
    return { code: 'PFS_INTERNAL', exitStatus: 1, message: `the system refused: ${message}`, hint }
  }
  return {
    code: 'PFS_INTERNAL',
    exitStatus: 1,
    message: `a bug in pfs stopped it: ${message.replace(/^pfs: internal error: /, '')}`,
    hint: nextSteps.PFS_INTERNAL,
  }
}

/**
 * Says it on stderr. Returns the exit status, which is the fault's own unless the caller knows better.
 * @param label whom it is about, where there are several
 */
export function complain(
  error: unknown,
  { terminal, settings }: Pick<Context, 'terminal' | 'settings'>,
  exitStatus: number = faultOf(error).exitStatus,
  label?: string,
): number {
  const { code, message, hint } = faultOf(error)
  if (settings.isJson) {
    terminal.faultDocument({ code, exit_code: exitStatus, message, hint })
  } else {
    terminal.complain(`pfs: ${label === undefined ? '' : `${label}: `}${message}`, 'red')
    terminal.complain(`  ${hint}`)
  }
  if (settings.isVerbose) for (const line of traceOf(error)) terminal.complain(`  ${line}`, 'dim')
  return exitStatus
}

/** The stack and what was behind it, a line each. */
function traceOf(error: unknown): string[] {
  const lines: string[] = []
  let next = error
  // a chain of causes that is longer is a ring
  for (let depth = 0; next instanceof Error && depth < 5; depth++) {
    lines.push(...(next.stack ?? next.message).split('\n').map(line => line.trim()))
    next = next.cause
  }
  return lines
}
