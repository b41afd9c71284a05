// What a send found at the paths it was given: the manifest, where each top lies, and what tells each file's state from
// another. Taken once; whatever changes later is noticed when it is read. Knows no pool.

import type { PfsError } from '../../../base/errors.ts'
import type { EntryTime } from '../../../cut/manifest/entry.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'

/** A path the user named, and the name it has in the tree. */
export interface Top {
  readonly path: Uint8Array
  readonly name: Uint8Array
}

/** Something that cannot be sent, and why; the rest goes on. */
export interface TreeFailure {
  /** Names from the top down, joined by `/`. */
  readonly path: Uint8Array
  readonly error: PfsError
}

/** By entry, three numbers: device, inode, and ctime in nanoseconds. */
export class Marks {
  #values = new BigUint64Array(3 * 64)
  #count = 0

  get count(): number {
    return this.#count
  }

  get values(): BigUint64Array {
    return this.#values.subarray(0, 3 * this.#count)
  }

  add(device: bigint, inode: bigint, ctimeNanos: bigint): void {
    if (3 * this.#count === this.#values.length) {
      const wider = new BigUint64Array(2 * this.#values.length)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values.set([device, inode, BigInt.asUintN(64, ctimeNanos)], 3 * this.#count++)
  }
}

export interface Snapshot {
  readonly manifest: Manifest
  /** In the order of the entries at depth 0. */
  readonly tops: readonly Top[]
  readonly marks: Marks
  /** When it began: what was modified shortly before is not to be trusted by its marks. */
  readonly takenAtNanos: bigint
  readonly failures: readonly TreeFailure[]
}

const billion = 1_000_000_000n

export const nanosOf = ({ seconds, nanos }: EntryTime): bigint => BigInt(seconds) * billion + BigInt(nanos)

export function timeOf(nanos: bigint): EntryTime {
  const rest = ((nanos % billion) + billion) % billion // floored, so that it is never negative
  return { seconds: Number((nanos - rest) / billion), nanos: Number(rest) }
}

export const shownPath = (path: Uint8Array): string => Buffer.from(path).toString()
