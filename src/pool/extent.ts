// An external extent: a file that serves as storage for one blob, where it lies. Either the user's own (it may
// change any moment) or an inode the pool owns, in its extents directory (a reflink, or a displaced version adopted
// by rename). Knows how to name and recognise such a file; what it says is believed only chunk by chunk, against ids.

import type { BigIntStats } from 'node:fs'
import { type Reader, Writer } from '../base/bytes.ts'
import { pathBytesMax } from './limits.ts'

/** What tells one state of a file from another without reading it. */
export interface FileMark {
  readonly device: bigint
  readonly inode: bigint
  readonly sizeBytes: number
  readonly mtimeNanos: bigint
  /** Changes with every rename and chmod: used to trust the stat cache, not to doubt an extent. */
  readonly ctimeNanos: bigint
}

export interface Extent {
  /** The inode is the pool's own: `path` is a name in extents/, and it counts against the quota. */
  readonly isOwned: boolean
  readonly path: string
  readonly mark: FileMark
}

export const markBytes = 40

export function markOf(stats: BigIntStats): FileMark {
  return {
    device: stats.dev,
    inode: stats.ino,
    sizeBytes: Number(stats.size),
    mtimeNanos: stats.mtimeNs,
    ctimeNanos: stats.ctimeNs,
  }
}

/** Same inode, same size, not written since. */
export function isUnchanged(then: FileMark, now: FileMark): boolean {
  return (
    then.device === now.device &&
    then.inode === now.inode &&
    then.sizeBytes === now.sizeBytes &&
    then.mtimeNanos === now.mtimeNanos
  )
}

export function writeMark(w: Writer, mark: FileMark): void {
  writeBig(w, mark.device)
  writeBig(w, mark.inode)
  w.u64(mark.sizeBytes)
  writeBig(w, mark.mtimeNanos)
  writeBig(w, mark.ctimeNanos)
}

export function readMark(r: Reader): FileMark {
  const device = readBig(r)
  const inode = readBig(r)
  const sizeBytes = r.u64()
  return { device, inode, sizeBytes, mtimeNanos: readBig(r), ctimeNanos: readBig(r) }
}

/** Extent { Owned (8), Device, Inode, Size, Mtime, Ctime (64 each), Path Length (16), Path (UTF-8) } */
export function encodeExtent(extent: Extent): Uint8Array {
  const path = Buffer.from(extent.path)
  const w = new Writer(new Uint8Array(1 + markBytes + 2 + path.length))
  w.u8(extent.isOwned ? 1 : 0)
  writeMark(w, extent.mark)
  w.u16(path.length)
  w.bytes(path)
  return w.written()
}

export function decodeExtent(r: Reader): Extent | undefined {
  const isOwned = r.u8() === 1
  const mark = readMark(r)
  const pathLength = r.u16()
  if (pathLength > pathBytesMax) r.fail()
  const path = Buffer.from(r.bytes(pathLength)).toString()
  // an owned path is one name inside extents/, whatever the record says
  if (r.failed || (isOwned && !/^[0-9a-f]{64}$/.test(path))) return undefined
  return { isOwned, path, mark }
}

function writeBig(w: Writer, value: bigint): void {
  w.u32(Number(BigInt.asUintN(32, value >> 32n)))
  w.u32(Number(BigInt.asUintN(32, value)))
}

function readBig(r: Reader): bigint {
  const high = r.u32()
  return (BigInt(high) << 32n) | BigInt(r.u32())
}
