// A transfer that came to its end without some of its files: said by the exit status. Knows summaries.

import { PfsError } from '../base/errors.ts'
import type { TransferSummary } from '../transfer/events.ts'
import { plural } from './format.ts'

/** Throws PFS_PARTIAL, exit status 3, where something is missing. */
export function expectAll({ failureCount, fileCount }: TransferSummary): void {
  if (failureCount === 0) return
  throw new PfsError('PFS_PARTIAL', `${failureCount} of ${plural(fileCount, 'file')}`)
}
