// Trees for the tests of what builds and places them: a manifest and its image from a few lines, a staging and a target
// directory side by side, by either twin, and a part that has been built. Knows no peer and no pool.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Range } from '../../../../src/base/ranges.ts'
import type { ManifestEntry, Owner } from '../../../../src/cut/manifest/entry.ts'
import { timeOf } from '../../../../src/cut/manifest/entry_time.ts'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { compareNames, type Manifest, ManifestWriter } from '../../../../src/cut/manifest/manifest.ts'
import { native } from '../../../../src/host/addon.ts'
import { type Confined, openConfined } from '../../../../src/host/confined.ts'
import { type Many, many } from '../../../../src/host/many.ts'
import { dress } from '../../../../src/transfer/storage/tree/dress.ts'
import { EntryFailures } from '../../../../src/transfer/storage/tree/entry_failures.ts'
import { type Placed, place } from '../../../../src/transfer/storage/tree/place.ts'
import type { Conflict } from '../../../../src/transfer/storage/tree/survey.ts'
import { TreePart } from '../../../../src/transfer/storage/tree/tree_part.ts'
import { scratch } from '../../../pool/scratch.ts'

/** What is at a path: a file of this content, or whatever else. Directories on the way need not be said. */
export type Line = string | Uint8Array | LineOf

export interface LineOf {
  readonly content?: string | Uint8Array
  readonly directory?: true
  /** Of a link. */
  readonly text?: string
  /** Another name of that path's file, which comes before it. */
  readonly first?: string
  readonly mode?: number
  readonly mtimeNanos?: bigint
  readonly owner?: Owner
  readonly holes?: readonly Range[]
}

export type Lines = Readonly<Record<string, Line>>

export interface Made {
  readonly manifest: Manifest
  /** The bytes of all files. */
  readonly bytes: Uint8Array
  at(path: string): number
}

export const mtimeNanos = 1_000_000_000_123_456_000n

export function manifestOf(lines: Lines): Made {
  const all = new Map<string, LineOf>()
  for (const [path, line] of Object.entries(lines)) {
    const names = path.split('/')
    for (let depth = 1; depth < names.length; depth++) {
      const way = names.slice(0, depth).join('/')
      if (!(way in lines)) all.set(way, { directory: true })
    }
    all.set(path, typeof line === 'string' || line instanceof Uint8Array ? { content: line } : line)
  }
  const paths = [...all.keys()].sort(comparePaths)
  const writer = new ManifestWriter()
  const contents: Uint8Array[] = []
  for (const path of paths) {
    const line = all.get(path) ?? {}
    const content = Buffer.from(line.content ?? '')
    const fault = writer.add(entryOf(path, line, content, paths))
    if (fault) throw new Error(`${path}: ${fault}`)
    contents.push(content)
  }
  const manifest = writer.finish()
  return { manifest, bytes: Buffer.concat(contents), at: path => paths.indexOf(path) }
}

function entryOf(path: string, line: LineOf, content: Uint8Array, paths: readonly string[]): ManifestEntry {
  const { directory, text, first, owner, holes } = line
  const names = path.split('/')
  const common = {
    depth: names.length - 1,
    name: Buffer.from(names.at(-1) ?? ''),
    mode: line.mode ?? (directory ? 0o755 : 0o644),
    time: timeOf(line.mtimeNanos ?? mtimeNanos),
    owner,
  }
  if (directory) return { ...common, kind: 'directory' }
  if (text !== undefined) return { ...common, kind: 'link', text: Buffer.from(text) }
  if (first !== undefined) return { ...common, kind: 'name', first: paths.indexOf(first) }
  return { ...common, kind: 'file', sizeBytes: content.length, holes }
}

function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareNames(Buffer.from(left[i] ?? ''), Buffer.from(right[i] ?? ''))
    if (order !== 0) return order
  }
  return left.length - right.length
}

export interface Twin {
  readonly name: string
  readonly open: (directory: string) => Confined
  /** For what lies below `root`. */
  readonly many: (root: string) => Many
}

const { addon } = native()
export const portable: Twin = { name: 'portable', open: path => openConfined(path, {}), many: () => many({}) }
/** Those that this machine has. */
export const twins: readonly Twin[] = addon
  ? [portable, { name: 'native', open: path => openConfined(path, addon), many: () => many(addon) }]
  : [portable]

/** A directory in which nothing but `staging` and `target` lies. */
export class Ground {
  readonly root = scratch(true)
  readonly staging: Confined
  readonly target: Confined
  readonly many: Many

  constructor(twin: Twin = portable) {
    mkdirSync(this.staged())
    mkdirSync(this.at())
    this.staging = twin.open(this.staged())
    this.target = twin.open(this.at())
    this.many = twin.many(this.root)
    onTestFinished(() => {
      this.staging.close()
      this.target.close()
    })
  }

  /** Of the target. */
  at(...names: readonly string[]): string {
    return join(this.root, 'target', ...names)
  }

  staged(...names: readonly string[]): string {
    return join(this.root, 'staging', ...names)
  }

  part(image: Image, inPlace: Iterable<number> = []): TreePart {
    const { staging, target, many } = this
    return new TreePart({
      image,
      staging,
      target,
      many,
      inPlace: new Set(inPlace),
      knownRows: () => undefined,
    })
  }
}

export interface PutOptions {
  readonly policy?: Conflict
  readonly preservesOwner?: boolean
  readonly unwanted?: readonly Range[]
  /** Paths of files that are at the target. */
  readonly inPlace?: readonly string[]
}

export interface Put {
  readonly placed: Placed
  /** By path: the code of what went wrong with it, or the message for other faults. */
  readonly failed: Readonly<Record<string, string>>
}

/** Builds the whole of it, dresses and places it, as a commit does. */
export async function put(ground: Ground, made: Made, options: PutOptions = {}): Promise<Put> {
  const { policy = 'refuse', preservesOwner = false, unwanted = [], inPlace = [] } = options
  const image = new Image(made.manifest, unwanted)
  const part = ground.part(image, inPlace.map(made.at))
  write(part, image, made, inPlace.map(made.at))
  const failures = new EntryFailures(made.manifest)
  const { staging, target } = ground
  const common = { image, part, staging, failures, preservesOwner, turn: () => setImmediate() }
  await dress(common)
  const placed = await place({ ...common, target, policy })
  const failed: Record<string, string> = {}
  for (const { index, error } of failures.failed)
    failed[Buffer.from(made.manifest.path(index)).toString()] = error.code
  return { placed, failed }
}

/** File by file, those at the target left out. */
export function write(
  part: TreePart,
  image: Image,
  { manifest, bytes }: Made,
  inPlace: readonly number[],
): void {
  const whole = new Image(manifest)
  for (let index = 0; index < manifest.count; index++) {
    if (inPlace.includes(index) || image.end(index) === image.start(index)) continue
    part.write(bytes.subarray(whole.start(index), whole.end(index)), image.start(index))
  }
}
