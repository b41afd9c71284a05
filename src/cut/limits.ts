// The numbers of contents: how bytes are cut, and how large a recipe may be. Two pools work together only when
// these agree. Knows no bytes. PROTOCOL.md §13.2, §16

import { KiB } from '../base/units.ts'

/** How content is cut. Part of every blob id by `id`; never changed silently. */
export interface Chunking {
  /** Bound by the blob id, so that another way to cut names another blob. */
  readonly id: number
  /** No chunk but a content's last is shorter. At least `windowBytes`. */
  readonly minBytes: number
  /** The mean length on random bytes, nearly: the cap at `maxBytes` takes a little away. */
  readonly targetBytes: number
  readonly maxBytes: number
}

/** The only chunking of version 1 (§13.2-3). Half of each mean chunk is skipped unread, which doubles the speed of cutting. */
export const chunking1: Chunking = { id: 1, minBytes: 16 * KiB, targetBytes: 32 * KiB, maxBytes: 128 * KiB }

/** Bytes that decide a cut: a 32-bit state shifted by one per byte forgets what is older. */
export const windowBytes = 32

/** Chunks in one recipe: 2^26 rows are 2.25 GiB of recipe for about 2 TiB of content; a larger one has no use yet. */
export const recipeChunksMax = 2 ** 26

/** Bytes of one blob: what `recipeChunksMax` chunks can hold at most, 8 TiB. */
export const blobBytesMax = recipeChunksMax * chunking1.maxBytes

/** Children of one tree node: a node of 64 is 2.5 KB on the wire, and 1 TiB is five levels deep. */
export const nodeChildrenMax = 64
