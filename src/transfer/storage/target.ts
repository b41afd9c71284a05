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
  futimesSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { PfsError } from '../../base/errors.ts'
import { Ahead } from '../../host/ahead.ts'
import { diskFault, errnoOf, readFully, syncDirectory, writeFully } from '../../host/file.ts'
import { files } from '../../host/files.ts'
import { Writeback } from '../../host/writeback.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Scanner } from '../../pool/scan.ts'
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
  | { readonly kind: 'file'; readonly size: number }
  /** A directory, link or device: never read, never replaced but by a rename the user asked for. */
  | { readonly kind: 'other'; readonly isDirectory: boolean }

/** What stands at `path` now. */
export function standing(path: string): Standing {
  try {
    const stats = lstatSync(path)
    if (stats.isFile()) return { kind: 'file', size: stats.size }
    return { kind: 'other', isDirectory: stats.isDirectory() }
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

/** The object while it grows. Sparse: what was never written reads as zeros and takes no room. */
export class PartFile implements Part {
  readonly path: string
  readonly sizeBytes: number
  readonly #fd: number
  readonly #ahead: Ahead
  readonly #writeback: Writeback
  #isOpen = true

  /** Opens what an earlier run left, or a new one of that size. @param isNew whatever lies there is of no use */
  constructor(path: string, sizeBytes: number, isNew = false) {
    this.path = path
    this.sizeBytes = sizeBytes
    try {
      if (isNew) rmSync(path, { force: true })
      const mustBeNew = isNew ? constants.O_EXCL : 0
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | mustBeNew
      this.#fd = openSync(path, flags, 0o600)
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', path)
    }
    try {
      if (!fstatSync(this.#fd).isFile()) throw new PfsError('PFS_WRITE', `${path} is not a file`)
      if (fstatSync(this.#fd).size !== sizeBytes) ftruncateSync(this.#fd, sizeBytes)
    } catch (error) {
      closeSync(this.#fd)
      throw diskFault(error, 'PFS_WRITE', path)
    }
    this.#ahead = new Ahead(this.#fd, sizeBytes)
    this.#writeback = new Writeback(this.#fd)
  }

  get fd(): number {
    return this.#fd
  }

  write(bytes: Uint8Array, position: number): void {
    this.#ahead.expect(position, position + bytes.length)
    writeFully(this.#fd, bytes, position, this.path)
    this.#writeback.wrote(position, position + bytes.length)
  }

  /** Sparse: what was never written reads as zeros. */
  zero(): void {}

  copyRuns(runs: Float64Array, position: number): number {
    this.#ahead.expect(position, position + lengthOf(runs))
    const copied = this.#guarded(() => files().copyRuns(this.#fd, position, runs))
    this.#writeback.wrote(position, position + copied)
    return copied
  }

  async copyRunsBehind(runs: Float64Array, position: number): Promise<number> {
    this.#ahead.expect(position, position + lengthOf(runs))
    const copying = files().copyRunsAsync(this.#fd, position, runs)
    try {
      const copied = await copying
      if (this.#isOpen) this.#writeback.wrote(position, position + copied)
      return copied
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.path)
    }
  }

  cloneRange(fd: number, offset: number, position: number, length: number): boolean {
    this.#ahead.release()
    return this.#guarded(() => files().cloneRange(fd, offset, this.#fd, position, length))
  }

  read(target: Uint8Array, position: number): number {
    return readFully(this.#fd, target, position)
  }

  scanner(pool: Pool, from: number, limit: number, isFinal: boolean): Scanner {
    return pool.scanner({ fd: this.#fd, from, limit, isFinal })
  }

  /** Everything on the disk, with its permissions and times, under the final name; durable when this returns. */
  commit(target: string, mode: number, mtimeMillis: number): void {
    this.#ahead.release()
    try {
      fchmodSync(this.#fd, mode & 0o777)
      const time = new Date(mtimeMillis) // as a number, a time before 1970 would be taken for now
      futimesSync(this.#fd, time, time)
      fsyncSync(this.#fd)
      renameSync(this.path, target)
      syncDirectory(join(target, '..'))
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', target)
    }
    this.close()
  }

  close(): void {
    this.#writeback.stop()
    if (this.#isOpen) {
      this.#ahead.release()
      closeSync(this.#fd)
    }
    this.#isOpen = false
  }

  discard(): void {
    this.close()
    rmSync(this.path, { force: true })
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.path)
    }
  }
}

/** Of triples (descriptor, offset, length). */
function lengthOf(runs: Float64Array): number {
  let length = 0
  for (let i = 2; i < runs.length; i += 3) length += runs[i] ?? 0
  return length
}
