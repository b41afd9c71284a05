// THE ONE WRITER for names that come from outside: a directory that is held open, and paths below it that cannot lead out
// of it. Two twins: confined_native.ts by openat2 and the *at calls on the held descriptor, confined_portable.ts looking at
// each component before it goes on. Faults come as node:fs throws them, with `code`; a path that is none, or that would
// lead elsewhere, is a ConfinedFault. Knows bytes of names; no pool, no protocol.

import { native } from './addon.ts'
import { type ConfinedAddon, openNativeConfined } from './confined_native.ts'
import { openPortableConfined } from './confined_portable.ts'

export { ConfinedFault, type ConfinedReason } from './confined_fault.ts'

/**
 * A path below: components of bytes joined by `/`, as they are on the disk, UTF-8 or not. Never empty, never absolute, no
 * component empty, `.`, `..` or over 255 bytes, no zero byte, at most 4,095 bytes in all: the twins check it again.
 */
export type Below = Uint8Array

export type EntryKind = 'file' | 'directory' | 'link' | 'other'

/** What stands at a path, links not followed. */
export interface Entry {
  readonly kind: EntryKind
  readonly device: bigint
  readonly inode: bigint
  readonly linkCount: number
  /** The low 12 bits of st_mode. */
  readonly mode: number
  readonly userId: number
  readonly groupId: number
  readonly sizeBytes: number
  readonly mtimeNanos: bigint
  readonly ctimeNanos: bigint
  /** On the disk: fewer than `sizeBytes` where a file has holes, or is compressed. */
  readonly allocatedBytes: number
}

/**
 * One directory and what is below it. No call follows a link at any component, the last included. Directories on the way
 * must be there.
 */
export interface Confined {
  readonly kind: 'portable' | 'native'
  /** As it was opened; for messages. */
  readonly path: string

  /** undefined: nothing is there, nor perhaps the way to it. */
  stat(path: Below): Entry | undefined
  /** Names in a directory, unordered, without `.` and `..`. `undefined`: the held directory itself. */
  names(path: Below | undefined): Uint8Array[]
  /** The text of a link. */
  readLink(path: Below): Uint8Array

  /** EEXIST where anything is there. */
  makeDirectory(path: Below, mode: number): void
  /** A new file, open for reading and writing. EEXIST where anything is there. */
  create(path: Below, mode: number): number
  /** A regular file that is there; a device or pipe is never waited for, and is EINVAL, a directory EISDIR. */
  open(path: Below, access: 'read' | 'read_write'): number
  /** A link of that text, whatever it says. */
  symlink(text: Uint8Array, path: Below): void
  /** Another name for a regular file; of anything else as `open`. */
  link(existing: Below, path: Below): void

  /** @param mayReplace false: EEXIST where anything is there, found out by the rename itself where the kernel can */
  rename(from: Below, to: Below, mayReplace: boolean): void
  /** Into another directory of the same file system, held by the same twin; EXDEV else. */
  renameInto(from: Below, other: Confined, to: Below, mayReplace: boolean): void
  /** A file, a link, or an empty directory. */
  remove(path: Below): void
  /**
   * It and all below it; links are removed, not followed. Nothing there is no fault. EBUSY: another file system is mounted
   * in it, of which nothing is removed.
   */
  removeTree(path: Below): void

  /** Of anything but a link. */
  setMode(path: Below, mode: number): void
  /** Of a link itself, never of what it points at. */
  setOwner(path: Below, userId: number, groupId: number): void
  /** The modification time, of a link itself too; the portable twin rounds to microseconds, before 1970 to milliseconds. */
  setTime(path: Below, mtimeNanos: bigint): void

  /**
   * Everything written below survives a power cut: syncfs, or each file that this object created, opened to be written, or
   * renamed, once: what goes into such a file by a descriptor that outlives the sync is the descriptor's owner's affair.
   */
  sync(): Promise<void>
  close(): void
}

/**
 * Holds a directory, found as any path of the user's own is: links are followed to it.
 * @param loaded the addon's exports
 */
export function openConfined(directory: string, loaded: unknown = native().addon): Confined {
  const has = typeof loaded === 'object' && loaded !== null && 'confinedOpen' in loaded
  return has ? openNativeConfined(loaded as ConfinedAddon, directory) : openPortableConfined(directory)
}
