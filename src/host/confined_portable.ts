// The portable twin of confined.ts, by node:fs alone: paths, each looked at before it is used (confined_way.ts). It reaches
// as far as the system's paths do. Knows no policy.

import {
  type BigIntStats,
  constants,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { shownText } from '../wire/text.ts'
import { mustBeBelow } from './below.ts'
import type { Below, Confined, Entry } from './confined.ts'
import { ConfinedFault } from './confined_fault.ts'
import { move } from './confined_move.ts'
import {
  ifThere,
  isSame,
  look,
  mustBeDirectory,
  mustBeRegular,
  openRegular,
  setModeOf,
  syncSeen,
} from './confined_seen.ts'
import { removeTree } from './confined_tree.ts'
import { Unsynced } from './confined_unsynced.ts'
import { Way } from './confined_way.ts'
import { entryOf } from './entry_stats.ts'
import { nodeTime } from './nanos.ts'
import { systemFault } from './system_fault.ts'

export const openPortableConfined = (directory: string): Confined => new PortableConfined(directory)

class PortableConfined implements Confined {
  readonly kind = 'portable'
  readonly path: string
  readonly #way: Way
  readonly #unsynced = new Unsynced()

  constructor(directory: string) {
    this.path = directory
    this.#way = new Way(directory)
  }

  stat(path: Below): Entry | undefined {
    return ifThere(() => entryOf(look(this.#way.to(path))))
  }

  names(path: Below | undefined): Uint8Array[] {
    const whole = path ? this.#way.to(path) : this.#way.root()
    mustBeDirectory(look(whole), whole)
    return readdirSync(whole, { encoding: 'buffer' })
  }

  readLink(path: Below): Uint8Array {
    return readlinkSync(this.#way.to(path), { encoding: 'buffer' })
  }

  makeDirectory(path: Below, mode: number): void {
    mkdirSync(this.#way.to(path), { mode })
    this.#unsynced.addDirectory(path)
    this.#unsynced.addName(path)
  }

  create(path: Below, mode: number): number {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
    const fd = openSync(this.#way.to(path), flags, mode)
    this.#unsynced.addFile(path)
    this.#unsynced.addName(path)
    return fd
  }

  open(path: Below, access: 'read' | 'read_write'): number {
    const fd = openRegular(this.#way.to(path), access === 'read' ? constants.O_RDONLY : constants.O_RDWR)
    if (access === 'read_write') this.#unsynced.addFile(path)
    return fd
  }

  symlink(text: Uint8Array, path: Below): void {
    if (text.includes(0)) throw new ConfinedFault('malformed', shownText(text))
    symlinkSync(Buffer.from(text), this.#way.to(path))
    this.#unsynced.addName(path)
  }

  link(existing: Below, path: Below): void {
    mustBeBelow(path)
    const from = this.#way.to(existing)
    const wanted = look(from)
    mustBeRegular(wanted, existing)
    const to = this.#way.to(path)
    linkSync(from, to)
    if (!isSame(look(to), wanted)) {
      unlinkSync(to) // another was put there between the look and the link
      throw systemFault('ESTALE', 'link', shownText(path))
    }
    this.#unsynced.addFile(path)
    this.#unsynced.addName(path)
  }

  rename(from: Below, to: Below, mayReplace: boolean): void {
    this.renameInto(from, this, to, mayReplace)
  }

  renameInto(from: Below, other: Confined, to: Below, mayReplace: boolean): void {
    if (!(other instanceof PortableConfined)) throw new TypeError('both directories must be held by one twin')
    mustBeBelow(to)
    const source = this.#way.to(from)
    const moved = move(source, other.#way.to(to), mayReplace)
    this.#unsynced.move(from, other.#unsynced, to, moved.isDirectory())
    other.#changed(to, moved)
    this.#unsynced.addName(from)
    other.#unsynced.addName(to)
  }

  remove(path: Below): void {
    const whole = this.#way.to(path)
    const isDirectory = look(whole).isDirectory()
    if (isDirectory) rmdirSync(whole)
    else unlinkSync(whole)
    this.#unsynced.forget(path, isDirectory)
    this.#unsynced.addName(path)
  }

  removeTree(path: Below): void {
    const whole = ifThere(() => this.#way.to(path))
    if (!whole) return
    removeTree(whole)
    this.#unsynced.forget(path, true)
    this.#unsynced.addName(path)
  }

  setMode(path: Below, mode: number): void {
    const whole = this.#way.to(path)
    setModeOf(whole, mode)
    this.#changed(path, look(whole))
  }

  setOwner(path: Below, userId: number, groupId: number): void {
    const whole = this.#way.to(path)
    lchownSync(whole, userId, groupId)
    this.#changed(path, look(whole))
  }

  setTime(path: Below, mtimeNanos: bigint): void {
    const whole = this.#way.to(path)
    const stats = look(whole)
    lutimesSync(whole, nodeTime(stats.atimeNs), nodeTime(mtimeNanos))
    this.#changed(path, stats)
  }

  sync(): Promise<void> {
    return this.#unsynced.flush(async (path, isDirectory) => {
      const whole = ifThere(() => (path ? this.#way.to(path) : this.#way.root()))
      if (whole) await syncSeen(whole, isDirectory)
    })
  }

  close(): void {
    this.#way.close()
  }

  #changed(path: Below, stats: BigIntStats): void {
    if (stats.isFile()) this.#unsynced.addFile(path)
    if (stats.isDirectory()) this.#unsynced.addDirectory(path)
  }
}
