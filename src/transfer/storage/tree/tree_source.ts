// The image of a tree on its way out: the files of a snapshot, one after another. What an earlier scan knows is not read;
// what changes or goes while it is read is a gap, and noted: the tree cannot be settled then. Knows no plan and no peer.

import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { must } from '../../../base/assert.ts'
import { concat } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import type { Range } from '../../../base/ranges.ts'
import { MiB } from '../../../base/units.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import { fileEnds } from '../../../cut/manifest/file_ends.ts'
import { Image } from '../../../cut/manifest/image.ts'
import { type Recipe, RecipeBuilder } from '../../../cut/recipe.ts'
import { blobType } from '../../../cut/tree.ts'
import { diskFault, errnoOf, readFully } from '../../../host/file.ts'
import { type Many, manyMax } from '../../../host/many.ts'
import type { Pool } from '../../../pool/pool.ts'
import { commitIfRoom } from '../commit.ts'
import type { CarriedFailure, PreparedSource, SendPlan } from '../events.ts'
import { readableRecipe, type SourceObject } from '../source_object.ts'
import { type Learning, Verifier } from '../verifier.ts'
import type { History } from './history.ts'
import { type ImageFiles, TreeScanner } from './scan.ts'
import { carriedFailure, type Snapshot, shownPath, type TreeFailure } from './snapshot.ts'

/** Content scanned before other work of the thread gets a turn. */
const settleStepBytes = 4 * MiB

export interface TreeSourceOptions {
  readonly pool: Pool
  readonly many: Many
  readonly snapshot: Snapshot
  readonly history: History
  readonly prepared: PreparedSource
  readonly learning: Learning
  /** The image is what it was when the snapshot was taken, and all of it: to be remembered by this name. */
  readonly onSettled: (blob: Uint8Array, verifier: Verifier) => void
}

/** What is sent of it is settled when the receiver has answered. */
interface Begun {
  readonly image: Image
  readonly isWhole: boolean
  readonly scanner: TreeScanner
  readonly verifier: Verifier
}

interface Opened {
  readonly index: number
  readonly fd: number
}

export class TreeSource implements SourceObject, ImageFiles {
  readonly prepared: PreparedSource
  readonly #failures: TreeFailure[] = []
  readonly #failed = new Set<number>()
  readonly #options: TreeSourceOptions
  #begun: Begun | undefined
  readonly #locations: (Uint8Array | undefined)[] = []
  /** For the scanner, which goes on with its descriptor, and for bytes that are sent meanwhile. */
  readonly #open: Record<'scan' | 'read', Opened | undefined> = { scan: undefined, read: undefined }
  #isScanned = false
  #isClosed = false
  #settled: Promise<Uint8Array> | undefined

  constructor(options: TreeSourceOptions) {
    this.#options = options
    this.prepared = options.prepared
  }

  /** Of entries that nobody wants nothing is sent; an image without them is remembered by nobody. §15.3-10 */
  begin({ held, unwanted = [], heldFiles = [] }: SendPlan): readonly Range[] {
    const { pool, snapshot, learning } = this.#options
    const image = new Image(snapshot.manifest, unwanted)
    const scanner = new TreeScanner(pool, image, this, 0, image.sizeBytes, true)
    const isWhole = unwanted.length === 0
    const verifier = new Verifier(pool, scanner, isWhole ? learning : 'off', blobType.image)
    this.#begun ??= { image, isWhole, scanner, verifier }
    const whole = heldFiles.map(({ start, end }) => ({ start: image.start(start), end: image.start(end) }))
    return [...held, ...whole]
  }

  get #now(): Begun {
    return must(this.#begun, 'an image that was begun')
  }

  get size(): number {
    return this.#now.image.sizeBytes
  }

  get fileEnds(): Float64Array {
    return fileEnds(this.#now.image)
  }

  get recipe(): undefined {
    return undefined // its rows come by the scan, which reads what it must
  }

  scan(bytesMax: number, lend?: () => Uint8Array): Uint8Array {
    if (this.#isClosed) throw new PfsError('PFS_CANCELLED') // descriptors may be other files' by now
    const parts: Uint8Array[] = []
    if (this.#isScanned) return new Uint8Array(0)
    const state = this.#now.verifier.step(lend ? 1 : bytesMax, rows => parts.push(rows), lend)
    this.#isScanned = state === 'done'
    return concat(...parts)
  }

  takeGap(): number {
    return this.#now.scanner.takeGap()
  }

  // -- files, for the scanner

  rows(index: number): Uint8Array | undefined {
    return this.#options.history.rows(index)
  }

  readMany(indexes: readonly number[], target: Uint8Array): number {
    const { many } = this.#options
    const { image } = this.#now
    const lengths = Float64Array.from(indexes, index => image.end(index) - image.start(index))
    const offsets = new Float64Array(indexes.length)
    for (let i = 1; i < indexes.length; i++) offsets[i] = offsets[i - 1]! + lengths[i - 1]!
    const paths = indexes.map(index => this.#locationOf(index))
    const outcomes = many.read({ paths, offsets, lengths }, target)
    for (const [i, outcome] of outcomes.entries()) {
      const index = must(indexes[i], 'a file for each outcome')
      const isIt = outcome.kind === 'read' && outcome.entry.mtimeNanos === this.#mtimeOf(index)
      if (isIt) continue
      this.#fail(index, outcome.kind === 'failed' ? outcome.errno : undefined)
      return i
    }
    return indexes.length
  }

  open(index: number): number | undefined {
    return this.#openFor('scan', index)?.fd
  }

  #openFor(use: 'scan' | 'read', index: number): Opened | undefined {
    const there = this.#open[use]
    if (there?.index === index) return there
    this.#closeOpen(use)
    let opened: Opened
    try {
      const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
      opened = { index, fd: openSync(Buffer.from(this.#locationOf(index)), flags) }
    } catch (error) {
      this.#fail(index, errnoOf(error) ?? 'EIO')
      return undefined
    }
    this.#open[use] = opened
    if (this.#isSame(opened)) return opened
    this.#fail(index)
    return undefined
  }

  lost(index: number): void {
    this.#fail(index)
  }

  // -- bytes, for what is sent

  read(target: Uint8Array, position: number): void {
    const failuresBefore = this.#failures.length
    const indexes: number[] = []
    let bytes = 0
    const { image } = this.#now
    const flush = (end: number): void => {
      if (indexes.length > 0) this.readMany(indexes.splice(0), target.subarray(end - bytes, end))
      bytes = 0
    }
    for (const { index, offset, position: at, length } of image.parts(position, position + target.length)) {
      const from = at - position
      if (offset === 0 && length === image.end(index) - at && indexes.length < manyMax) {
        indexes.push(index)
        bytes += length
        continue
      }
      flush(from)
      this.#readPart(index, offset, target.subarray(from, from + length))
    }
    flush(target.length)
    this.#check(failuresBefore)
  }

  #readPart(index: number, offset: number, target: Uint8Array): void {
    const opened = this.#openFor('read', index)
    if (!opened) return
    try {
      if (readFully(opened.fd, target, offset) !== target.length || !this.#isSame(opened)) this.#fail(index)
    } catch (error) {
      this.#fail(index, errnoOf(error) ?? 'EIO')
    }
  }

  /** Throws when more has failed than `before`: the program cannot go on as it is. */
  #check(before: number): void {
    const failure = this.#failures[before]
    if (!failure) return
    const path = Buffer.from(failure.path).toString()
    throw new PfsError('PFS_SOURCE_CHANGED', path, { retryable: true, path })
  }

  // -- the end

  settle(): Promise<Uint8Array> {
    this.#settled ??= this.#settle()
    return this.#settled
  }

  async #settle(): Promise<Uint8Array> {
    while (!this.#isScanned) {
      this.scan(settleStepBytes)
      this.takeGap()
      await setImmediate()
    }
    this.#closeOpen('scan')
    this.#check(0)
    const { isWhole, verifier } = this.#now
    const id = must(verifier.id, 'scanned to the end')
    if (isWhole) this.#options.onSettled(id, verifier)
    await commitIfRoom(this.#options.pool)
    return id
  }

  async wholeRecipe(): Promise<Recipe> {
    const { pool } = this.#options
    const { image } = this.#now
    const id = await this.settle()
    const known = readableRecipe(pool.openBlob(id))
    if (known) return known
    const rows = new RecipeBuilder()
    const again = new TreeScanner(pool, image, this, 0, image.sizeBytes, true)
    while (again.step(settleStepBytes, (_offset, length, chunk) => rows.add(length, chunk)) === 'more')
      await setImmediate()
    return rows.finish()
  }

  failures(): readonly CarriedFailure[] {
    return this.#failures.map(carriedFailure)
  }

  pathOf(index: number): string | undefined {
    const { manifest } = this.#options.snapshot
    return index < manifest.count ? shownPath(manifest.path(index)) : undefined
  }

  close(): void {
    this.#closeOpen('scan')
    this.#closeOpen('read')
    this.#isClosed = true
  }

  /** What was read of a file that has changed meanwhile is not what the snapshot says. */
  #closeOpen(use: 'scan' | 'read'): void {
    const opened = this.#open[use]
    if (!opened) return
    if (!this.#isSame(opened)) this.#fail(opened.index)
    closeSync(opened.fd)
    this.#open[use] = undefined
  }

  #mtimeOf(index: number): bigint {
    return nanosOf(this.#options.snapshot.manifest.entry(index).time)
  }

  /** The file that is open is what the snapshot says. */
  #isSame({ index, fd }: Opened): boolean {
    const stats = fstatSync(fd, { bigint: true })
    const size = this.#options.snapshot.manifest.sizeBytes(index)
    return stats.isFile() && Number(stats.size) === size && stats.mtimeNs === this.#mtimeOf(index)
  }

  /** Where the file lies on the disk. */
  #locationOf(index: number): Uint8Array {
    const { manifest, tops, followed } = this.#options.snapshot
    const there = followed.get(index)
    if (there) return there
    const names = manifest.components(index)
    let top = 0
    for (let at = index; at >= 0; at = manifest.parent(at)) top = at
    this.#locations[top] ??= tops[this.#numberOf(top)]?.path
    const location = must(this.#locations[top], 'a place for each top')
    return Buffer.concat([location, ...names.slice(1).flatMap(name => [slash, name])])
  }

  /** Which of the tops it is. */
  #numberOf(top: number): number {
    const { manifest } = this.#options.snapshot
    let number = 0
    for (let index = 0; index < top; index++) if (manifest.parent(index) < 0) number++
    return number
  }

  /** Noted once. */
  #fail(index: number, errno?: string): void {
    if (this.#failed.has(index)) return
    this.#failed.add(index)
    const path = this.#options.snapshot.manifest.path(index)
    const shown = Buffer.from(path).toString()
    const error =
      errno === undefined || otherKinds.has(errno)
        ? new PfsError('PFS_SOURCE_CHANGED', shown, { retryable: true, path: shown })
        : diskFault(Object.assign(new Error(errno), { code: errno }), 'PFS_READ', shown)
    this.#failures.push({ path, error })
  }
}

const slash = Buffer.from('/')

/** What a system says where a link, a directory or a device is now: it has changed, and may be sent as that. */
const otherKinds: ReadonlySet<string> = new Set(['ELOOP', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ENXIO'])
