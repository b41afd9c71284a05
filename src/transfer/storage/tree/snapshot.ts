// What a send found at the paths it was given: the manifest, where each top lies, and what tells each file's state from
// another. Taken once; whatever changes later is noticed when it is read. Knows no pool.

import { toHex } from '../../../base/bytes.ts'
import type { PfsError } from '../../../base/errors.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { carried } from '../carry.ts'
import type { CarriedFailure } from '../events.ts'

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

/** By entry, three numbers: device, inode, and ctime in nanoseconds. Takes no room while all of them are zero. */
export class Marks {
  #values: BigUint64Array | undefined
  #room: number
  #count = 0

  /** @param room how many there will be, if that is known */
  constructor(room = 64) {
    this.#room = 3 * Math.max(1, room)
  }

  get count(): number {
    return this.#count
  }

  get values(): BigUint64Array {
    this.#values ??= new BigUint64Array(this.#room)
    return this.#values.subarray(0, 3 * this.#count)
  }

  add(device: bigint, inode: bigint, ctimeNanos: bigint): void {
    const at = 3 * this.#count++
    if (at === this.#room) this.#widen()
    if (!this.#values && device === 0n && inode === 0n && ctimeNanos === 0n) return
    this.#values ??= new BigUint64Array(this.#room)
    this.#values[at] = device
    this.#values[at + 1] = inode
    this.#values[at + 2] = BigInt.asUintN(64, ctimeNanos)
  }

  #widen(): void {
    this.#room *= 2
    if (!this.#values) return
    const wider = new BigUint64Array(this.#room)
    wider.set(this.#values)
    this.#values = wider
  }
}

export interface Snapshot {
  readonly manifest: Manifest
  /** In the order of the entries at depth 0. */
  readonly tops: readonly Top[]
  readonly marks: Marks
  /** By entry: where a file lies that a link leads to. */
  readonly followed: ReadonlyMap<number, Uint8Array>
  /** When it began: what was modified shortly before is not to be trusted by its marks. */
  readonly takenAtNanos: bigint
  readonly failures: readonly TreeFailure[]
}

export const carriedFailure = ({ path, error }: TreeFailure): CarriedFailure => ({
  path: shownPath(path),
  key: toHex(path),
  error: carried(error),
})

/** As text; bytes that are no UTF-8 are written \xe9, so that two names stay two. */
export function shownPath(path: Uint8Array): string {
  const bytes = Buffer.from(path)
  const text = bytes.toString()
  if (!text.includes('\ufffd') || Buffer.from(text).equals(bytes)) return text
  // each byte that is in no character stands for itself
  let shown = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find(length => isCharacter(bytes.subarray(at, at + length)))
    shown += length ? bytes.toString('utf8', at, at + length) : `\\x${bytes.toString('hex', at, at + 1)}`
    at += length ?? 1
  }
  return shown
}

function isCharacter(bytes: Buffer): boolean {
  const text = bytes.toString()
  return [...text].length === 1 && Buffer.from(text).equals(bytes)
}
