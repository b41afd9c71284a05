// What one object on its way out tells while it is under way, and what it ends with. Plain data.

import type * as doneMessage from '../wire/messages/done.ts'
import type { SendingProgress } from './sending_progress.ts'

export interface SendingHooks {
  onPhase(phase: 'asking' | 'scanning' | 'transferring' | 'building' | 'verifying'): void
  onProgress(progress: SendingProgress): void
}

export interface SendingResult {
  readonly blob: Uint8Array
  /** Of the object, or of the files of a tree that the receiver wanted. */
  readonly sizeBytes: number
  readonly reusedBytes: number
  readonly isUnchanged: boolean
  /** Of a tree: the first entries that the receiver could not put in place, and how many they are in all. §15.8-3 */
  readonly failed: readonly doneMessage.FailedEntry[]
  readonly failures: number
  /** Entries of a tree that the receiver did not want, because of what is there. */
  readonly unwantedCount: number
  /** Of an inquiry: what the streams would carry. */
  readonly planned: Planned | undefined
}

export interface Planned {
  readonly opBytes: number
  readonly literalBytes: number
}
