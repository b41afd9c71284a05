// Taking a tree away by paths alone, of any depth: the way down is a list, and what is too deep for a path is moved up
// first. Links are taken away, never followed. Knows no directory that is held.

import { type BigIntStats, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs'
import { shownText } from '../wire/text.ts'
import { isSame } from './confined_seen.ts'
import { errnoOf } from './file.ts'
import { systemFault } from './system_fault.ts'

/** macOS ends paths at 1,024 bytes, and one more component must fit behind. */
const deepestBytes = 700
/** How often something may have come into a directory that was empty before it is someone's aim. */
const attemptsMax = 1000

interface Level {
  readonly path: Buffer
  readonly stats: BigIntStats
  /** Subdirectories that are not yet gone, the last one being worked on. */
  readonly names: Buffer[]
}

/**
 * Until the first fault. Nothing there is none. EBUSY: another file system is in it, of which nothing is taken away; a mount
 * of the same one is not seen to be one.
 */
export function removeTree(top: Buffer): void {
  const stats = lookFor(top)
  if (stats?.isDirectory()) new Removal(top, stats).run()
  else if (stats) unlinkSync(top)
}

class Removal {
  readonly #levels: Level[]
  #attempts = 0
  #movedUp = 0

  constructor(top: Buffer, stats: BigIntStats) {
    this.#levels = [emptied(top, stats)]
  }

  run(): void {
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      const name = level.names.at(-1)
      if (name) this.#descend(level, below(level.path, name))
      else this.#leave(level)
    }
  }

  #descend(level: Level, child: Buffer): void {
    mustBeThere(level.path, level.stats)
    const stats = lookFor(child)
    if (stats?.isDirectory() && !this.#isTooDeep(child)) {
      if (stats.dev !== level.stats.dev) throw systemFault('EBUSY', 'rmdir', shownText(child))
      this.#levels.push(emptied(child, stats))
      return
    }
    if (stats?.isDirectory()) this.#moveUp(child)
    else if (stats) unlinkSync(child)
    level.names.pop()
  }

  #leave(level: Level): void {
    this.#levels.pop()
    if (isGone(() => rmdirSync(level.path), 'ENOTEMPTY', 'EEXIST')) this.#levels.at(-1)?.names.pop()
    else if (++this.#attempts === attemptsMax) rmdirSync(level.path)
    else this.#levels.push(emptied(level.path, level.stats)) // something has come in
  }

  /** At the top there is no nearer place. */
  #isTooDeep(child: Buffer): boolean {
    return child.length > deepestBytes && this.#levels.length > 1
  }

  #moveUp(child: Buffer): void {
    const [top] = this.#levels
    if (!top) return
    let name: Buffer
    do name = Buffer.from(`pfs-removed-${this.#movedUp++}`)
    while (lookFor(below(top.path, name)))
    renameSync(child, below(top.path, name))
    top.names.unshift(name)
  }
}

/** Goes into a directory, and empties it of all but directories. */
function emptied(path: Buffer, stats: BigIntStats): Level {
  const names: Buffer[] = []
  const found = readdirSync(path, { encoding: 'buffer' })
  mustBeThere(path, stats)
  for (const name of found) {
    const child = below(path, name)
    if (lookFor(child)?.isDirectory()) names.push(name)
    else isGone(() => unlinkSync(child))
  }
  return { path, stats, names }
}

const below = (path: Buffer, name: Uint8Array): Buffer => Buffer.concat([path, Buffer.from('/'), name])

const lookFor = (path: Buffer): BigIntStats | undefined =>
  lstatSync(path, { bigint: true, throwIfNoEntry: false })

/** A link in its place would lead the next call elsewhere. */
function mustBeThere(path: Buffer, stats: BigIntStats): void {
  const now = lookFor(path)
  if (!now?.isDirectory() || !isSame(now, stats)) throw systemFault('ESTALE', 'rmdir', shownText(path))
}

/** What is gone already is as good. false: refused in one of these ways. */
function isGone(remove: () => void, ...refusals: readonly string[]): boolean {
  try {
    remove()
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (code !== 'ENOENT' && !refusals.includes(code)) throw error
    return code === 'ENOENT'
  }
  return true
}
