// THE ONE WRITER for names that come from outside: a directory that is held open, and paths below it that cannot lead out
// of it. Two twins: confined_native.ts by openat2 and the *at calls on the held descriptor, confined_portable.ts looking at
// each component before it goes on. Faults come as node:fs throws them, with `code`; a path that is none, or that would
// lead elsewhere, is a ConfinedFault. Knows bytes of names; no pool, no protocol.

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
}

/** Which rule a path broke: it is malformed, a component of it is a link, or it is no directory. */
export type ConfinedReason = 'malformed' | 'link' | 'not_a_directory'

export class ConfinedFault extends Error {
  override readonly name = 'ConfinedFault'
  readonly reason: ConfinedReason

  constructor(reason: ConfinedReason, path: string) {
    super(`${reason}: ${path}`)
    this.reason = reason
  }
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
  /** A regular file that is there; a device or pipe is never waited for, and is EINVAL. */
  open(path: Below, access: 'read' | 'read_write'): number
  /** A link of that text, whatever it says. */
  symlink(text: Uint8Array, path: Below): void
  /** Another name for a regular file. */
  link(existing: Below, path: Below): void

  /** @param mayReplace false: EEXIST where anything is there, found out by the rename itself where the kernel can */
  rename(from: Below, to: Below, mayReplace: boolean): void
  /** Into another directory of the same file system; EXDEV else. */
  renameInto(from: Below, other: Confined, to: Below, mayReplace: boolean): void
  /** A file, a link, or an empty directory. */
  remove(path: Below): void
  /** It and all below it; links are removed, not followed. Nothing there is no fault. */
  removeTree(path: Below): void

  /** Of a file or directory, never of what a link points at. */
  setMode(path: Below, mode: number): void
  setOwner(path: Below, userId: number, groupId: number): void
  /** The modification time; the portable twin rounds to microseconds. */
  setTime(path: Below, mtimeNanos: bigint): void

  /** Everything written below survives a power cut: syncfs, or each file that this object created or renamed. */
  sync(): Promise<void>
  close(): void
}
