// What a tree that went well leaves behind, at the sender as at the receiver: its manifest and its image in the pool, the
// latter by copy or by the place of its files, and the state of each entry, so that the next time only what has changed is
// read. Knows no transfer.

import type { Manifest } from '../../../cut/manifest/manifest.ts'
import type { Workshop } from '../attempt.ts'
import type { Verifier } from '../verifier.ts'
import { learnManifest } from './manifest_blob.ts'
import { stretchOf } from './pairs.ts'
import type { Marks, Top } from './snapshot.ts'

export interface SeenTree {
  readonly manifest: Manifest
  readonly manifestId: Uint8Array
  readonly imageId: Uint8Array
  /** In the order of the entries at depth 0. */
  readonly tops: readonly Top[]
  readonly marks: Marks
  readonly takenAtNanos: bigint
}

/** Counts from the pool's next commit on. */
export function rememberTree({ pool, memory }: Workshop, tree: SeenTree, verifier: Verifier): void {
  const { manifest, manifestId, imageId, tops, marks, takenAtNanos } = tree
  learnManifest(pool, manifestId, manifest)
  verifier.learn({ isOwned: false, manifest: manifestId, tops })
  let at = 0
  for (const { path, name } of tops) {
    const { start, end } = stretchOf(manifest, at)
    const own = marks.values.subarray(3 * start, 3 * end)
    memory.remember(path, { manifest: manifestId, image: imageId, name, takenAtNanos, marks: own })
    at = end
  }
}
