// The index: LMDB tables over what the segments hold. Everything but the stat cache and the paths can be made again
// by a forward scan, so nothing here is believed without a look at the record itself. Reads are synchronous; writes
// happen inside `transaction`, which orders all processes that share the pool and returns when they are on disk.

import { closeSync, existsSync, fstatSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { PfsError } from '../base/errors.ts'
import { MiB } from '../base/units.ts'
import { diskFault, freeBytes, readFully } from '../host/file.ts'
import { indexEntryReserveBytes, indexReserveBytes } from './limits.ts'
import {
  type BlobRow,
  decodeBlobRow,
  decodeLocation,
  decodeSegmentRow,
  decodeStatRow,
  encodeBlobRow,
  encodeLocation,
  encodeSegmentRow,
  encodeStatRow,
  type Location,
  type SegmentRow,
  type StatRow,
} from './rows.ts'

type Table = Database<Buffer, Buffer>

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
/** Where the map starts; LMDB grows it as needed. */
const mapBytesInitial = 64 * MiB

/** 16 of 32 bytes are the key: the record's header tells the whole id on every read. */
const keyBytes = 16
const stateKey = Buffer.from('state')

/** 'rebuilding' until a rebuild is done: whoever finds it so starts over. */
export type IndexState = 'ready' | 'rebuilding' | undefined

export class Index {
  readonly #path: string
  readonly #dataPath: string
  readonly #inode: bigint | undefined
  readonly #root: RootDatabase<Buffer, Buffer>
  readonly #meta: Table
  readonly #chunks: Table
  readonly #blobs: Table
  readonly #shorts: Table
  readonly #segments: Table
  readonly #owned: Table
  readonly #stats: Table
  readonly #paths: Table
  readonly #key = Buffer.allocUnsafeSlow(keyBytes)

  /** Throws PFS_POOL when there is an index that LMDB must not be shown. */
  constructor(poolDirectory: string) {
    this.#path = join(poolDirectory, 'index')
    checkMeta(join(this.#path, 'data.mdb'))
    this.#root = open<Buffer, Buffer>({ path: this.#path, maxDbs: 16, mapSize: mapBytesInitial, ...binary })
    const table = (name: string, dupSort = false): Table =>
      this.#root.openDB<Buffer, Buffer>({ name, dupSort, ...binary })
    this.#dataPath = join(this.#path, 'data.mdb')
    this.#inode = inodeOf(this.#dataPath)
    this.#meta = table('meta')
    this.#chunks = table('chunks')
    this.#blobs = table('blobs')
    this.#shorts = table('shorts', true)
    this.#segments = table('segments')
    this.#owned = table('owned')
    this.#stats = table('stats')
    this.#paths = table('paths')
  }

  // Someone who removed index/ under us took our transactions with it; the segments still have everything.
  #checkInPlace(): void {
    if (inodeOf(this.#dataPath) === this.#inode) return
    throw new PfsError('PFS_POOL', `${this.#path} was removed or replaced while in use`, {
      retryable: true,
      hint: 'Run the same command again: the index is made anew from the segments.',
    })
  }

  /**
   * All or nothing, after every other process's; durable when it returns. A throw inside undoes it.
   * @param entryCount about how many chunk entries it writes, for the space it may need
   */
  transaction<T>(write: () => T, entryCount = 0): T {
    this.#checkInPlace()
    if (freeBytes(this.#path) < indexReserveBytes + entryCount * indexEntryReserveBytes) {
      throw new PfsError('PFS_DISK_FULL', this.#path, {
        hint: 'Free some space there and run the same again.',
      })
    }
    try {
      return this.#root.transactionSync(write)
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('pfs: internal')) throw error
      if (error instanceof Error && /no space|ENOSPC/i.test(error.message)) {
        throw new PfsError('PFS_DISK_FULL', this.#path, { cause: error })
      }
      throw diskFault(error, 'PFS_POOL', this.#path)
    }
  }

  /** Waits until whatever was committed is on disk. */
  async flushed(): Promise<void> {
    await this.#root.flushed
  }

  /** The next reads see what other processes committed. */
  refresh(): void {
    this.#root.resetReadTxn()
  }

  async close(): Promise<void> {
    await this.#root.close()
  }

  get state(): IndexState {
    const text = this.#meta.get(stateKey)?.toString()
    return text === 'ready' || text === 'rebuilding' ? text : undefined
  }

  setState(state: 'ready' | 'rebuilding'): void {
    this.#meta.putSync(stateKey, Buffer.from(state))
  }

  /** Forgets what the segments can tell again. */
  clearDerived(): void {
    for (const table of [this.#chunks, this.#blobs, this.#shorts, this.#segments, this.#owned])
      table.clearSync()
  }

  /** @param at where in `id` the id begins */
  chunk(id: Uint8Array, at = 0): Location | undefined {
    const value = this.#chunks.getBinaryFast(this.#keyOf(id, at))
    return value ? decodeLocation(value) : undefined
  }

  putChunk(id: Uint8Array, location: Location): void {
    this.#chunks.putSync(this.#keyOf(id, 0), encodeLocation(location))
  }

  removeChunk(id: Uint8Array): void {
    this.#chunks.removeSync(this.#keyOf(id, 0))
  }

  // LMDB takes a copy. A view of the caller's array would cost more than the look-up, where the array is a small one
  #keyOf(id: Uint8Array, at: number): Buffer {
    for (let i = 0; i < keyBytes; i++) this.#key[i] = id[at + i]!
    return this.#key
  }

  removeChunkByKey(key: Buffer): void {
    this.#chunks.removeSync(key)
  }

  *chunks(): Generator<{ readonly key: Buffer; readonly location: Location }> {
    for (const { key, value } of this.#chunks.getRange({})) yield { key, location: decodeLocation(value) }
  }

  get chunkCount(): number {
    return (this.#chunks.getStats() as { entryCount: number }).entryCount
  }

  blob(id: Uint8Array): BlobRow | undefined {
    const value = this.#blobs.get(asKey(id))
    return value ? decodeBlobRow(value) : undefined
  }

  putBlob(id: Uint8Array, row: BlobRow): void {
    const key = asKey(id)
    this.#blobs.putSync(key, encodeBlobRow(row))
    this.#shorts.putSync(key.subarray(0, 8), key)
    if (row.extent?.isOwned) this.#owned.putSync(key, sizeValue(row.extent.mark.sizeBytes))
    else this.#owned.removeSync(key)
  }

  removeBlob(id: Uint8Array): void {
    const key = asKey(id)
    this.#blobs.removeSync(key)
    this.#shorts.removeSync(key.subarray(0, 8), key)
    this.#owned.removeSync(key)
  }

  *blobs(): Generator<{ readonly id: Buffer; readonly row: BlobRow }> {
    for (const { key, value } of this.#blobs.getRange({})) {
      const row = decodeBlobRow(value)
      if (row) yield { id: key, row }
    }
  }

  /** Blob ids that begin with these 8 bytes. */
  blobsByShort(short: Uint8Array): Buffer[] {
    return [...this.#shorts.getValues(asKey(short))]
  }

  segment(number: number): SegmentRow | undefined {
    const value = this.#segments.get(segmentKey(number))
    return value ? decodeSegmentRow(value) : undefined
  }

  putSegment(number: number, row: SegmentRow): void {
    this.#segments.putSync(segmentKey(number), encodeSegmentRow(row))
  }

  removeSegment(number: number): void {
    this.#segments.removeSync(segmentKey(number))
  }

  *segments(): Generator<{ readonly number: number; readonly row: SegmentRow }> {
    for (const { key, value } of this.#segments.getRange({})) {
      const row = decodeSegmentRow(value)
      if (row) yield { number: key.readUInt32BE(0), row }
    }
  }

  /** Bytes in extents the pool owns. */
  get ownedBytes(): number {
    let sum = 0
    for (const { value } of this.#owned.getRange({})) sum += value.readUIntBE(0, 6)
    return sum
  }

  *ownedBlobs(): Generator<Buffer> {
    for (const key of this.#owned.getKeys({})) yield key
  }

  stat(device: bigint, inode: bigint): StatRow | undefined {
    const value = this.#stats.get(statKey(device, inode))
    return value ? decodeStatRow(value) : undefined
  }

  putStat(row: StatRow): void {
    this.#stats.putSync(statKey(row.mark.device, row.mark.inode), encodeStatRow(row))
  }

  /** @param pathHash 16 bytes: paths are longer than LMDB's keys, and the index need not tell them */
  path(pathHash: Uint8Array): Uint8Array | undefined {
    return this.#paths.get(asKey(pathHash))
  }

  putPath(pathHash: Uint8Array, blobId: Uint8Array): void {
    this.#paths.putSync(asKey(pathHash), asKey(blobId))
  }
}

const asKey = (id: Uint8Array): Buffer => Buffer.from(id.buffer, id.byteOffset, id.byteLength)

/**
 * LMDB maps the file and follows what it finds there: shown one that is not its own it takes the process with it. So
 * the two meta pages are looked at before. Damage further in is beyond this; the remedy is to delete index/.
 */
function checkMeta(path: string): void {
  if (!existsSync(path)) return
  const fd = openSync(path, 'r')
  try {
    const page = Buffer.alloc(52)
    if (readFully(fd, page, 0) === 0) return
    const pageBytes = page.readUInt32LE(48)
    let isGood = pageBytes >= 512 && pageBytes <= 65_536 && fstatSync(fd).size % pageBytes === 0
    for (const at of [0, pageBytes]) {
      isGood &&= readFully(fd, page, at) === page.length
      isGood &&= page.readUInt32LE(24) === 0xbeefc0de && page.readUInt32LE(28) === 2
    }
    if (!isGood) throw new PfsError('PFS_POOL', `${path} is not an index`)
  } finally {
    closeSync(fd)
  }
}

const inodeOf = (path: string): bigint | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false })?.ino

function segmentKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(4)
  key.writeUInt32BE(number)
  return key
}

function statKey(device: bigint, inode: bigint): Buffer {
  const key = Buffer.allocUnsafe(16)
  key.writeBigUInt64BE(BigInt.asUintN(64, device), 0)
  key.writeBigUInt64BE(BigInt.asUintN(64, inode), 8)
  return key
}

function sizeValue(size: number): Buffer {
  const value = Buffer.allocUnsafe(6)
  value.writeUIntBE(size, 0, 6)
  return value
}
