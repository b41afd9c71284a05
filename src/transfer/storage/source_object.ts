// The object a sender sends: a file of the user's, or a blob of the pool. Gives its bytes by position, its chunks in
// order, and at the end its blob id, or the fact that it changed meanwhile. Knows no plan and no peer.

import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { must } from '../../base/assert.ts'
import { concat } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import type { Range } from '../../base/ranges.ts'
import { MiB } from '../../base/units.ts'
import { chunking1 } from '../../cut/limits.ts'
import { type Recipe, RecipeBuilder } from '../../cut/recipe.ts'
import { diskFault, readFully } from '../../host/file.ts'
import type { Step } from '../../offset/plan.ts'
import type { BlobReader } from '../../pool/blob_reader.ts'
import { type FileMark, markOf } from '../../pool/extent.ts'
import type { Pool } from '../../pool/pool.ts'
import { commitIfRoom } from './commit.ts'
import type { CarriedFailure, PreparedSource, SendPlan } from './events.ts'
import { chooseLearning, Verifier } from './verifier.ts'

export interface SourceObject {
  readonly prepared: PreparedSource
  readonly size: number
  /** Of a tree that was begun: where the files end that are sent of it. */
  readonly fileEnds?: Float64Array
  /** More may come of it: no chunks now are not its end. */
  readonly isOpenEnded?: boolean
  /** The chunks where they are known without a scan. */
  readonly recipe: Recipe | undefined
  /** The plan, where it needs no scan. @param known what both sides hold */
  steps?(known: readonly { readonly alias: number; readonly blob: Uint8Array }[]): readonly Step[]
  /**
   * The next chunks as packed rows, at least so many bytes of them; empty at the end.
   * @param lend gives the buffer to read the next bytes into. With it, one buffer's chunks come, and their bytes stay.
   */
  scan(bytesMax: number, lend?: () => Uint8Array): Uint8Array
  /** What is sent of it is settled by the receiver's answer. Returns what the receiver holds of that. */
  begin?(plan: SendPlan): readonly Range[]
  /** Bytes behind the last rows that turned out not to be had, told once: the object cannot be settled then. */
  takeGap?(): number
  /** Fills `target` from `position` on; what is not there any more is a fault of the source. */
  read(target: Uint8Array, position: number): void
  /** After everything was scanned: it is what it was, learnt if it may be, and this is its name. */
  settle(): Promise<Uint8Array>
  wholeRecipe(): Promise<Recipe>
  /** Of a stream: its next bytes, or its end. */
  feed?(bytes: Uint8Array | undefined): Promise<void>
  /** Of a tree: what of it changed or could not be read meanwhile. */
  failures?(): readonly CarriedFailure[]
  /** Of a tree: an entry's path as people read it; undefined: there is no such entry. */
  pathOf?(index: number): string | undefined
  close(): void
}

const transferIdBytes = 16
/** Content scanned before other work of the thread gets a turn. */
const settleStepBytes = 4 * MiB

export class FileSource implements SourceObject {
  readonly prepared: PreparedSource
  readonly #pool: Pool
  readonly #path: string
  readonly #fd: number
  readonly #mark: FileMark
  readonly #scan: Verifier
  readonly #scannedAtNanos = BigInt(Date.now()) * 1_000_000n
  #knownRecipe: Recipe | undefined
  /** Of a scanned object, once somebody asks: found again only by a second scan where the pool did not learn it. */
  #wholeRecipe: Recipe | undefined
  #isScanned = false
  #isClosed = false
  #settled: Promise<Uint8Array> | undefined

  /** @param mayLearn false: the pool remembers nothing of this transfer */
  constructor(pool: Pool, path: string, mayLearn: boolean) {
    this.#pool = pool
    try {
      this.#path = realpathSync(path)
      // a pipe must not make us wait for its writer only to be told that it is none of ours
      this.#fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      throw diskFault(error, 'PFS_READ', path)
    }
    const stats = fstatSync(this.#fd, { bigint: true })
    if (!stats.isFile()) {
      closeSync(this.#fd)
      throw new PfsError('PFS_READ', `${path} is not a regular file`, { path })
    }
    this.#mark = markOf(stats)
    const learning = mayLearn ? chooseLearning(pool, this.#path, this.size) : 'off'
    this.#scan = new Verifier(pool, pool.scanner({ fd: this.#fd, limit: this.size, isFinal: true }), learning)
    this.prepared = this.#prepare(basename(path), Number(stats.mode) & 0o7777)
  }

  get size(): number {
    return this.#mark.sizeBytes
  }

  get recipe(): Recipe | undefined {
    return this.#knownRecipe ?? this.#wholeRecipe
  }

  #prepare(name: string, mode: number): PreparedSource {
    const pool = this.#pool
    const blob = pool.statLookup(this.#mark)
    if (blob) this.#knownRecipe = readableRecipe(pool.openBlob(blob))
    // §15.2-3: no use, and not allowed, without its recipe
    const candidates = pool
      .likelyBlobs(this.#path)
      .flatMap(id => (readableRecipe(pool.openBlob(id)) && pool.blob(id)) || [])
    return {
      transfer: transferIdOf(this.#path, this.#mark),
      name,
      size: this.size,
      mode,
      mtimeNanos: this.#mark.mtimeNanos,
      poolId: pool.identity.poolId,
      chunking: chunking1.id,
      blob,
      candidates: candidates.map(({ blobId, sizeBytes }) => ({ blob: blobId, size: sizeBytes })),
    }
  }

  scan(bytesMax: number, lend?: () => Uint8Array): Uint8Array {
    if (this.#isClosed) throw new PfsError('PFS_CANCELLED') // the descriptor may be another file's by now
    const parts: Uint8Array[] = []
    while (!this.#isScanned && parts.length === 0) {
      const state = this.#scan.step(lend ? 1 : bytesMax, rows => parts.push(rows), lend)
      if (state === 'short' || state === 'waiting') throw changed(this.#path)
      this.#isScanned = state === 'done'
    }
    return concat(...parts)
  }

  read(target: Uint8Array, position: number): void {
    let count: number
    try {
      count = readFully(this.#fd, target, position)
    } catch (error) {
      throw diskFault(error, 'PFS_READ', this.#path)
    }
    if (count !== target.length) throw changed(this.#path)
  }

  settle(): Promise<Uint8Array> {
    this.#checkUnchanged()
    this.#settled ??= this.#settle()
    return this.#settled
  }

  async #settle(): Promise<Uint8Array> {
    if (this.#knownRecipe) return must(this.prepared.blob, 'a recipe has a name')
    while (this.scan(settleStepBytes).length > 0) await setImmediate()
    const id = must(this.#scan.id, 'scanned to the end')
    this.#checkUnchanged()
    this.#scan.learn({ path: this.#path })
    this.#pool.statStore(this.#mark, id, this.#scannedAtNanos)
    this.#pool.rememberPath(this.#path, id)
    await commitIfRoom(this.#pool)
    return id
  }

  #checkUnchanged(): void {
    const now = markOf(fstatSync(this.#fd, { bigint: true }))
    const was = this.#mark
    // a chmod or a rename changes ctime and no byte
    if (now.sizeBytes !== was.sizeBytes || now.mtimeNanos !== was.mtimeNanos) throw changed(this.#path)
  }

  async wholeRecipe(): Promise<Recipe> {
    const id = await this.settle()
    this.#wholeRecipe ??=
      this.#knownRecipe ?? readableRecipe(this.#pool.openBlob(id)) ?? rescan(this.#pool, this.#fd, this.size)
    return this.#wholeRecipe
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.#fd)
    this.#isClosed = true
  }
}

/** A blob of the pool, for another pool. */
export class BlobSource implements SourceObject {
  readonly prepared: PreparedSource
  readonly #reader: BlobReader

  constructor(pool: Pool, blob: Uint8Array) {
    const reader = pool.openBlob(blob)
    if (!reader || !pool.has(blob)) throw new PfsError('PFS_POOL', 'the blob is not whole here any more')
    this.#reader = reader
    this.prepared = {
      transfer: blob.slice(0, transferIdBytes),
      name: 'blob',
      size: reader.sizeBytes,
      mode: 0o600,
      mtimeNanos: 0n,
      poolId: pool.identity.poolId,
      chunking: chunking1.id,
      blob,
      candidates: [],
    }
  }

  get size(): number {
    return this.#reader.sizeBytes
  }

  get recipe(): Recipe {
    return this.#reader.recipe
  }

  scan(): Uint8Array {
    return new Uint8Array(0)
  }

  read(target: Uint8Array, position: number): void {
    if (this.#reader.read(position, target) !== target.length) {
      throw new PfsError('PFS_POOL', 'the blob is damaged', {
        hint: 'Run `pfs pool verify`, then `pfs pool repair`.',
      })
    }
  }

  settle(): Promise<Uint8Array> {
    return Promise.resolve(this.#reader.blobId)
  }

  wholeRecipe(): Promise<Recipe> {
    return Promise.resolve(this.#reader.recipe)
  }

  close(): void {}
}

/** The same for every attempt to send this state of this file, so that what arrived once is found again. */
function transferIdOf(path: string, mark: FileMark): Uint8Array {
  const parts = ['pfs transfer', path, mark.device, mark.inode, mark.sizeBytes, mark.mtimeNanos]
  return new Uint8Array(createHash('sha256').update(parts.join('\0')).digest()).slice(0, transferIdBytes)
}

/** The recipe if all of its parts can be read: some may have been evicted. */
export function readableRecipe(reader: BlobReader | undefined): Recipe | undefined {
  const recipe = reader?.recipe
  if (!recipe) return undefined
  try {
    for (let i = 0; i < recipe.chunkCount; i += 16_384) recipe.entry(i)
    return recipe
  } catch {
    return undefined
  }
}

function rescan(pool: Pool, fd: number, size: number): Recipe {
  const rows = new RecipeBuilder()
  const scanner = pool.scanner({ fd, limit: size, isFinal: true })
  while (scanner.step(Number.MAX_SAFE_INTEGER, (_offset, length, id) => rows.add(length, id)) === 'more');
  return rows.finish()
}

const changed = (path: string): PfsError =>
  new PfsError('PFS_SOURCE_CHANGED', path, {
    path,
    retryable: true,
    hint: 'Run the same command again once nobody writes to it.',
  })
