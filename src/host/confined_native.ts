// The native twin of confined.ts: the addon's calls on a held descriptor, whose results are a count or a negative fault. What
// a path may be is judged there. Knows no policy.

import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { shownText } from '../wire/text.ts'
import type { Below, Confined, Entry } from './confined.ts'
import { ConfinedFault, type ConfinedReason } from './confined_fault.ts'
import { EntryRecords, entryWords, unpackNames } from './entry_record.ts'
import { splitNanos } from './nanos.ts'
import { systemFault } from './system_fault.ts'

/** What native/bind_confined.cc exports. Each number is what was done, or a negative fault. */
export interface ConfinedAddon {
  confinedOpen(directory: Uint8Array): object | number
  confinedClose(held: object): void
  confinedStat(held: object, path: Below, entry: Float64Array): number
  confinedNames(held: object, path: Below | undefined): Uint8Array | number
  confinedReadLink(held: object, path: Below): Uint8Array | number
  confinedMakeDirectory(held: object, path: Below, mode: number): number
  confinedCreate(held: object, path: Below, mode: number): number
  confinedOpenFile(held: object, path: Below, writes: boolean): number
  confinedSymlink(held: object, text: Uint8Array, path: Below): number
  confinedLink(held: object, existing: Below, path: Below): number
  confinedRename(held: object, from: Below, other: object, to: Below, mayReplace: boolean): number
  confinedRemove(held: object, path: Below): number
  confinedRemoveTree(held: object, path: Below): number
  confinedSetMode(held: object, path: Below, mode: number): number
  confinedSetOwner(held: object, path: Below, userId: number, groupId: number): number
  confinedSetTime(held: object, path: Below, seconds: number, nanos: number): number
  confinedSync(held: object): Promise<number>
}

/** Beyond every errno: file::Broken of native/file/below.h. */
export const broken: Readonly<Record<number, ConfinedReason>> = {
  4097: 'malformed',
  4098: 'link',
  4099: 'not_a_directory',
}

const { ENOENT } = constants.errno

export function openNativeConfined(addon: ConfinedAddon, directory: string): Confined {
  const held = addon.confinedOpen(Buffer.from(directory))
  if (typeof held === 'number') throw systemFault(getSystemErrorName(held), 'open', directory)
  return new NativeConfined(addon, held, directory)
}

/** What the addon holds of it; undefined: it is of the other twin. */
export const heldBy = (confined: Confined): object | undefined =>
  confined instanceof NativeConfined ? confined.held : undefined

class NativeConfined implements Confined {
  readonly kind = 'native'
  readonly path: string
  readonly held: object
  readonly #addon: ConfinedAddon
  readonly #record = new EntryRecords(new ArrayBuffer(entryWords * 8), 0, 1)

  constructor(addon: ConfinedAddon, held: object, path: string) {
    this.#addon = addon
    this.held = held
    this.path = path
  }

  stat(path: Below): Entry | undefined {
    const result = this.#addon.confinedStat(this.held, path, this.#record.words)
    if (result === -ENOENT) return undefined
    did(result, 'stat', path)
    return this.#record.at(0)
  }

  names(path: Below | undefined): Uint8Array[] {
    return unpackNames(given(this.#addon.confinedNames(this.held, path), 'scandir', path))
  }

  readLink(path: Below): Uint8Array {
    return given(this.#addon.confinedReadLink(this.held, path), 'readlink', path)
  }

  makeDirectory(path: Below, mode: number): void {
    did(this.#addon.confinedMakeDirectory(this.held, path, mode), 'mkdir', path)
  }

  create(path: Below, mode: number): number {
    return did(this.#addon.confinedCreate(this.held, path, mode), 'open', path)
  }

  open(path: Below, access: 'read' | 'read_write'): number {
    return did(this.#addon.confinedOpenFile(this.held, path, access === 'read_write'), 'open', path)
  }

  symlink(text: Uint8Array, path: Below): void {
    did(this.#addon.confinedSymlink(this.held, text, path), 'symlink', path)
  }

  link(existing: Below, path: Below): void {
    did(this.#addon.confinedLink(this.held, existing, path), 'link', existing, path)
  }

  rename(from: Below, to: Below, mayReplace: boolean): void {
    this.renameInto(from, this, to, mayReplace)
  }

  renameInto(from: Below, other: Confined, to: Below, mayReplace: boolean): void {
    const target = heldBy(other)
    if (!target) throw new TypeError('both directories must be held by one twin')
    did(this.#addon.confinedRename(this.held, from, target, to, mayReplace), 'rename', from, to)
  }

  remove(path: Below): void {
    did(this.#addon.confinedRemove(this.held, path), 'unlink', path)
  }

  removeTree(path: Below): void {
    did(this.#addon.confinedRemoveTree(this.held, path), 'rm', path)
  }

  setMode(path: Below, mode: number): void {
    did(this.#addon.confinedSetMode(this.held, path, mode), 'chmod', path)
  }

  setOwner(path: Below, userId: number, groupId: number): void {
    did(this.#addon.confinedSetOwner(this.held, path, userId >>> 0, groupId >>> 0), 'lchown', path)
  }

  setTime(path: Below, mtimeNanos: bigint): void {
    const { seconds, nanos } = splitNanos(mtimeNanos)
    did(this.#addon.confinedSetTime(this.held, path, seconds, nanos), 'lutime', path)
  }

  async sync(): Promise<void> {
    did(await this.#addon.confinedSync(this.held), 'syncfs')
  }

  close(): void {
    this.#addon.confinedClose(this.held)
  }
}

/** What was done, or the fault. */
function did(result: number, syscall: string, ...paths: readonly (Below | undefined)[]): number {
  if (result < 0) throw faultOf(result, syscall, paths)
  return result
}

function given(result: Uint8Array | number, syscall: string, path: Below | undefined): Uint8Array {
  if (typeof result === 'number') throw faultOf(result, syscall, [path])
  return result
}

function faultOf(result: number, syscall: string, paths: readonly (Below | undefined)[]): Error {
  const where = paths.map(path => (path ? shownText(path) : '.')).join(' -> ')
  const reason = broken[-result]
  return reason ? new ConfinedFault(reason, where) : systemFault(getSystemErrorName(result), syscall, where)
}
