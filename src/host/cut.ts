// Cutting and naming chunks, in memory and in files: by the addon in one pass where it is there, else as cut/chunker.ts
// and the hashes do it. Chunks come as rows of a recipe, so that a call gives many and allocates none.
// PROTOCOL.md §13.2, §13.3

import type { Chunking } from '../cut/limits.ts'
import { rowBytes } from '../cut/recipe.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { native } from './addon.ts'
import { cutAddon, NativeCutting } from './cut_native.ts'
import { PortableCutting } from './cut_portable.ts'
import type { FileWindow } from './file_window.ts'
import type { Hashes } from './hash.ts'

export interface Cutting {
  /** For `pfs doctor`. */
  readonly kernel: string
  /** Fills `rows` with the chunks at the start of `bytes`, as far as they are decided. Returns how many. */
  scanBytes(bytes: Uint8Array, isLast: boolean, rows: Uint8Array): number
  /**
   * Reads on behind what is open in the window, and fills `rows` with the chunks of what is there then. They lie one after
   * another from the buffer's first byte on, until the next call. Returns how many; none at the limit, or where the
   * file ends before it, which `window.isShort` tells. Throws as node:fs does.
   * @param limit bytes of the file that are there; with `isFinal` it ends with them
   */
  scanFile(window: FileWindow, fd: number, limit: number, isFinal: boolean, rows: Uint8Array): number
  /**
   * Cuts the file from the chunk that begins at `from` on, on up to `threads` threads beside this one. `rows` must not
   * be touched meanwhile; room for fewer rows than there may be bounds what is covered, down to `partRowsMin`.
   */
  scanPart(part: FilePart, rows: Uint8Array, threads: number): Promise<PartScan>
}

export interface FilePart {
  readonly fd: number
  readonly from: number
  readonly limit: number
  readonly isFinal: boolean
}

export interface PartScan {
  readonly rowCount: number
  /** Where the chunk behind the last row begins. */
  readonly end: number
  readonly isShort: boolean
}

/** Fewer could be too few for any chunk at all: a job covers `rows` chunks of the shortest length. */
export const partRowsMin = 64

/** Rows enough for whatever cuts `bytes` may have. */
export function rowsFor(bytes: number, chunking: Chunking): Uint8Array {
  // no chunk but a content's last is shorter than the minimum
  return new Uint8Array((Math.ceil(bytes / chunking.minBytes) + 1) * rowBytes)
}

/** @param loaded what the addon gives, for tests of one twin */
export function createCutting(
  keys: SeedKeys,
  hashes: Hashes,
  chunking: Chunking,
  loaded: unknown = native().addon,
): Cutting {
  const addon = cutAddon(loaded)
  return addon ? new NativeCutting(addon, keys, chunking) : new PortableCutting(keys, hashes, chunking)
}
