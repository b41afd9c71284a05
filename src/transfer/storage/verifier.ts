// Says what a file is: cuts and hashes it, behind whoever still writes it, and learns its chunks as it goes where the
// pool is to copy them. The sender scans its source with it, the receiver verifies its part file: the same bytes get the
// same blob id, and that is the only thing anyone believes of an object. PROTOCOL.md §13.5-1

import { statSync } from 'node:fs'
import { must } from '../../base/assert.ts'
import { readU32 } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import { chunking1 } from '../../cut/limits.ts'
import { rowBytes } from '../../cut/recipe.ts'
import { type BlobType, blobId, blobType, TreeBuilder } from '../../cut/tree.ts'
import type { BlobWriter, GiveBytes } from '../../pool/blob_writer.ts'
import { type Extent, markOf } from '../../pool/extent.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Scanner, ScanState, VisitRows } from '../../pool/scan.ts'
import { CopyPace } from './copy_pace.ts'

/** How the pool comes to hold an object: a reflink, a copy made while verifying, where it lies, or not at all. */
export type Learning = 'clone' | 'copy' | 'place' | 'off'

/** Decides by the policy, the size, and whether the file system at `path` has reflinks. */
export function chooseLearning(pool: Pool, path: string, sizeBytes: number): Learning {
  if (pool.learnPolicy === 'auto') {
    const clone = pool.clone(path)
    if (clone) {
      pool.discardClone(clone)
      return 'clone'
    }
  }
  return pool.learnWay(sizeBytes)
}

export class Verifier {
  readonly #pool: Pool
  readonly #scanner: Scanner
  readonly #type: BlobType
  readonly #tree: TreeBuilder
  #writer: BlobWriter | undefined
  /** Why the pool does not learn it after all. */
  #noRoom: PfsError | undefined
  readonly #learning: Learning
  readonly #pace = new CopyPace()
  #isPartlyCopied = false
  #id: Uint8Array | undefined

  /** @param scanner gives the content's chunks from its first on */
  constructor(pool: Pool, scanner: Scanner, learning: Learning, type: BlobType = blobType.file) {
    this.#pool = pool
    this.#scanner = scanner
    this.#type = type
    this.#tree = new TreeBuilder(pool.hashes, pool.keys)
    const nameOf = (): Uint8Array => must(this.#id, 'a name')
    this.#writer = learning === 'off' ? undefined : pool.beginBlob(type, nameOf)
    this.#learning = learning
  }

  get verifiedBytes(): number {
    return this.#scanner.scannedBytes
  }

  /** Known once `step` said 'done'. */
  get id(): Uint8Array | undefined {
    return this.#id
  }

  /** Bytes below `limit` are in the file for good. */
  extend(limit: number, isFinal: boolean): void {
    this.#scanner.extend(limit, isFinal)
  }

  /** The pool could not take it, for want of room. */
  get isUnlearnt(): boolean {
    return this.#noRoom !== undefined
  }

  /** It lies in the user's file for some of its bytes, and was to be copied: a copier may do the rest. */
  get isPartlyCopied(): boolean {
    return this.#isPartlyCopied
  }

  /**
   * @param visit sees the rows of the chunks in order, and their bytes
   * @param lend gives the buffers that the bytes lie in; see FileScanner.stepRows
   */
  step(bytesMax: number, visit?: VisitRows, lend?: () => Uint8Array): ScanState {
    const copies = this.#learning === 'copy' && this.#pace.leavesTime(this.#scanner.scannedBytes)
    if (this.#learning === 'copy' && !copies) this.#isPartlyCopied = true
    const state = this.#scanner.stepRows(
      bytesMax,
      (rows, bytes) => {
        for (let row = 0; row < rows.length; row += rowBytes)
          this.#tree.add(readU32(rows, row), rows.subarray(row + 4, row + rowBytes))
        const give: GiveBytes | undefined = bytes && ((at, length) => bytes.subarray(at, at + length))
        this.#teach(writer => writer.addRows(rows, copies ? give : undefined))
        visit?.(rows, bytes)
      },
      lend,
    )
    if (state === 'done' && !this.#id) {
      const { hashes, keys } = this.#pool
      this.#id = blobId(hashes, keys, this.#type, chunking1.id, this.#tree.finish())
    }
    return state
  }

  /** It turned out too large for the pool. */
  stopLearning(): void {
    this.#writer = undefined
  }

  /** What lies nowhere can be learnt only if all of it was copied. False: the pool has not got it. */
  learnWhole(): boolean {
    if (this.#isPartlyCopied) this.#writer = undefined
    this.#teach(writer => writer.finish())
    return this.#writer !== undefined
  }

  /**
   * The object is what it should be, and the pool has it at its next commit. A pool without room costs the learning.
   * @param place where it lies, for the bytes that were not copied, if there are any
   */
  learn(place: Extent | { readonly path: string }): void {
    this.#teach(writer => {
      if ('isOwned' in place) return writer.finish(place)
      const { path } = place
      const clone = this.#learning === 'clone' ? this.#pool.clone(path) : undefined
      if (clone) return this.#pool.finishWithClone(writer, clone)
      return writer.finish({ isOwned: false, path, mark: markOf(statSync(path, { bigint: true })) })
    })
  }

  /** The same for what nobody but the pool was to have: without room it is not had at all. */
  learnForPool(): void {
    this.#teach(writer => writer.finish())
    if (this.#noRoom) throw this.#noRoom
  }

  #teach(teach: (writer: BlobWriter) => unknown): void {
    if (!this.#writer) return
    try {
      teach(this.#writer)
    } catch (error) {
      if (!(error instanceof PfsError) || error.code !== 'PFS_DISK_FULL') throw error
      this.#noRoom = error
      this.#writer = undefined
    }
  }
}
