// What pfs asks of files beyond node:fs: batches, holes, shared blocks, writing back early, confined names. Two twins:
// file_portable.ts does what node:fs can and says what it cannot, file_native.ts has it all. Faults come as node:fs
// throws them, with `code`: file.ts makes PfsErrors of them.

import { native } from './addon.ts'
import { createNativeFiles, type FileAddon } from './file_native.ts'
import { portableFiles } from './file_portable.ts'

/** Most pieces or runs in one call. */
export const batchMax = 1024

/** Consecutive bytes of a file that are data as far as anyone knows. */
export interface DataRange {
  readonly start: number
  readonly end: number
}

export type Advice = 'sequential' | 'will_need' | 'done_with'

/**
 * Batches take `pieces` and where in the file each belongs. Memory is lent: until the call returns, or the promise
 * settles. `runs` are triples (descriptor, offset, length). A promise may outlive the descriptor, which it has a copy of.
 */
export interface Files {
  readonly kind: 'portable' | 'native'

  /** Fills the pieces in their order. Returns the bytes before the first that the file does not have. */
  read(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): number
  readAsync(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): Promise<number>
  /** Writes all of them, or throws. */
  write(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): void
  writeAsync(fd: number, pieces: readonly Uint8Array[], offsets: Float64Array): Promise<void>

  /** The next data at or behind `offset`. undefined: zeros to `end`. Where holes are unknown all of it is data. */
  nextData(fd: number, offset: number, end: number): DataRange | undefined
  /** The range reads as zeros and takes no room. false: not here. */
  punchHole(fd: number, offset: number, length: number): boolean
  /** Room on the disk for the range; the file's size stays. false: not here. A full disk throws. */
  allocate(fd: number, offset: number, length: number): boolean

  /**
   * The runs one after another, from `offset` of `to` on. Returns what was copied before the first byte that cannot be
   * read. Only the target's faults throw.
   */
  copyRuns(to: number, offset: number, runs: Float64Array): number
  copyRunsAsync(to: number, offset: number, runs: Float64Array): Promise<number>
  /** Shares blocks: whole ones, but where `from` ends. false: not here, or not these. */
  cloneRange(from: number, fromOffset: number, to: number, toOffset: number, length: number): boolean
  /** `to` shares all blocks of `from`. false: not here. */
  clone(from: number, to: number): boolean

  /** All of these files are on the disk; started together. */
  sync(fds: readonly number[], isDataOnly?: boolean): void
  syncAsync(fds: readonly number[], isDataOnly?: boolean): Promise<void>
  /** Sends what was written to the disk before anyone has to wait for it. Promises nothing, never rejects. */
  startWriteback(fd: number, offset: number, length: number): Promise<void>
  advise(fd: number, offset: number, length: number, advice: Advice): void

  /** Opens or creates below `directory` and nowhere else: no link at any place, no "..". Flags of open(2). */
  openBeneath(directory: string, path: string, flags: number, mode: number): number
  /** Both times. The portable twin rounds to microseconds. */
  setTimes(fd: number, nanos: bigint): void
  /** Locks the open file until its descriptor is closed. 'unknown': there is no such lock here. */
  lock(fd: number): 'locked' | 'taken' | 'unknown'
}

let chosen: Files | undefined

/** The twin of this thread. */
export function files(): Files {
  chosen ??= chooseFiles(native().addon)
  return chosen
}

export function chooseFiles(addon: unknown): Files {
  const has = typeof addon === 'object' && addon !== null && 'fileCopyRuns' in addon
  return has ? createNativeFiles(addon as FileAddon) : portableFiles
}
