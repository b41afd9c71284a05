// How a fault reads: the sentence, what to do next, the exit status; as two lines for people or one document for
// machines. Whatever is not a PfsError is a bug of ours and says so.

import { type PfsCode, PfsError } from '../base/errors.ts'
import { errnoOf } from '../host/file.ts'
import { errorLine } from './event_lines.ts'
import { nextSteps } from './next_step.ts'
import type { Context } from './verb.ts'

export interface Fault {
  readonly code: PfsCode
  readonly exitStatus: number
  readonly message: string
  readonly hint: string
  readonly retryable: boolean
  /** What it is about, where the system said so. */
  readonly path: string | undefined
}

export function faultOf(error: unknown): Fault {
  if (error instanceof PfsError) {
    const { code, exitStatus, message, hint, retryable } = error
    return { code, exitStatus, message, hint: hint ?? nextSteps[code], retryable, path: pathOf(error) }
  }
  const message = error instanceof Error ? error.message : String(error)
  const path = pathOf(error)
  if (errnoOf(error) !== undefined && error instanceof Error && 'syscall' in error) {
    // the system's fault rather than ours, though nobody foresaw it there
    const hint = 'Put that right, and run the same command again.'
    const says = `the system refused: ${message}`
    return { code: 'PFS_INTERNAL', exitStatus: 1, message: says, hint, retryable: true, path }
  }
  return {
    code: 'PFS_INTERNAL',
    exitStatus: 1,
    message: `a bug in pfs stopped it: ${message.replace(/^pfs: internal error: /, '')}`,
    hint: nextSteps.PFS_INTERNAL,
    retryable: false,
    path,
  }
}

/**
 * Says it on stderr, or as an event. Returns the exit status, which is the fault's own unless the caller knows better.
 * @param label whom it is about, where there are several
 */
export function complain(
  error: unknown,
  { terminal, settings }: Pick<Context, 'terminal' | 'settings'>,
  exitStatus: number = faultOf(error).exitStatus,
  label?: string,
): number {
  const fault = faultOf(error)
  const { code, message, hint, path } = fault
  if (terminal.events) {
    const trace = settings.isVerbose ? { trace: traceOf(error) } : {}
    const isFinal = label === undefined
    terminal.events.of(label).write(errorLine({ ...fault, exitStatus }, { isFinal, ...trace }))
    return exitStatus
  }
  if (settings.isJson) {
    const where = path === undefined ? {} : { path }
    terminal.faultDocument({ code, exit_code: exitStatus, message, hint, ...where })
  } else {
    terminal.complain(`pfs: ${label === undefined ? '' : `${label}: `}${message}`, 'red')
    terminal.complain(`  ${hint}`)
  }
  if (settings.isVerbose) for (const line of traceOf(error)) terminal.complain(`  ${line}`, 'dim')
  return exitStatus
}

/** Of the fault itself or of what was behind it. */
function pathOf(error: unknown): string | undefined {
  return chainOf(error)
    .map(one => (one as { path?: unknown }).path)
    .find((path): path is string => typeof path === 'string')
}

/** The stack and what was behind it, a line each. */
function traceOf(error: unknown): string[] {
  return chainOf(error).flatMap(one => (one.stack ?? one.message).split('\n').map(line => line.trim()))
}

function chainOf(error: unknown): Error[] {
  const chain: Error[] = []
  let next = error
  // a chain of causes that is longer is a ring
  for (let depth = 0; next instanceof Error && depth < 5; depth++) {
    chain.push(next)
    next = next.cause
  }
  return chain
}
