// The pool: content by chunk and by blob, on one directory that several processes share. This is its face; the parts
// behind it know each other only through the store. Synchronous where a read or an append is meant, because it lives
// on a thread of its own; `commit` is the only moment after which something may be acknowledged.

import { basename } from 'node:path'
import { equal } from '../base/bytes.ts'
import { chunking1 } from '../cut/limits.ts'
import type { SeedKeys } from '../cut/seed.ts'
import type { BlobType } from '../cut/tree.ts'
import { type Cutting, createCutting } from '../host/cut.ts'
import type { Hashes } from '../host/hash.ts'
import { ExclusiveLock } from '../host/lock.ts'
import { BlobReader } from './blob_reader.ts'
import { BlobWriter, type WrittenBlob } from './blob_writer.ts'
import { Copier } from './copier.ts'
import { type Extent, encodeExtent, type FileMark } from './extent.ts'
import {
  type CreateOptions,
  createIdentity,
  type Identity,
  type LoadedIdentity,
  loadIdentity,
} from './identity.ts'
import { type ImportResult, importFile } from './import.ts'
import type { Index } from './index_db.ts'
import { type Clone, decideLearning, type LearnPolicy, type LearnWay, OwnedFiles } from './learn.ts'
import { copyShareOfQuota, racyNanos } from './limits.ts'
import { type OpenOptions, openStore } from './open.ts'
import { enforceQuota } from './quota.ts'
import { Rebuilder, type RepairReport } from './rebuild.ts'
import { recordTypes } from './record.ts'
import { type BlobRow, chunkCountOf, encodePin } from './rows.ts'
import { FileScanner, type ScanOptions } from './scan.ts'
import { type PoolStats, poolStats } from './stats.ts'
import type { Store } from './store.ts'
import { Verifier, type VerifyReport } from './verify.ts'

export interface BlobInfo {
  readonly blobId: Uint8Array
  readonly type: number
  readonly sizeBytes: number
  readonly chunkCount: number
  readonly isPinned: boolean
  readonly isComplete: boolean
  readonly lastUsedMillis: number
  readonly extent: Extent | undefined
}

/**
 * What is remembered of a file beside its path: its name, for versions in folders of their own, and its name with all numbers
 * alike, for versions that it counts. No path begins like these.
 */
function namesLike(path: string): readonly string[] {
  const name = basename(path)
  return [`name ${name}`, `like ${name.replace(/\d+/g, '0')}`]
}

export class Pool {
  readonly directory: string
  readonly identity: Identity
  readonly keys: SeedKeys
  readonly hashes: Hashes
  readonly isOpenSeed: boolean
  readonly #store: Store
  readonly #index: Index
  readonly #owned: OwnedFiles
  readonly #scratch = new Uint8Array(chunking1.maxBytes)
  readonly #cutting: Cutting

  private constructor(store: Store, loaded: LoadedIdentity) {
    this.directory = store.directory
    this.identity = loaded.identity
    this.keys = loaded.keys
    this.isOpenSeed = loaded.isOpenSeed
    this.hashes = store.hashes
    this.#store = store
    this.#index = store.index
    this.#owned = new OwnedFiles(store.extentsDirectory)
    this.#cutting = createCutting(this.keys, this.hashes, chunking1)
  }

  /** Makes a new pool at `directory` and opens it. One is there already: PFS_EXISTS. */
  static async create(directory: string, options: CreateOptions = {}): Promise<Pool> {
    createIdentity(directory, options)
    return Pool.open(directory)
  }

  /** Opens, after putting right what a killed process left. No pool: PFS_POOL. */
  static async open(directory: string, options: OpenOptions = {}): Promise<Pool> {
    const loaded = loadIdentity(directory, options.seed)
    return new Pool(await openStore(directory, loaded, options), loaded)
  }

  // -- chunks

  hasChunk(id: Uint8Array): boolean {
    return this.#store.locate(id) !== undefined
  }

  /**
   * The chunk's bytes, checked by XXH64: in `target` if given, else in a view that lives until the next read.
   * undefined: not here, or rotten, and then forgotten.
   */
  readChunk(id: Uint8Array, target: Uint8Array = this.#scratch): Uint8Array | undefined {
    const location = this.#store.locate(id)
    if (!location || location.length > target.length) return undefined
    const bytes = this.#store.read(location, id, target)
    if (!bytes) this.#store.quarantine(id, location)
    return bytes
  }

  /** Learns one chunk; nothing when it is here. The caller has checked that `id` is the id of `bytes`. */
  putChunk(id: Uint8Array, bytes: Uint8Array): void {
    if (!this.#store.locate(id)) this.#store.putContent(recordTypes.chunk, id, bytes)
  }

  // -- blobs

  /** A committed blob, complete or not. */
  blob(id: Uint8Array): BlobInfo | undefined {
    const row = this.#index.blob(id)
    return row ? infoOf(id, row) : undefined
  }

  /** Every byte of the blob is here, as far as the index knows. */
  has(id: Uint8Array): boolean {
    return this.#index.blob(id)?.isComplete ?? false
  }

  /** Blobs whose id begins with these 8 bytes; more than one only by design of someone. */
  findShort(short: Uint8Array): Uint8Array[] {
    return this.#index.blobsByShort(short)
  }

  *list(): Generator<BlobInfo> {
    for (const { id, row } of this.#index.blobs()) yield infoOf(id, row)
  }

  /**
   * For its recipe, whose methods throw PFS_POOL when a part of it is lost, and its bytes.
   * @param mayDemote false for a look after which the pool has what it had
   */
  openBlob(id: Uint8Array, mayDemote = true): BlobReader | undefined {
    const row = this.#index.blob(id)
    return row ? new BlobReader(this.#store, id, row, mayDemote) : undefined
  }

  /**
   * Begins a blob; it is there after `finish` and a commit.
   * @param nameOf where somebody else finds its id: asked at the end
   */
  beginBlob(type: BlobType, nameOf?: () => Uint8Array): BlobWriter {
    return new BlobWriter(this.#store, this.keys, type, nameOf)
  }

  pin(id: Uint8Array): void {
    this.#setPinned(id, true)
  }

  unpin(id: Uint8Array): void {
    this.#setPinned(id, false)
  }

  #setPinned(id: Uint8Array, isPinned: boolean): void {
    const { segment } = this.#store.append(recordTypes.pin, id, encodePin(isPinned, Date.now()))
    this.#stageBlob(id, row => ({ ...row, isPinned, segments: withSegment(row.segments, segment) }))
  }

  // Changes the row inside the next commit's transaction, where every other process's change has been.
  #stageBlob(id: Uint8Array, change: (row: BlobRow) => BlobRow): void {
    const key = id.slice()
    this.#store.stage(() => {
      const row = this.#index.blob(key)
      if (row) this.#index.putBlob(key, change(row))
    })
  }

  /** Makes everything durable that was appended before the call. Only then acknowledge. */
  async commit(): Promise<void> {
    this.#store.commit()
    await this.#index.flushed()
    this.#index.refresh()
    enforceQuota(this.#store, this.identity.quotaBytes)
  }

  // -- learning

  get learnPolicy(): LearnPolicy {
    return this.identity.learn
  }

  /** The longest object that is learnt by copy of the pool's own accord. */
  get copyBytesMax(): number {
    const { learn, quotaBytes } = this.identity
    return learn === 'copy' ? quotaBytes : quotaBytes * copyShareOfQuota
  }

  /** How to learn an object of which no clone could be made. */
  learnWay(sizeBytes: number): LearnWay {
    return decideLearning(sizeBytes, this.identity.learn, this.identity.quotaBytes)
  }

  /** A reflink of the file at `path` in the pool's own directory, or undefined where there are none. */
  clone(path: string): Clone | undefined {
    return this.#owned.clone(path)
  }

  /** Ends a blob whose chunks were scanned out of `clone`, which becomes its storage. */
  finishWithClone(writer: BlobWriter, clone: Clone): WrittenBlob {
    const written = writer.finish(id => this.#owned.keep(clone, id))
    this.#owned.discard(clone) // where it was not needed: the segments have every chunk
    return written
  }

  /** For a blob that lies in a user's file: who copies it here, in steps; `commit` afterwards. undefined: nothing to copy. */
  copier(id: Uint8Array): Copier | undefined {
    const row = this.#index.blob(id)
    if (!row?.extent || row.extent.isOwned) return undefined
    const reader = new BlobReader(this.#store, id, row)
    const writer = this.beginBlob(row.type as BlobType, () => reader.blobId)
    return new Copier(this.#store, reader, writer)
  }

  discardClone(clone: Clone): void {
    this.#owned.discard(clone)
  }

  /**
   * Takes the inode at `path`, which held `blobId` and is about to be replaced, into the pool by rename. false: it
   * was left where it is, because the pool has the bytes, or lacks the recipe, or lies on another file system.
   */
  adopt(path: string, blobId: Uint8Array): boolean {
    const row = this.#index.blob(blobId)
    if (!row || (row.isComplete && !row.extent) || row.extent?.isOwned) return false
    const extent = this.#owned.adopt(path, blobId, row.sizeBytes)
    if (!extent) return false
    const { segment } = this.#store.append(recordTypes.extent, blobId, encodeExtent(extent))
    this.#stageBlob(blobId, known => {
      return { ...known, extent, isComplete: true, segments: withSegment(known.segments, segment) }
    })
    return true
  }

  /** Cuts and names the chunks of an open file. */
  scanner(options: ScanOptions): FileScanner {
    return new FileScanner(this.#cutting, options)
  }

  /** Cuts and names a whole content that is in memory. Returns how many rows there are. */
  cutWhole(bytes: Uint8Array, rows: Uint8Array): number {
    return this.#cutting.scanBytes(bytes, true, rows)
  }

  /** Learns a file; `commit` afterwards. */
  import(path: string): Promise<ImportResult> {
    return importFile(this, path)
  }

  // -- what is remembered of files

  /** The blob id of a file in exactly this state, if a scan of it can be trusted. The pool may not hold the blob. */
  statLookup(mark: FileMark): Uint8Array | undefined {
    const row = this.#index.stat(mark.device, mark.inode)
    if (!row || row.mark.sizeBytes !== mark.sizeBytes) return undefined
    if (row.mark.mtimeNanos !== mark.mtimeNanos || row.mark.ctimeNanos !== mark.ctimeNanos) return undefined
    // a write in the clock tick of the scan would leave the same times behind
    return row.mark.mtimeNanos + racyNanos < row.scannedAtNanos ? row.blobId : undefined
  }

  statStore(mark: FileMark, blobId: Uint8Array, scannedAtNanos: bigint): void {
    const row = { mark, blobId: blobId.slice(), scannedAtNanos }
    this.#store.stage(() => this.#index.putStat(row))
  }

  lastBlobOfPath(path: string): Uint8Array | undefined {
    return this.#index.path(this.#hashOf(path))
  }

  /** What a file there may be a version of, the likeliest first: what was last at its path, and under names like its own. */
  likelyBlobs(absolutePath: string): Uint8Array[] {
    const ids = [absolutePath, ...namesLike(absolutePath)].map(name => this.lastBlobOfPath(name))
    return ids.filter((id, i): id is Uint8Array => {
      return id !== undefined && ids.findIndex(other => other && equal(other, id)) === i
    })
  }

  /** @param path of a file, absolute; or what else stands for one, which then has no name */
  rememberPath(path: string, blobId: Uint8Array): void {
    const hashes = [path, ...(path.startsWith('/') ? namesLike(path) : [])].map(name => this.#hashOf(name))
    const id = blobId.slice()
    this.#store.stage(() => {
      for (const hash of hashes) this.#index.putPath(hash, id)
    })
  }

  #hashOf(path: string): Uint8Array {
    return this.hashes.chunkId(Buffer.from(path)).subarray(0, 16)
  }

  // -- the whole

  stats(): PoolStats {
    return poolStats(this.#index, this.identity.quotaBytes)
  }

  /** Reads everything and reports; repairs nothing. */
  async verify(options: { readonly full: boolean }): Promise<VerifyReport> {
    await this.commit()
    return new Verifier(this.#store, this.keys, options.full).run()
  }

  /** Makes the index anew, drops what is damaged and says what was lost. Another one is at it: PFS_LOCKED. */
  async repair(): Promise<RepairReport> {
    const lock = await ExclusiveLock.acquire(this.directory, 'repair')
    try {
      await this.commit()
      return new Rebuilder(this.#store, this.keys, true).run()
    } finally {
      await lock.release()
    }
  }

  /** Commits, seals the segment in progress, closes. */
  async close(): Promise<void> {
    try {
      this.#store.close()
    } finally {
      await this.#index.close()
    }
  }
}

function infoOf(id: Uint8Array, row: BlobRow): BlobInfo {
  const { type, sizeBytes, isPinned, isComplete, lastUsedMillis, extent } = row
  const chunkCount = chunkCountOf(row)
  return { blobId: id.slice(), type, sizeBytes, chunkCount, isPinned, isComplete, lastUsedMillis, extent }
}

const withSegment = (segments: readonly number[], segment: number): number[] =>
  [...new Set([...segments, segment])].sort((a, b) => a - b)
