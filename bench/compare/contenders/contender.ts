// What takes part: something that brings a stage's file or tree from the left namespace to the right one, with its
// default settings, and can say what that took. table.ts lists them.

import type { Pair } from '../../../netsim/netns.ts'
import type { Run } from '../../rivals/rival.ts'
import type { Entrant } from '../matrix.ts'
import type { Stage } from '../workload_files.ts'

export interface Job {
  readonly line: Pair
  /** A quick veth with the same addresses: what both sides held before did not come over the line that is measured. */
  readonly preparation: Pair
  readonly stage: Stage
  readonly kind: 'file' | 'tree'
  /** Both sides hold the older version: prepare() sees to that, for those who can use it. */
  readonly hasOld: boolean
  readonly sizeBytes: number
  /** Everything of this run; removed afterwards. */
  readonly folder: string
}

export interface Ran extends Run {
  /** Content that the receiver had already. */
  readonly reusedBytes?: number
  /** Of what it counts itself. */
  readonly retransmittedShare?: number
}

export interface Contender extends Entrant {
  readonly isEncrypted: boolean
  readonly isSynced: boolean
  /** Its retransmissions are in the kernel's count. */
  readonly isTcp: boolean
  /** The version, or undefined: absent. */
  find(): string | undefined
  /** Untimed; the stage holds the old version. */
  prepare?(job: Job): Promise<void>
  /** Timed; the stage holds the new one. */
  run(job: Job): Promise<Ran>
}
