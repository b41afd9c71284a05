// The place an object goes to: one name in one directory the user chose. The part file lies beside it, so that the
// last step is a rename within one file system. A name from outside never leaves the directory: it has no separator,
// and links are not followed. Knows no protocol.

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { PfsError } from '../../base/errors.ts'
import { diskFault, errnoOf, syncDirectory } from '../../host/file.ts'
import { files } from '../../host/files.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Scanner } from '../../pool/scan.ts'
import { GrowingFile } from './growing_file.ts'
import type { Part } from './part.ts'

/** A file name's bound on every file system that matters. */
export const nameBytesMax = 255

/** True for what may be one name in a directory, and nothing else. §15.2-4 */
export function isSafeName(name: string): boolean {
  const bytes = Buffer.byteLength(name)
  return bytes >= 1 && bytes <= nameBytesMax && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}

/** `.name.key.pfs-part`, shortened where the name leaves no room. */
export function partName(name: string, key: string): string {
  const ending = `.${key}.pfs-part`
  const room = Buffer.from(name).subarray(0, nameBytesMax - ending.length - 1)
  return `.${new TextDecoder().decode(room).replace(/�+$/, '')}${ending}`
}

export type Standing =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly size: number; readonly mtimeNanos: bigint }
  /** A directory, link or device: never read, never replaced but by a rename the user asked for. */
  | { readonly kind: 'other'; readonly isDirectory: boolean; readonly mtimeNanos: bigint }

/** What stands at `path` now. */
export function standing(path: string): Standing {
  try {
    const stats = lstatSync(path, { bigint: true })
    const { mtimeNs: mtimeNanos } = stats
    if (stats.isFile()) return { kind: 'file', size: Number(stats.size), mtimeNanos }
    return { kind: 'other', isDirectory: stats.isDirectory(), mtimeNanos }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { kind: 'absent' }
    throw diskFault(error, 'PFS_WRITE', path)
  }
}

export function targetPath(directory: string, name: string): string {
  if (!isSafeName(name)) {
    throw new PfsError('PFS_WRITE', `${name} cannot be the name of a file here`, {
      hint: 'Rename it and send it again.',
    })
  }
  return join(directory, name)
}

/** The object while it grows, beside its target. */
export class PartFile implements Part {
  readonly path: string
  #sizeBytes: number
  readonly #file: GrowingFile

  /**
   * Opens what an earlier run left, or a new one of that size.
   * @param isNew whatever lies there is of no use
   * @param isSized false: `sizeBytes` is only what it may become
   */
  constructor(path: string, sizeBytes: number, isNew = false, isSized = true) {
    this.path = path
    this.#sizeBytes = sizeBytes
    this.#file = new GrowingFile(openPart(path, isSized ? sizeBytes : 0, isNew), sizeBytes, path)
  }

  get fd(): number {
    return this.#file.fd
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  settle(sizeBytes: number): void {
    this.#file.end()
    ftruncateSync(this.fd, sizeBytes)
    this.#sizeBytes = sizeBytes
  }

  write(bytes: Uint8Array, position: number): void {
    this.#file.write(bytes, position)
  }

  /** Sparse: what was never written reads as zeros. */
  zero(): void {}

  copyRuns(runs: Float64Array, position: number): number {
    return this.#file.copyRuns(runs, position)
  }

  copyRunsBehind(runs: Float64Array, position: number): Promise<number> {
    return this.#file.copyRunsBehind(runs, position)
  }

  cloneRange(fd: number, offset: number, position: number, length: number): boolean {
    return this.#file.cloneRange(fd, offset, position, length)
  }

  read(target: Uint8Array, position: number): number {
    return this.#file.read(target, position)
  }

  scanner(pool: Pool, from: number, limit: number, isFinal: boolean): Scanner {
    return pool.scanner({ fd: this.fd, from, limit, isFinal })
  }

  /** Everything on the disk, with its permissions and times, under the final name; durable when this returns. */
  commit(target: string, mode: number, mtimeNanos: bigint): void {
    this.#file.end()
    try {
      fchmodSync(this.fd, mode & 0o777)
      files().setTimes(this.fd, mtimeNanos)
      fsyncSync(this.fd)
      renameSync(this.path, target)
      syncDirectory(join(target, '..'))
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', target)
    }
    this.close()
  }

  close(): void {
    this.#file.close()
  }

  discard(): void {
    this.close()
    rmSync(this.path, { force: true })
  }
}

function openPart(path: string, sizeBytes: number, isNew: boolean): number {
  let fd: number
  try {
    if (isNew) rmSync(path, { force: true })
    const mustBeNew = isNew ? constants.O_EXCL : 0
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | mustBeNew
    fd = openSync(path, flags, 0o600)
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', path)
  }
  try {
    if (!fstatSync(fd).isFile()) throw new PfsError('PFS_WRITE', `${path} is not a file`, { path })
    if (fstatSync(fd).size !== sizeBytes) ftruncateSync(fd, sizeBytes)
    return fd
  } catch (error) {
    closeSync(fd)
    throw diskFault(error, 'PFS_WRITE', path)
  }
}
