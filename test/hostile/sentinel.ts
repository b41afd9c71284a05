// Something beside the target that nobody may touch, and what stood in it: names, kinds, modes, times, links and bytes, by a
// walk that shares no code with what writes trees.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'

export class Sentinel {
  readonly root: string
  readonly #target: string
  readonly #before: string

  /** @param target a directory; the sentinel lies beside it, as `outside` */
  constructor(target: string) {
    this.#target = target
    this.root = join(dirname(target), 'outside')
    mkdirSync(join(this.root, 'sub'), { recursive: true })
    writeFileSync(join(this.root, 'secret'), 'nobody may read or write this')
    writeFileSync(join(this.root, 'sub', 'f'), 'nor this')
    symlinkSync('secret', join(this.root, 'link'))
    this.#before = this.#look()
  }

  isUntouched(): void {
    expect(this.#look()).toBe(this.#before)
  }

  /** Everything beside the target that is no file system's own and not ours. */
  #look(): string {
    const names = readdirSync(dirname(this.#target)).filter(name => !['pool', 'jobs', 'files'].includes(name))
    return [...names, ...walk(this.root)].join('\n')
  }
}

function* walk(path: string): Generator<string> {
  const stats = lstatSync(path, { bigint: true })
  const what = stats.isSymbolicLink() ? readlinkSync(path) : stats.isFile() ? readFileSync(path, 'hex') : ''
  yield `${path} ${stats.mode} ${stats.nlink} ${stats.uid} ${stats.mtimeNs} ${stats.ino} ${what}`
  if (stats.isDirectory()) for (const name of readdirSync(path).sort()) yield* walk(join(path, name))
}
