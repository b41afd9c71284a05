// What a contender is: something that copies one file from one namespace to the other with its default settings, and
// can say what that took. bench/cases/rivals.ts runs them; table.ts lists them.

import type { Pair } from '../../netsim/netns.ts'

export interface Arena {
  readonly pair: Pair
  /** In the page cache. */
  readonly source: string
  readonly sizeBytes: number
  /** For everything of this run, on the file system that is measured; removed afterwards. */
  readonly folder: string
}

export interface Run {
  /** From the start of the process that begins the transfer to its end. */
  readonly wallSeconds: number
  /** From connect to the receiver's word that it has all, where the contender can say; else as wall. */
  readonly transferSeconds: number
  readonly senderCpuSeconds: number
  readonly receiverCpuSeconds: number
  /** Peaks, sampled. */
  readonly senderAnonBytes: number
  readonly receiverAnonBytes: number
  /** All that was resident, mapped files too. */
  readonly senderRssBytes: number
  readonly receiverRssBytes: number
  /** What was made, to be compared; undefined where no file was. */
  readonly target: string | undefined
  /** As the contender itself reads it back. */
  readonly congestion?: string
  /** What else a reader must know of this run. */
  readonly note: string
}

export interface Rival {
  readonly name: string
  readonly isEncrypted: boolean
  /** It says that it is done after the file is on the disk, not only in the page cache. */
  readonly isSynced: boolean
  /** What it cannot do above, for want of memory; it then gets a file of this size. */
  sizeBytesMax?(isMemoryDisk: boolean): number
  /** Its version, or undefined: absent. */
  find(): string | undefined
  run(arena: Arena): Promise<Run>
}
