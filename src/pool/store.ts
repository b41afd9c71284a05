// Segments and index as one store: what is appended is found at once by this process, and becomes durable and visible
// to others at a commit, in this order: segment data, fdatasync, the segment's name, one index transaction. Knows
// records by id; what blobs are made of is blob_writer.ts.

import { readvSync } from 'node:fs'
import { join } from 'node:path'
import { equal, readU32 } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { rowBytes } from '../cut/recipe.ts'
import type { Hashes } from '../host/hash.ts'
import type { Index } from './index_db.ts'
import { commitBytes, commitMillis, segmentBytesTarget } from './limits.ts'
import { OpenFiles } from './open_files.ts'
import { Pending } from './pending.ts'
import { decodeHeader, headerBytes, type RecordHeader, recordBytes, recordTypes } from './record.ts'
import type { Location } from './rows.ts'
import { SegmentWriter, segmentPath } from './segment_writer.ts'

/** Bytes of an open file. The descriptor is good until `openFilesMax` others were asked for. */
export interface Place {
  readonly fd: number
  readonly offset: number
  readonly length: number
}

export class Store {
  readonly directory: string
  readonly index: Index
  readonly hashes: Hashes
  readonly poolId: Uint8Array
  readonly files = new OpenFiles()
  #writer: SegmentWriter | undefined
  #isSealing = false
  readonly #pending = new Pending()
  #staged: (() => void)[] = []
  // used since the last commit: what eviction spares; written with the next commit that has something to say
  readonly #touched = new Set<number>()
  readonly #touchedBlobs = new Set<string>()
  #pendingBytes = 0
  #pendingChunks = 0
  #pendingChunkBytes = 0
  #pendingSinceMillis = 0
  #generation = 0
  readonly #header = new Uint8Array(headerBytes)
  /** The segment read last: chunks of one content mostly follow one another there. */
  #named = { segment: -1, path: '' }

  constructor(directory: string, index: Index, hashes: Hashes, poolId: Uint8Array) {
    this.directory = directory
    this.index = index
    this.hashes = hashes
    this.poolId = poolId
  }

  get segmentsDirectory(): string {
    return join(this.directory, 'segments')
  }

  get extentsDirectory(): string {
    return join(this.directory, 'extents')
  }

  /** Changes when pending appends were lost to a fault: who relied on them must start over. */
  get generation(): number {
    return this.#generation
  }

  /**
   * Where the record with this id lies, as far as the index knows.
   * @param at where in `id` the id begins
   */
  locate(id: Uint8Array, at = 0): Location | undefined {
    return this.#pending.get(id, at) ?? this.index.chunk(id, at)
  }

  /** Appends a chunk or a recipe part; from now on `locate` finds it. */
  putContent(type: number, id: Uint8Array, payload: Uint8Array): Location {
    const location = this.append(type, id, payload)
    this.#pending.set(id, 0, location.segment, location.offset, location.length)
    if (type === recordTypes.chunk) {
      this.#pendingChunks++
      this.#pendingChunkBytes += payload.length
    }
    return location
  }

  /** As `putContent` for many chunks: rows of a recipe, and their bytes one behind another. Returns their segment. */
  putChunks(rows: Uint8Array, bytes: Uint8Array): number {
    return this.#appending(writer => {
      let offset = writer.appendChunks(rows, bytes)
      for (let row = 0; row < rows.length; row += rowBytes) {
        const length = readU32(rows, row)
        this.#pending.set(rows, row + 4, writer.number, offset, length)
        offset += recordBytes(length)
      }
      this.#pendingChunks += rows.length / rowBytes
      this.#pendingChunkBytes += bytes.length
      return writer.number
    })
  }

  /** Appends any record, committing first when enough has gathered. */
  append(type: number, id: Uint8Array, payload: Uint8Array): Location {
    return this.#appending(writer => {
      const offset = writer.append(type, id, payload)
      return { segment: writer.number, offset, length: payload.length }
    })
  }

  #appending<T>(append: (writer: SegmentWriter) => T): T {
    const now = Date.now()
    // recipes alone can wait for their blob's own commit: a sync would only hold up the stream they belong to
    const hasChunks = this.#pendingChunkBytes > 0
    if (this.#pendingBytes === 0) this.#pendingSinceMillis = now
    else if (
      this.#pendingBytes >= commitBytes ||
      (hasChunks && now - this.#pendingSinceMillis >= commitMillis)
    ) {
      this.commit()
      this.#pendingSinceMillis = now
    }
    try {
      this.#writer ??= SegmentWriter.create(this.segmentsDirectory, this.poolId, this.hashes.xxh64)
      const sizeBefore = this.#writer.sizeBytes
      const result = append(this.#writer)
      this.#pendingBytes += this.#writer.sizeBytes - sizeBefore
      return result
    } catch (error) {
      this.#forgetPending()
      throw error
    }
  }

  /** `write` runs inside the next commit's transaction. */
  stage(write: () => void): void {
    this.#staged.push(write)
  }

  /**
   * Makes everything appended and staged durable, or throws and forgets it all. Blocks: it is called on the pool's
   * own thread. LMDB syncs before the transaction returns, so what follows may acknowledge.
   */
  commit(): void {
    if (this.#pendingBytes === 0 && this.#staged.length === 0) return
    try {
      this.#commit()
    } catch (error) {
      this.#forgetPending()
      throw error
    }
    this.#clear()
  }

  #commit(): void {
    const writer = this.#writer
    if (writer) {
      this.#isSealing = writer.sizeBytes >= segmentBytesTarget
      if (this.#isSealing) writer.seal()
      else writer.sync()
    }
    this.index.transaction(() => {
      this.#pending.visit((key, location) => this.index.putChunk(key, location))
      if (writer) this.#putSegmentRow(writer)
      for (const write of this.#staged) write()
      this.#putTouched()
    }, this.#pending.size)
    if (this.#isSealing) this.#dropWriter()
  }

  #putSegmentRow(writer: SegmentWriter): void {
    const known = this.index.segment(writer.number)
    this.index.putSegment(writer.number, {
      sizeBytes: writer.sizeBytes,
      isSealed: this.#isSealing,
      isDropped: false,
      lastUsedMillis: Date.now(),
      chunkCount: (known?.chunkCount ?? 0) + this.#pendingChunks,
      chunkBytes: (known?.chunkBytes ?? 0) + this.#pendingChunkBytes,
    })
  }

  #putTouched(): void {
    for (const key of this.#touchedBlobs) {
      const id = Buffer.from(key, 'latin1')
      const row = this.index.blob(id)
      if (row) this.index.putBlob(id, { ...row, lastUsedMillis: Date.now() })
    }
    for (const number of this.#touched) {
      const row = this.index.segment(number)
      if (row && !row.isDropped) this.index.putSegment(number, { ...row, lastUsedMillis: Date.now() })
    }
  }

  /**
   * Reads a record's payload into `target` and returns that part of it. undefined when the segment is gone, or the
   * header is not that of `id`, or the bytes are rotten.
   */
  read(location: Location, id: Uint8Array, target: Uint8Array): Uint8Array | undefined {
    const header = this.#readPayload(location, target)
    if (!header || !equal(header.id, id)) return undefined
    this.touch(location.segment)
    return target.subarray(0, location.length)
  }

  /** Where a record's payload lies, as the index has it: neither header nor bytes are looked at. */
  place(location: Location): Place | undefined {
    const fd = this.#descriptor(location)
    if (fd === undefined) return undefined
    this.touch(location.segment)
    return { fd, offset: location.offset + headerBytes, length: location.length }
  }

  touch(segment: number): void {
    this.#touched.add(segment)
  }

  /** For a blob whose extent served: it has a time of use of its own. */
  touchBlob(id: Uint8Array): void {
    this.#touchedBlobs.add(Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1'))
  }

  /** True when a whole record begins there. Its id is not known here. */
  hasRecord(location: Location, target: Uint8Array): boolean {
    return this.#readPayload(location, target) !== undefined
  }

  #readPayload(location: Location, target: Uint8Array): RecordHeader | undefined {
    const fd = this.#descriptor(location)
    if (fd === undefined || location.length > target.length) return undefined
    const payload = target.subarray(0, location.length)
    try {
      const count = readvSync(fd, [this.#header, payload], location.offset)
      if (count !== headerBytes + payload.length) return undefined
    } catch {
      return undefined // a failing disk is one way to be rotten
    }
    const header = decodeHeader(this.#header, 0, location.offset, this.hashes.xxh64)
    if (typeof header === 'string' || header.storedLength !== location.length) return undefined
    return equal(this.hashes.xxh64(payload), header.payloadSum) ? header : undefined
  }

  #descriptor(location: Location): number | undefined {
    const writer = this.#writer
    if (writer?.number !== location.segment) {
      return this.files.open(this.#pathOf(location.segment))
    }
    const end = location.offset + headerBytes + location.length
    if (end > writer.writtenBytes) writer.flush()
    return writer.fd
  }

  #pathOf(segment: number): string {
    if (this.#named.segment !== segment)
      this.#named = { segment, path: segmentPath(this.segmentsDirectory, segment) }
    return this.#named.path
  }

  /** Forgets where `id` lies: its record is rotten or gone. It can be learnt again. */
  quarantine(id: Uint8Array, location: Location): void {
    this.#pending.delete(id)
    try {
      this.index.transaction(() => {
        const now = this.index.chunk(id)
        if (now?.segment === location.segment && now.offset === location.offset) this.index.removeChunk(id)
      })
    } catch {
      // a full disk: the entry stays, and is found rotten again at the next read
    }
  }

  /** Commits, seals the segment in progress and closes every file; the index stays open. */
  close(): void {
    try {
      this.commit()
      this.#finishQuietly()
    } finally {
      this.#dropWriter()
      this.files.close()
    }
  }

  // Everything promised is durable: when the disk has no room for the rest, recovery seals the segment.
  #finishQuietly(): void {
    try {
      this.sealSegment()
      if (this.#touched.size + this.#touchedBlobs.size > 0) this.index.transaction(() => this.#putTouched())
    } catch (error) {
      if (!(error instanceof PfsError)) throw error
    }
  }

  /** Seals the segment in progress, if there is one; everything is committed before. */
  sealSegment(): void {
    const writer = this.#writer
    if (!writer) return
    this.commit()
    writer.seal()
    this.#isSealing = true
    this.index.transaction(() => this.#putSegmentRow(writer))
    this.#dropWriter()
    this.#clear()
  }

  #dropWriter(): void {
    this.#writer?.close()
    this.#writer = undefined
    this.#isSealing = false
  }

  #clear(): void {
    this.#pending.clear()
    this.#staged = []
    this.#touched.clear()
    this.#touchedBlobs.clear()
    this.#pendingBytes = 0
    this.#pendingChunks = 0
    this.#pendingChunkBytes = 0
  }

  #forgetPending(): void {
    this.#generation++
    // a segment that was sealed but not entered is left to recovery; nothing may follow a seal
    if (this.#isSealing) this.#dropWriter()
    else this.#writer?.rewind()
    this.#clear()
  }
}
