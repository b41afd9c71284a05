// Faults on their way across a thread border, where a class would lose its kind. Knows the PfsError and nothing else.

import { failures, PfsError } from '../../base/errors.ts'
import type { CarriedError, FailureCode } from './events.ts'

export function carried(error: unknown): CarriedError {
  if (error instanceof PfsError) {
    const { code, message, hint, retryable, path } = error
    return { code, message, hint, retryable, path }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'PFS_INTERNAL', message, hint: undefined, retryable: false }
}

/** What a fault says beyond the sentence of its code, which whoever hears of it adds again. */
export function detailOf({ code, message }: Pick<CarriedError, 'code' | 'message'>): string | undefined {
  const { sentence } = failures[code]
  if (message === sentence) return undefined
  return message.startsWith(`${sentence}: `) ? message.slice(sentence.length + 2) : message
}

export function uncarried(error: CarriedError): PfsError {
  const { retryable, hint, path } = error
  return new PfsError(error.code, detailOf(error), { retryable, hint, path })
}

/** What we tell the peer about a fault of ours: the name of a §17 code. */
export function wireCodeOf(error: Pick<PfsError, 'code'>): FailureCode {
  switch (error.code) {
    case 'PFS_DISK_FULL':
      return 'DISK_FULL'
    case 'PFS_WRITE':
      return 'TARGET_FAILED'
    case 'PFS_READ':
    case 'PFS_NOT_FOUND':
      return 'SOURCE_FAILED'
    case 'PFS_SOURCE_CHANGED':
      return 'SOURCE_CHANGED'
    case 'PFS_EXISTS':
      return 'EXISTS'
    case 'PFS_CORRUPT':
      return 'CORRUPT'
    case 'PFS_PROTOCOL':
      return 'MESSAGE_ERROR'
    default:
      return 'INTERNAL'
  }
}
