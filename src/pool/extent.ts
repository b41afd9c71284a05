// An external extent: files that serve as storage for one blob, where they lie. One file of the user's own (it may change
// any moment), an inode the pool owns, in its extents directory (a reflink, or a displaced version adopted by rename), or
// the files of a tree that its manifest lists. Knows how to name and recognise them; what they say is believed only chunk
// by chunk, against ids.

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

export interface FileExtent {
  /** The inode is the pool's own: `path` is a name in extents/, and it counts against the quota. */
  readonly isOwned: boolean
  readonly path: string
  readonly mark: FileMark
}

/** The image of a tree, in the files themselves. */
export interface TreeExtent {
  readonly isOwned: false
  /** The blob id of its manifest. */
  readonly manifest: Uint8Array
  /** Where each top lies. */
  readonly tops: readonly { readonly name: Uint8Array; readonly path: Uint8Array }[]
}

export type Extent = FileExtent | TreeExtent

export const isTreeExtent = (extent: Extent): extent is TreeExtent => 'manifest' in extent

export const markBytes = 40
const idBytes = 32
const treeKind = 2

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

/**
 * Extent { Owned (8), Device, Inode, Size, Mtime, Ctime (64 each), Path Length (16), Path (UTF-8) }
 * Tree   { 2 (8), Manifest (256), Top Count (32), { Name Length (16), Name, Path Length (16), Path } … }
 */
export function encodeExtent(extent: Extent): Uint8Array {
  if (isTreeExtent(extent)) return encodeTree(extent)
  const path = Buffer.from(extent.path)
  const w = new Writer(new Uint8Array(1 + markBytes + 2 + path.length))
  w.u8(extent.isOwned ? 1 : 0)
  writeMark(w, extent.mark)
  w.u16(path.length)
  w.bytes(path)
  return w.written()
}

function encodeTree({ manifest, tops }: TreeExtent): Uint8Array {
  const bytes = tops.reduce((sum, { name, path }) => sum + 4 + name.length + path.length, 0)
  const w = new Writer(new Uint8Array(1 + idBytes + 4 + bytes))
  w.u8(treeKind)
  w.bytes(manifest)
  w.u32(tops.length)
  for (const { name, path } of tops) {
    w.u16(name.length)
    w.bytes(name)
    w.u16(path.length)
    w.bytes(path)
  }
  return w.written()
}

function decodeTree(r: Reader): TreeExtent | undefined {
  const manifest = r.bytes(idBytes).slice()
  const count = r.u32()
  if (count * 4 > r.left) r.fail()
  const tops: { name: Uint8Array; path: Uint8Array }[] = []
  for (let i = 0; i < count && !r.failed; i++) {
    const name = r.bytes(r.u16()).slice()
    tops.push({ name, path: r.bytes(r.u16()).slice() })
  }
  return r.failed ? undefined : { isOwned: false, manifest, tops }
}

export function decodeExtent(r: Reader): Extent | undefined {
  const kind = r.u8()
  if (kind === treeKind) return decodeTree(r)
  const isOwned = kind === 1
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
