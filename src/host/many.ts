// Small files by the hundred: one call lists a directory with all that stat says, reads many files into one buffer, or
// writes many out of one. Each has a native twin (one call into the addon, also on another thread) and a portable one
// (node:fs in a loop). Paths are bytes. Knows neither manifests nor hashes.

import { native } from './addon.ts'
import type { Below, Confined, Entry } from './confined.ts'
import { createNativeMany, type ManyAddon } from './many_native.ts'
import { portableMany } from './many_portable.ts'

export { manyMax } from './many_batch.ts'

/** Files one after another in one buffer, described by columns: file `i` has path `paths[i]`, and so on. */
export interface ManyReads {
  readonly paths: readonly Uint8Array[]
  /** Where in `target` each belongs, and how many bytes it should have. */
  readonly offsets: Float64Array
  readonly lengths: Float64Array
}

/** What became of one file of a batch. */
export type ReadOutcome =
  /** As many bytes as were wanted, and not one more; `entry` is what fstat said after the read. */
  | { readonly kind: 'read'; readonly entry: Entry }
  /** Longer or shorter than wanted. */
  | { readonly kind: 'changed' }
  /** The errno name: ENOENT, EACCES, ELOOP … */
  | { readonly kind: 'failed'; readonly errno: string }

export interface ManyWrites {
  readonly paths: readonly Below[]
  readonly offsets: Float64Array
  readonly lengths: Float64Array
  readonly modes: Uint32Array
  readonly mtimesNanos: readonly bigint[]
}

export interface ListedEntry {
  readonly name: Uint8Array
  readonly entry: Entry
}

export interface Many {
  readonly kind: 'portable' | 'native'
  /**
   * All of a directory of the user's own, by absolute path; a link is not followed, and is ENOTDIR. Entries that vanish
   * meanwhile are left out.
   */
  list(directory: Uint8Array): ListedEntry[]
  /**
   * Files of the user's own, by absolute path. No link at the last component, nothing but regular files, no waiting. Until a
   * promise settles its batch and its buffer are lent.
   */
  read(batch: ManyReads, target: Uint8Array): ReadOutcome[]
  readAsync(batch: ManyReads, target: Uint8Array): Promise<ReadOutcome[]>
  /**
   * New files below `at`, with their content, time, and mode whatever umask is. Returns the errno name of each that failed,
   * by its index: of a ConfinedFault ELOOP, ENOTDIR or EINVAL. What was half made is removed.
   */
  write(at: Confined, batch: ManyWrites, source: Uint8Array): Map<number, string>
  writeAsync(at: Confined, batch: ManyWrites, source: Uint8Array): Promise<Map<number, string>>
}

/** @param loaded the addon's exports */
export function many(loaded: unknown = native().addon): Many {
  const has = typeof loaded === 'object' && loaded !== null && 'manyWrite' in loaded
  return has ? createNativeMany(loaded as ManyAddon) : portableMany
}
