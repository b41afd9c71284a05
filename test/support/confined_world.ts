// What the tests of the confined writer share: a directory that is held and one beside it that nothing may reach, every
// operation by one path, and how a fault is told.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Below, type Confined, ConfinedFault } from '../../src/host/confined.ts'
import { errnoOf } from '../../src/host/file.ts'

export const bytes = (text: string): Uint8Array => Buffer.from(text)
/** Bytes by their numbers: names that are no UTF-8. */
export const raw = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** The reason, the errno name, or undefined where nothing was thrown. */
export function faultOf(work: () => unknown): string | undefined {
  try {
    work()
  } catch (error) {
    return toldBy(error)
  }
  return undefined
}

export const toldBy = (error: unknown): string => {
  const told = error instanceof ConfinedFault ? error.reason : errnoOf(error)
  if (told === undefined) throw error
  return told
}

export class World {
  /** Held: `plain`, `deep/`, `file` → the victim, `link` → out/. */
  readonly inside: string
  readonly outside: string
  readonly #before: readonly string[]

  constructor(base: string) {
    this.inside = join(base, 'in')
    this.outside = join(base, 'out')
    mkdirSync(join(this.inside, 'deep'), { recursive: true })
    mkdirSync(join(this.outside, 'kept'), { recursive: true })
    writeFileSync(join(this.outside, 'victim'), 'mine')
    writeFileSync(join(this.outside, 'kept', 'too'), 'mine')
    writeFileSync(join(this.inside, 'plain'), 'ours')
    symlinkSync('../out/victim', join(this.inside, 'file'))
    symlinkSync('../out', join(this.inside, 'link'))
    this.#before = this.#outer()
  }

  in(name: string): string {
    return join(this.inside, name)
  }

  expectUntouched(): void {
    expect(this.#outer()).toEqual(this.#before)
  }

  /** Everything outside, and all that a call could change of it. */
  #outer(): string[] {
    const told = (path: string): string => {
      const { mode, uid, mtimeNs, ctimeNs, nlink, size } = lstatSync(path, { bigint: true })
      return [path, mode, uid, mtimeNs, ctimeNs, nlink, size].join(' ')
    }
    const below = readdirSync(this.outside, { recursive: true }).map(name =>
      told(join(this.outside, String(name))),
    )
    return [told(this.outside), ...below.sort(), readFileSync(join(this.outside, 'victim'), 'utf8')]
  }
}

/** false: not allowed here. */
export const makeDevice = (path: string): boolean =>
  spawnSync('mknod', ['-m', '666', path, 'c', '1', '5']).status === 0
export const makePipe = (path: string): boolean => spawnSync('mkfifo', [path]).status === 0

/** Every call that takes a path, by that path; where it takes two, by it as the one and as the other. */
export function operations(at: Confined, path: Below): Record<string, () => unknown> {
  const other = bytes('other')
  const plain = bytes('plain')
  return {
    stat: () => at.stat(path),
    names: () => at.names(path),
    readLink: () => at.readLink(path),
    makeDirectory: () => at.makeDirectory(path, 0o755),
    create: () => closeSync(at.create(path, 0o644)),
    openToRead: () => closeSync(at.open(path, 'read')),
    openToWrite: () => closeSync(at.open(path, 'read_write')),
    symlink: () => at.symlink(bytes('text'), path),
    linkFrom: () => at.link(path, other),
    linkTo: () => at.link(plain, path),
    renameFrom: () => at.rename(path, other, true),
    renameTo: () => at.rename(plain, path, true),
    renameFromFree: () => at.rename(path, other, false),
    renameToFree: () => at.rename(plain, path, false),
    renameIntoFrom: () => at.renameInto(path, at, other, false),
    renameIntoTo: () => at.renameInto(plain, at, path, false),
    remove: () => at.remove(path),
    removeTree: () => at.removeTree(path),
    setMode: () => at.setMode(path, 0o600),
    setOwner: () => at.setOwner(path, 1, 1),
    setTime: () => at.setTime(path, 1n),
  }
}
