// How far an object is on its way out, in bytes and in files. Knows what was planned, what the network still has and where
// files end; no message and no peer.

import { filesUpTo } from '../cut/manifest/file_ends.ts'

/** What a sender tells of itself. */
export interface SendingProgress {
  readonly doneBytes: number
  readonly totalBytes: number
  /** What the receiver has or makes of it without literals. */
  readonly reusedBytes: number
  readonly checkedBytes: number
  readonly doneFiles: number
  readonly totalFiles: number
}

export class SendingAmounts {
  /** Where the files of a tree end; undefined: it is one file. */
  fileEnds: Float64Array | undefined
  /** What an earlier attempt left at the receiver: planned, and neither copied nor sent. */
  heldBytes = 0
  /** Literals that are not acknowledged. */
  outBytes = 0
  #plannedBytes = 0
  #copiedBytes = 0
  #doneBytes = 0
  #doneFiles = 0

  onPlanned(plannedBytes: number, copiedBytes: number): void {
    this.#plannedBytes = plannedBytes
    this.#copiedBytes = copiedBytes
  }

  get reusedBytes(): number {
    return this.heldBytes + this.#copiedBytes
  }

  get plannedBytes(): number {
    return this.#plannedBytes
  }

  /** Planned, and not under way any more. */
  get doneBytes(): number {
    return Math.max(0, this.#plannedBytes - this.outBytes)
  }

  /** A receiver that builds counts otherwise than we do: no byte and no file is undone by it. */
  progress(
    countedBytes: number,
    totalBytes: number,
    reusedBytes: number,
    checkedBytes: number,
  ): SendingProgress {
    const ends = this.fileEnds
    const doneBytes = Math.max(countedBytes, this.#doneBytes)
    this.#doneBytes = doneBytes
    const isWhole = totalBytes > 0 && doneBytes >= totalBytes
    const files = ends ? filesUpTo(ends, doneBytes) : Number(isWhole)
    this.#doneFiles = Math.max(files, this.#doneFiles)
    const counted = { doneFiles: this.#doneFiles, totalFiles: this.totalFiles }
    return { doneBytes, totalBytes, reusedBytes, checkedBytes, ...counted }
  }

  get totalFiles(): number {
    return this.fileEnds?.length ?? 1
  }
}
