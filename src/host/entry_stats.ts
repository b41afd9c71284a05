// What stands at a name, as node:fs tells it.

import type { BigIntStats } from 'node:fs'
import type { Entry, EntryKind } from './confined.ts'

export function entryOf(stats: BigIntStats): Entry {
  return {
    kind: kindOf(stats),
    device: stats.dev,
    inode: stats.ino,
    linkCount: Number(stats.nlink),
    mode: Number(stats.mode & 0o7777n),
    userId: Number(stats.uid),
    groupId: Number(stats.gid),
    sizeBytes: Number(stats.size),
    mtimeNanos: stats.mtimeNs,
    ctimeNanos: stats.ctimeNs,
    allocatedBytes: Number(stats.blocks) * 512,
  }
}

function kindOf(stats: BigIntStats): EntryKind {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'other'
}
