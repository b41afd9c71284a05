// Faults on their way from a session's thread to its caller, where they must be what they were: a PfsError with its
// code, a fault of the system with its errno, either with its stack and with what was behind it.

import { type PfsCode, PfsError } from '../base/errors.ts'
import { detailOf } from './storage/carry.ts'

export interface CarriedFault {
  /** Undefined: not a PfsError. */
  readonly code: PfsCode | undefined
  readonly message: string
  readonly hint: string | undefined
  readonly retryable: boolean
  /** The file or folder concerned. */
  readonly path: string | undefined
  readonly stack: string | undefined
  /** Of a fault of the system, by which the command tells it from a bug of ours. */
  readonly system: { readonly code: string; readonly syscall: string | undefined } | undefined
  readonly cause: CarriedFault | undefined
}

/** A chain of causes that is longer is a ring. */
const causesMax = 5

export function carriedFault(error: unknown, depth = 0): CarriedFault {
  const isError = error instanceof Error
  const fault = error instanceof PfsError ? error : undefined
  const hasCause = isError && error.cause !== undefined && depth < causesMax
  return {
    code: fault?.code,
    message: isError ? error.message : String(error),
    hint: fault?.hint,
    retryable: fault?.retryable ?? false,
    path: fault ? fault.path : pathOf(error),
    stack: isError ? error.stack : undefined,
    system: fault ? undefined : systemOf(error),
    cause: hasCause ? carriedFault(error.cause, depth + 1) : undefined,
  }
}

export function restoredFault(carried: CarriedFault): Error {
  const { code, message, hint, retryable, path, stack, system } = carried
  const options = carried.cause === undefined ? {} : { cause: restoredFault(carried.cause) }
  const error =
    code === undefined
      ? Object.assign(
          new Error(message, options),
          path === undefined ? {} : { path },
          withoutUndefined(system),
        )
      : new PfsError(code, detailOf({ code, message }), { retryable, hint, path, ...options })
  if (stack !== undefined) error.stack = stack
  return error
}

function systemOf(error: unknown): CarriedFault['system'] {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown }
  if (typeof code !== 'string') return undefined
  return { code, syscall: typeof syscall === 'string' ? syscall : undefined }
}

function pathOf(error: unknown): string | undefined {
  const { path } = (error ?? {}) as { path?: unknown }
  return typeof path === 'string' ? path : undefined
}

/** `'syscall' in error` is a question somebody asks. */
function withoutUndefined(system: CarriedFault['system']): object {
  if (system === undefined) return {}
  return system.syscall === undefined ? { code: system.code } : system
}
