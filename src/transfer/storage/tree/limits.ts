// What the trees of a process may hold of its memory, whatever peers offer. A receiver stays below 256 MB with the largest
// tree there may be: bench/cases/hostile_memory.ts.

import { MiB } from '../../../base/units.ts'
import { manifestBytesMax } from '../../../cut/manifest/limits.ts'

/** Manifests at once: the largest there may be, and some to compare it with. What does not fit any more is not compared. */
export const manifestsBytesMax = manifestBytesMax + 16 * MiB

/** What is left beside a manifest of so many bytes. */
export const besideBytes = (manifestBytes: number): number => Math.max(0, manifestsBytesMax - manifestBytes)
