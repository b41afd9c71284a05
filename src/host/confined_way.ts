// The way to what a path below a directory names, for a twin that has paths only: it looks whether the directory is still
// the one it was, and at each component, before it goes on. Who can rename directories there meanwhile can fool it, which
// the native twin does not allow.

import { type BigIntStats, closeSync, constants, openSync, realpathSync } from 'node:fs'
import { mustBeBelow, slash } from './below.ts'
import type { Below } from './confined.ts'
import { isSame, look, mustBeDirectory } from './confined_seen.ts'
import { systemFault } from './system_fault.ts'

export class Way {
  readonly #root: Buffer
  /** Ends in a slash. */
  readonly #prefix: Buffer
  readonly #stats: BigIntStats
  /** While it is open no other directory gets its inode number. */
  #fd: number | undefined

  /** Follows links to the directory itself, once. */
  constructor(directory: string) {
    const root = realpathSync(directory)
    this.#root = Buffer.from(root)
    this.#prefix = Buffer.from(root.endsWith('/') ? root : `${root}/`)
    this.#fd = openSync(root, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0))
    this.#stats = look(this.#root)
  }

  /** The directory itself; of use until someone replaces it. */
  root(): Buffer {
    const fault = (code: string): Error => systemFault(code, 'open', this.#root.toString())
    if (this.#fd === undefined) throw fault('EBADF')
    const stats = look(this.#root)
    mustBeDirectory(stats, this.#root)
    if (!isSame(stats, this.#stats)) throw fault('ESTALE')
    return this.#root
  }

  /** The whole path, once each directory on the way was looked at. */
  to(path: Below): Buffer {
    mustBeBelow(path)
    this.root()
    const whole = Buffer.concat([this.#prefix, path])
    for (let at = path.indexOf(slash); at >= 0; at = path.indexOf(slash, at + 1)) {
      const directory = whole.subarray(0, this.#prefix.length + at)
      mustBeDirectory(look(directory), directory)
    }
    return whole
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
