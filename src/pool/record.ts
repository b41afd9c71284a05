// The header of one segment record, 72 bytes, big-endian. Knows bytes only: no file, no index.
//
//   Record {
//     Magic (32) = 'pfsR',   Version (8) = 1,   Type (8),   Flags (16),
//     Raw Length (32),       payload bytes as they were
//     Stored Length (32),    payload bytes as they lie here
//     Codec (8),             0: as it was
//     Reserved (24) = 0,
//     Place (32),            offset of this header in its segment, in units of 8 bytes
//     Id (256),
//     Payload XXH64 (64),    of the stored bytes
//     Header XXH64 (64),     of the 64 bytes above
//     Payload (..),          padded with zeros to a multiple of 8
//   }
//
// Place makes a header true at one offset only: blocks that a disk put elsewhere, and records inside a chunk whose
// content happens to be a segment, are not taken for ours when a scanner looks for the next record after damage.

import { equal, Reader, readU32, Writer } from '../base/bytes.ts'
import { rowBytes } from '../cut/recipe.ts'
import type { PutRecords } from '../host/records.ts'
import { formatVersion, recordBytesMax } from './limits.ts'

export const headerBytes = 72
const checkedBytes = 64
const magic = 0x70667352

/** What a record holds. 5 is kept for seeds. The numbers are the disk format. */
export const recordTypes = {
  chunk: 1,
  part: 2,
  blob: 3,
  pin: 4,
  seed: 5,
  extent: 6,
  seal: 7,
  head: 8,
} as const
const typeMax = 8

/** XXH64 with seed 0: 8 bytes, big-endian. */
export type Checksum = (bytes: Uint8Array) => Uint8Array

/** `id` and `payloadSum` are views of the bytes it was decoded from. */
export interface RecordHeader {
  readonly type: number
  readonly flags: number
  readonly rawLength: number
  readonly storedLength: number
  readonly codec: number
  /** Byte offset of the header in its segment. */
  readonly offset: number
  readonly id: Uint8Array
  readonly payloadSum: Uint8Array
}

/** Why bytes are no record: the first of these that is true. */
export type RecordFailure =
  | 'truncated'
  | 'magic'
  | 'header checksum'
  | 'version'
  | 'type'
  | 'reserved'
  | 'length'
  | 'place'
  | 'payload checksum'

/** Bytes a record takes, header and padding included. */
export const recordBytes = (storedLength: number): number => headerBytes + Math.ceil(storedLength / 8) * 8

export function encodeHeader(target: Uint8Array, at: number, header: RecordHeader, checksum: Checksum): void {
  const w = new Writer(target, at)
  w.u32(magic)
  w.u8(formatVersion)
  w.u8(header.type)
  w.u16(header.flags)
  w.u32(header.rawLength)
  w.u32(header.storedLength)
  w.u32(header.codec * 2 ** 24)
  w.u32(header.offset / 8)
  w.bytes(header.id)
  w.bytes(header.payloadSum)
  w.bytes(checksum(target.subarray(at, at + checkedBytes)))
}

/** The portable twin: one record after another. */
export function portablePutRecords(checksum: Checksum): PutRecords {
  return (type, rows, chunks, offset, target, at) => {
    const begin = at
    let from = 0
    for (let row = 0; row < rows.length; row += rowBytes) {
      const length = readU32(rows, row)
      const payload = chunks.subarray(from, from + length)
      const id = rows.subarray(row + 4, row + rowBytes)
      putRecord(target, at, { type, id, payload, offset: offset + at - begin }, checksum)
      at += recordBytes(length)
      from += length
    }
    return at
  }
}

/** One record, padding included. */
export function putRecord(
  target: Uint8Array,
  at: number,
  { type, id, payload, offset }: Pick<RecordHeader, 'type' | 'id' | 'offset'> & { payload: Uint8Array },
  checksum: Checksum,
): void {
  const lengths = { rawLength: payload.length, storedLength: payload.length }
  const header = { type, flags: 0, ...lengths, codec: 0, offset, id, payloadSum: checksum(payload) }
  encodeHeader(target, at, header, checksum)
  target.set(payload, at + headerBytes)
  target.fill(0, at + headerBytes + payload.length, at + recordBytes(payload.length))
}

/** @param offset where in the segment `bytes[at]` lies */
export function decodeHeader(
  bytes: Uint8Array,
  at: number,
  offset: number,
  checksum: Checksum,
): RecordHeader | RecordFailure {
  if (bytes.length - at < headerBytes) return 'truncated'
  const r = new Reader(bytes.subarray(at, at + headerBytes))
  if (r.u32() !== magic) return 'magic'
  const version = r.u8()
  const type = r.u8()
  const flags = r.u16()
  const rawLength = r.u32()
  const storedLength = r.u32()
  const codec = r.u8()
  const reserved = r.u16() + r.u8()
  const place = r.u32()
  const id = r.bytes(32)
  const payloadSum = r.bytes(8)
  if (!equal(r.bytes(8), checksum(bytes.subarray(at, at + checkedBytes)))) return 'header checksum'
  if (version !== formatVersion) return 'version'
  if (type < 1 || type > typeMax) return 'type'
  if (reserved !== 0 || codec !== 0) return 'reserved'
  if (storedLength > recordBytesMax || rawLength !== storedLength) return 'length'
  if (place * 8 !== offset) return 'place'
  return { type, flags, rawLength, storedLength, codec, offset, id, payloadSum }
}

/** Header and payload of the record that `bytes` begins with. */
export function decodeRecord(
  bytes: Uint8Array,
  offset: number,
  checksum: Checksum,
): { readonly header: RecordHeader; readonly payload: Uint8Array } | RecordFailure {
  const header = decodeHeader(bytes, 0, offset, checksum)
  if (typeof header === 'string') return header
  if (bytes.length < headerBytes + header.storedLength) return 'truncated'
  const payload = bytes.subarray(headerBytes, headerBytes + header.storedLength)
  return equal(checksum(payload), header.payloadSum) ? { header, payload } : 'payload checksum'
}

/** True where a header may begin: a cheap first look before decodeHeader. */
export function looksLikeRecord(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x70 && bytes[at + 1] === 0x66 && bytes[at + 2] === 0x73 && bytes[at + 3] === 0x52
}
