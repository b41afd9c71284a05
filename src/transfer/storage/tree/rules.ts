// The rules by which a user leaves things out of a tree: --include and --exclude, a list of paths, and .pfsignore files, all
// in the syntax of .gitignore. The nearest .pfsignore that says something of a path decides, after the command line.

import { readFileSync } from 'node:fs'
import ignoring, { type Ignore } from 'ignore'
import { toHex } from '../../../base/bytes.ts'
import type { SelectionRules } from '../events.ts'
import { everything, type Selection, type Wanted } from './selection.ts'

export const ignoreFile = '.pfsignore'

/** Paths asked for before the matcher is made anew: it remembers each. */
const rememberedMax = 16_384

/** @param without hex of paths that are left out whatever the rules say */
export function selectionOf(rules: SelectionRules, without: readonly string[]): Selection {
  const { include, exclude, only, ignoreFiles } = rules
  const isEverything = include.length + exclude.length + without.length === 0 && !only && !ignoreFiles
  if (isEverything) return everything
  const command: CommandRules = {
    include: include.length > 0 ? new Patterns(include) : undefined,
    exclude: exclude.length > 0 ? new Patterns(exclude) : undefined,
    only: only && new Paths(only),
    without: new Set(without),
  }
  return new RuledSelection(command, ignoreFiles, undefined)
}

interface CommandRules {
  readonly include: Patterns | undefined
  readonly exclude: Patterns | undefined
  readonly only: Paths | undefined
  readonly without: ReadonlySet<string>
}

/** The rules of one .pfsignore, and of those above it. */
interface Level {
  readonly patterns: Patterns
  /** Bytes of the path of its directory, with the slash behind it. */
  readonly prefixBytes: number
  readonly above: Level | undefined
}

class RuledSelection implements Selection {
  readonly #command: CommandRules
  readonly #hasIgnoreFiles: boolean
  readonly #level: Level | undefined

  constructor(command: CommandRules, hasIgnoreFiles: boolean, level: Level | undefined) {
    this.#command = command
    this.#hasIgnoreFiles = hasIgnoreFiles
    this.#level = level
  }

  wants(path: Uint8Array, isDirectory: boolean): Wanted {
    const { include, exclude, only, without } = this.#command
    if (without.size > 0 && without.has(toHex(path))) return 'no'
    const listed = only?.has(path) ?? 'yes'
    if (listed === 'no') return 'no'
    const topEnd = path.indexOf(slash)
    // a top was named by itself: patterns are for what lies in it
    if (topEnd < 0) return include && isDirectory ? 'passing' : listed
    const inTop = path.subarray(topEnd + 1)
    if (exclude?.says(inTop, isDirectory) === 'matches') return 'no'
    if (this.#isIgnored(path, isDirectory)) return 'no'
    const isIncluded = !include || include.says(inTop, isDirectory) === 'matches'
    if (isIncluded) return listed
    return isDirectory ? 'passing' : 'no'
  }

  #isIgnored(path: Uint8Array, isDirectory: boolean): boolean {
    for (let level = this.#level; level; level = level.above) {
      const said = level.patterns.says(path.subarray(level.prefixBytes), isDirectory)
      if (said !== 'nothing') return said === 'matches'
    }
    return false
  }

  inside(path: Uint8Array, location: Uint8Array, names: readonly Uint8Array[]): Selection {
    const hasOwn = this.#hasIgnoreFiles && names.some(name => Buffer.from(name).equals(ignoreFileName))
    if (!hasOwn) return this
    const text = readFileSync(Buffer.concat([location, Buffer.from('/'), ignoreFileName]), 'utf8')
    const level = {
      patterns: new Patterns(text.split(/\r?\n/)),
      prefixBytes: path.length + 1,
      above: this.#level,
    }
    return new RuledSelection(this.#command, true, level)
  }
}

const slash = 0x2f
const ignoreFileName = Buffer.from(ignoreFile)

/** Patterns of .gitignore; names that are no UTF-8 are matched as they are shown. */
class Patterns {
  readonly #lines: readonly string[]
  #matcher: Ignore
  #asked = 0

  constructor(lines: readonly string[]) {
    this.#lines = lines
    this.#matcher = this.#make()
  }

  /** @param path relative to where the patterns hold */
  says(path: Uint8Array, isDirectory: boolean): 'matches' | 'is excepted' | 'nothing' {
    if (++this.#asked > rememberedMax) this.#matcher = this.#make()
    const shown = Buffer.from(path).toString()
    const { ignored, unignored } = this.#matcher.test(isDirectory ? `${shown}/` : shown)
    if (ignored) return 'matches'
    return unignored ? 'is excepted' : 'nothing'
  }

  #make(): Ignore {
    this.#asked = 0
    // two names that differ in case are two files here
    return ignoring({ allowRelativePaths: true, ignoreCase: false }).add([...this.#lines])
  }
}

/** A list of paths: each with what is below it, and the way there. */
class Paths {
  readonly #listed = new Set<string>()
  readonly #onTheWay = new Set<string>()

  constructor(paths: readonly Uint8Array[]) {
    for (const path of paths) {
      const key = keyOf(path)
      this.#listed.add(key)
      for (let at = key.lastIndexOf('/'); at > 0; at = key.lastIndexOf('/', at - 1))
        this.#onTheWay.add(key.slice(0, at))
    }
  }

  has(path: Uint8Array): Wanted {
    const key = keyOf(path)
    if (this.#listed.has(key)) return 'yes'
    for (let at = key.lastIndexOf('/'); at > 0; at = key.lastIndexOf('/', at - 1))
      if (this.#listed.has(key.slice(0, at))) return 'yes'
    return this.#onTheWay.has(key) ? 'passing' : 'no'
  }
}

const keyOf = (path: Uint8Array): string => Buffer.from(path).toString('latin1')
