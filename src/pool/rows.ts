// The rows of the index and the payloads of catalogue records, as bytes. A row is ours, a record is nobody's: both
// decode through Reader and come back undefined when they make no sense. Knows neither LMDB nor files.

import { Reader, Writer } from '../base/bytes.ts'
import { recipeChunksMax } from '../cut/limits.ts'
import { idBytes } from '../cut/recipe.ts'
import {
  decodeExtent,
  type Extent,
  encodeExtent,
  type FileMark,
  markBytes,
  readMark,
  writeMark,
} from './extent.ts'
import { partEntries, partsMax } from './limits.ts'

/** Where a record lies. `length` is that of its payload. */
export interface Location {
  readonly segment: number
  readonly offset: number
  readonly length: number
}

/** A stretch of a recipe: all parts but the last hold `partEntries` rows. */
export interface PartRef {
  /** The keyed hash of its rows: a part is found and checked like a chunk. */
  readonly id: Uint8Array
  readonly count: number
  /** Content bytes its rows stand for. */
  readonly byteLength: number
}

/** What a blob commit record says. */
export interface BlobRecord {
  readonly type: number
  readonly chunkingId: number
  readonly sizeBytes: number
  readonly parts: readonly PartRef[]
}

/** What the index knows of a blob besides. */
export interface BlobRow extends BlobRecord {
  readonly isPinned: boolean
  /** Every byte was there when last looked: in segments, or in the extent. Advice. */
  readonly isComplete: boolean
  readonly lastUsedMillis: number
  /** Segments that hold its chunks, recipe or pin; ascending. */
  readonly segments: readonly number[]
  readonly extent: Extent | undefined
}

export interface SegmentRow {
  /** Indexed so far; all of it when sealed. */
  readonly sizeBytes: number
  readonly isSealed: boolean
  /** Evicted: its rows are gone, its file is to be unlinked. */
  readonly isDropped: boolean
  readonly lastUsedMillis: number
  readonly chunkCount: number
  readonly chunkBytes: number
}

export interface StatRow {
  readonly mark: FileMark
  readonly blobId: Uint8Array
  /** When the scan that found `blobId` began. */
  readonly scannedAtNanos: bigint
}

const partBytes = idBytes + 4 + 6

export function encodeLocation(location: Location): Buffer {
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeUInt32BE(location.segment, 0)
  bytes.writeUInt32BE(location.offset / 8, 4)
  bytes.writeUInt32BE(location.length, 8)
  return bytes
}

export function decodeLocation(bytes: Buffer): Location {
  return {
    segment: bytes.readUInt32BE(0),
    offset: bytes.readUInt32BE(4) * 8,
    length: bytes.readUInt32BE(8),
  }
}

export const chunkCountOf = (blob: BlobRecord): number =>
  blob.parts.length === 0
    ? 0
    : (blob.parts.length - 1) * partEntries + blob.parts[blob.parts.length - 1]!.count

/** Blob { Type (8), Chunking (8), Size (64), Part Count (32), Part { Id (256), Count (32), Bytes (48) } (..) } */
export function encodeBlobRecord(blob: BlobRecord): Uint8Array {
  const w = new Writer(new Uint8Array(14 + blob.parts.length * partBytes))
  writeBlobRecord(w, blob)
  return w.written()
}

function writeBlobRecord(w: Writer, blob: BlobRecord): void {
  w.u8(blob.type)
  w.u8(blob.chunkingId)
  w.u64(blob.sizeBytes)
  w.u32(blob.parts.length)
  for (const part of blob.parts) {
    w.bytes(part.id)
    w.u32(part.count)
    w.u48(part.byteLength)
  }
}

export function decodeBlobRecord(payload: Uint8Array): BlobRecord | undefined {
  const r = new Reader(payload)
  const blob = readBlobRecord(r)
  return r.failed || r.left > 0 ? undefined : blob
}

function readBlobRecord(r: Reader): BlobRecord {
  const type = r.u8()
  const chunkingId = r.u8()
  const sizeBytes = r.u64()
  const partCount = r.u32()
  if (partCount > partsMax || partCount * partBytes > r.left) r.fail()
  const parts: PartRef[] = []
  let total = 0
  for (let i = 0; i < partCount && !r.failed; i++) {
    const part = { id: r.bytes(idBytes).slice(), count: r.u32(), byteLength: r.u48() }
    const isLast = i === partCount - 1
    if (part.count < 1 || part.count > partEntries || (!isLast && part.count !== partEntries)) r.fail()
    total += part.byteLength
    parts.push(part)
  }
  if (total !== sizeBytes || parts.length * partEntries > recipeChunksMax) r.fail()
  return { type, chunkingId, sizeBytes, parts }
}

export function encodeBlobRow(row: BlobRow): Buffer {
  const extent = row.extent ? encodeExtent(row.extent) : new Uint8Array(0)
  const room = 1 + 6 + 4 + 4 * row.segments.length + 14 + row.parts.length * partBytes + extent.length
  const bytes = Buffer.alloc(room)
  const w = new Writer(bytes)
  w.u8((row.isPinned ? 1 : 0) | (row.isComplete ? 2 : 0) | (row.extent ? 4 : 0))
  w.u48(row.lastUsedMillis)
  w.u32(row.segments.length)
  for (const segment of row.segments) w.u32(segment)
  writeBlobRecord(w, row)
  w.bytes(extent)
  return bytes
}

export function decodeBlobRow(bytes: Uint8Array): BlobRow | undefined {
  const r = new Reader(bytes)
  const flags = r.u8()
  const lastUsedMillis = r.u48()
  const segmentCount = r.u32()
  if (segmentCount * 4 > r.left) r.fail()
  const segments: number[] = []
  for (let i = 0; i < segmentCount && !r.failed; i++) segments.push(r.u32())
  const record = readBlobRecord(r)
  const extent = flags & 4 ? decodeExtent(r) : undefined
  if (r.failed || r.left > 0) return undefined
  const isPinned = (flags & 1) !== 0
  const isComplete = (flags & 2) !== 0
  return { ...record, isPinned, isComplete, lastUsedMillis, segments, extent }
}

export function encodeSegmentRow(row: SegmentRow): Buffer {
  const bytes = Buffer.alloc(23)
  const w = new Writer(bytes)
  w.u8((row.isSealed ? 1 : 0) | (row.isDropped ? 2 : 0))
  w.u48(row.sizeBytes)
  w.u48(row.lastUsedMillis)
  w.u32(row.chunkCount)
  w.u48(row.chunkBytes)
  return bytes
}

export function decodeSegmentRow(bytes: Uint8Array): SegmentRow | undefined {
  const r = new Reader(bytes)
  const flags = r.u8()
  const sizeBytes = r.u48()
  const lastUsedMillis = r.u48()
  const chunkCount = r.u32()
  const chunkBytes = r.u48()
  if (r.failed || r.left > 0) return undefined
  const isSealed = (flags & 1) !== 0
  return { sizeBytes, isSealed, isDropped: (flags & 2) !== 0, lastUsedMillis, chunkCount, chunkBytes }
}

export function encodeStatRow(row: StatRow): Buffer {
  const bytes = Buffer.alloc(markBytes + idBytes + 8)
  const w = new Writer(bytes)
  writeMark(w, row.mark)
  w.bytes(row.blobId)
  bytes.writeBigUInt64BE(row.scannedAtNanos, w.position)
  return bytes
}

export function decodeStatRow(bytes: Buffer): StatRow | undefined {
  if (bytes.length !== markBytes + idBytes + 8) return undefined
  const r = new Reader(bytes)
  const mark = readMark(r)
  const blobId = r.bytes(idBytes).slice()
  return { mark, blobId, scannedAtNanos: bytes.readBigUInt64BE(bytes.length - 8) }
}

/** Pin { Pinned (8), Time (48, ms) }: of several for one blob, the latest counts. */
export function encodePin(isPinned: boolean, atMillis: number): Uint8Array {
  const w = new Writer(new Uint8Array(7))
  w.u8(isPinned ? 1 : 0)
  w.u48(atMillis)
  return w.written()
}

export function decodePin(payload: Uint8Array): { isPinned: boolean; atMillis: number } | undefined {
  const r = new Reader(payload)
  const isPinned = r.u8() === 1
  const atMillis = r.u48()
  return r.failed || r.left > 0 ? undefined : { isPinned, atMillis }
}
