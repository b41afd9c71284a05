// The files of a tree while they grow: in a directory of our own beside the target, each under its own path, and what is
// in place at the target already. Short files are written by the batch. Knows where bytes go; not whether they are right.

import { closeSync, ftruncateSync, rmdirSync } from 'node:fs'
import { must } from '../../../base/assert.ts'
import type { PfsError } from '../../../base/errors.ts'
import { type Indexes, IndexSet } from '../../../base/index_set.ts'
import type { Image, ImagePart } from '../../../cut/manifest/image.ts'
import { pathBytesMax } from '../../../cut/manifest/limits.ts'
import type { Confined } from '../../../host/confined.ts'
import { diskFault, readFully } from '../../../host/file.ts'
import type { Many } from '../../../host/many.ts'
import type { Pool } from '../../../pool/pool.ts'
import type { Scanner } from '../../../pool/scan.ts'
import { GrowingFile } from '../growing_file.ts'
import type { Part } from '../part.ts'
import { BatchWriter, ownersModes } from './batch_writer.ts'
import { type ImageFiles, TreeScanner } from './scan.ts'
import { splitRuns } from './split_runs.ts'
import { StagedNames } from './staged_names.ts'
import { Holes, writeZeros } from './zeros.ts'

export interface TreePartOptions {
  readonly image: Image
  /** Where files are built, and where they belong. */
  readonly staging: Confined
  readonly target: Confined
  readonly many: Many
  /** Files that are at the target already, as far as size and time tell. */
  readonly inPlace: Indexes
  /** Chunks of files in place that nobody has touched since they were last read. */
  readonly knownRows: (index: number) => Uint8Array | undefined
}

/** Files that are open at once: those that slabs out of order touch, and some. */
const openFilesMax = 64
/** Files up to this are written whole, where all of them is there at once. */
const batchedBytesMax = 128 * 1024

export class TreePart implements Part, ImageFiles {
  readonly path: string
  readonly sizeBytes: number
  readonly #options: TreePartOptions
  readonly #batch: BatchWriter
  readonly #inPlace: IndexSet
  readonly #made: IndexSet
  /** Those that have their mode and time, because they were written in one go. */
  readonly #dressed: IndexSet
  readonly #names: StagedNames
  /** The one used last at the end. */
  readonly #open = new Map<number, GrowingFile>()
  /** Built here, and lent to a scanner that goes on with its descriptor: it stays open. */
  #lent: number | undefined
  /** In place, and lent likewise. */
  #lentPlace: number | undefined
  readonly #holes: Holes
  readonly #path = new Uint8Array(pathBytesMax)
  #doubtsRows = false

  constructor(options: TreePartOptions) {
    const { image, staging, many, inPlace } = options
    this.#options = options
    this.path = staging.path
    this.sizeBytes = image.sizeBytes
    const { manifest } = image
    const { count } = manifest
    this.#inPlace = new IndexSet(count, { [Symbol.iterator]: () => inPlace[Symbol.iterator]() })
    this.#made = new IndexSet(count)
    this.#dressed = new IndexSet(count)
    this.#names = new StagedNames(image.manifest, staging)
    this.#holes = new Holes(image.manifest)
    this.#batch = new BatchWriter(image, staging, many, (index, bytes, errno) =>
      this.#writeAside(index, bytes, errno),
    )
  }

  /** Whether the file is at the target already, and stays there. */
  isInPlace(index: number): boolean {
    return this.#inPlace.has(index)
  }

  isDressed(index: number): boolean {
    return this.#dressed.has(index)
  }

  /** Why the entry cannot have its name here, and is not to be put in place; undefined: it can. */
  nameFaultOf(index: number): PfsError | undefined {
    return this.#names.faultOf(index)
  }

  /** What was taken for known is to be read from now on: something is wrong. */
  doubt(): void {
    this.#doubtsRows = true
  }

  // -- writing

  write(bytes: Uint8Array, position: number): void {
    for (const part of this.#parts(position, bytes.length)) {
      const some = bytes.subarray(part.position - position, part.position - position + part.length)
      if (this.#isWholeAndShort(part)) this.#writeWhole(part.index, some)
      else this.#growing(part.index).write(some, part.offset)
    }
    this.#batch.flush()
  }

  zero(position: number, length: number): void {
    for (const { index, offset, length: count } of this.#parts(position, length)) {
      const holes = this.#holes.of(index)
      const file = this.#growing(index)
      if (holes) writeZeros(file, holes, offset, offset + count)
    }
  }

  copyRuns(runs: Float64Array, position: number): number {
    let copied = 0
    for (const { part, runs: some, bytes } of splitRuns(this.#options.image, runs, position)) {
      const count = this.#copyInto(part, some)
      copied += count
      if (count < bytes) break
    }
    this.#batch.flush()
    return copied
  }

  async copyRunsBehind(runs: Float64Array, position: number): Promise<number> {
    // split at once: the caller uses the memory of `runs` again when it has our promise
    const pieces = [...splitRuns(this.#options.image, runs, position)]
    let copied = 0
    for (const { part, runs: some, bytes } of pieces) {
      const isShort = this.#isWholeAndShort(part)
      const count = isShort
        ? this.#copyInto(part, some)
        : await this.#growing(part.index).copyRunsBehind(some, part.offset)
      copied += count
      if (count < bytes) break
    }
    this.#batch.flush()
    return copied
  }

  /** Returns how much of the runs can be read. */
  #copyInto(part: ImagePart, runs: Float64Array): number {
    if (!this.#isWholeAndShort(part)) return this.#growing(part.index).copyRuns(runs, part.offset)
    const bytes = this.#batch.room(part.length)
    let at = 0
    for (let i = 0; i < runs.length; i += 3) {
      const [fd = -1, offset = 0, length = 0] = runs.subarray(i, i + 3)
      const count = readQuietly(fd, bytes.subarray(at, at + length), offset)
      at += count
      if (count < length) return 0 // a part of a short file is worth nothing
    }
    this.#writeWhole(part.index, bytes)
    return at
  }

  cloneRange(fd: number, offset: number, position: number, length: number): boolean {
    const [part, more] = this.#parts(position, length)
    if (!part || more) return false
    return this.#growing(part.index).cloneRange(fd, offset, part.offset, length)
  }

  #parts(position: number, length: number): Generator<ImagePart> {
    return this.#options.image.parts(position, position + length)
  }

  #isWholeAndShort({ index, offset, length }: ImagePart): boolean {
    return offset === 0 && length <= batchedBytesMax && length === this.#sizeOf(index)
  }

  #sizeOf(index: number): number {
    return this.#options.image.manifest.sizeBytes(index)
  }

  #writeWhole(index: number, bytes: Uint8Array): void {
    this.#names.ensureDirectory(this.#options.image.manifest.parent(index))
    if (this.#names.isAside(index)) return this.#growing(index).write(bytes, 0)
    if (this.#made.has(index)) this.#removeBuilt(index)
    this.#inPlace.delete(index)
    this.#made.add(index)
    if (this.#batch.add(index, bytes)) this.#dressed.add(index)
  }

  /** One of a batch that could not be made. */
  #writeAside(index: number, bytes: Uint8Array, errno: string): void {
    this.#made.delete(index)
    if (this.#names.refuse(index, errno)) return this.#growing(index).write(bytes, 0)
    throw diskFault(Object.assign(new Error(errno), { code: errno }), 'PFS_WRITE', this.#shown(index))
  }

  #removeBuilt(index: number): void {
    this.#open.get(index)?.close()
    this.#open.delete(index)
    this.#guarded(index, () => this.#options.staging.remove(this.#names.path(index)))
  }

  /** The file under construction, made if need be. */
  #growing(index: number): GrowingFile {
    this.#dressed.delete(index)
    const there = this.#open.get(index)
    if (there) {
      this.#open.delete(index)
      this.#open.set(index, there)
      return there
    }
    if (this.#open.size >= openFilesMax) this.#closeOldest()
    const fd = this.#guarded(index, () =>
      this.#made.has(index)
        ? this.#options.staging.open(this.#names.path(index), 'read_write')
        : this.#create(index),
    )
    const file = new GrowingFile(fd, this.#sizeOf(index), this.#shown(index))
    this.#open.set(index, file)
    return file
  }

  #closeOldest(): void {
    for (const [index, file] of this.#open) {
      if (index === this.#lent) continue
      this.#open.delete(index)
      return file.close()
    }
  }

  #create(index: number): number {
    const fd = this.#names.make(index, path => this.#options.staging.create(path, 0o600))
    this.#made.add(index)
    try {
      ftruncateSync(fd, this.#sizeOf(index))
      // what is at the target may not be changed there, and is wrong in parts: those that are right are wanted here
      if (this.#inPlace.delete(index)) this.#copyFromPlace(index, fd)
      return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  #copyFromPlace(index: number, fd: number): void {
    const from = this.#options.target.open(this.#pathOf(index), 'read')
    try {
      const file = new GrowingFile(fd, this.#sizeOf(index), this.#shown(index))
      file.copyRuns(Float64Array.of(from, 0, this.#sizeOf(index)), 0)
    } finally {
      closeSync(from)
    }
  }

  /** What an earlier attempt built of it is there: it is opened, not made. */
  adopt(index: number): void {
    const { staging } = this.#options
    const path = this.#pathOf(index)
    this.#guarded(index, () => {
      const mode = staging.stat(path)?.mode ?? ownersModes
      // it was about to be put in place
      if ((mode & ownersModes) !== ownersModes) staging.setMode(path, ownersModes)
      this.#names.adopt(index)
    })
    this.#made.add(index)
  }

  /** The directory of that entry, and those it lies in. */
  ensureDirectory(index: number): void {
    this.#names.ensureDirectory(index)
  }

  /** A file that nothing was written to, because it is empty or all hole. */
  ensureFile(index: number): void {
    if (!this.#made.has(index) && !this.#inPlace.has(index)) this.#growing(index)
  }

  // -- reading

  read(target: Uint8Array, position: number): number {
    let done = 0
    for (const { index, offset, length } of this.#parts(position, target.length)) {
      const some = target.subarray(done, done + length)
      const count = this.#readPart(index, offset, some)
      done += count
      if (count < length) break
    }
    return done
  }

  #readPart(index: number, offset: number, target: Uint8Array): number {
    if (!this.#inPlace.has(index)) return readFully(this.#growing(index).fd, target, offset)
    const fd = this.#openPlace(index)
    try {
      return readFully(fd, target, offset)
    } finally {
      closeSync(fd)
    }
  }

  scanner(pool: Pool, from: number, limit: number, isFinal: boolean): Scanner {
    this.#batch.flush()
    return new TreeScanner(pool, this.#options.image, this, from, limit, isFinal)
  }

  rows(index: number): Uint8Array | undefined {
    return this.#inPlace.has(index) && !this.#doubtsRows ? this.#options.knownRows(index) : undefined
  }

  readMany(indexes: readonly number[], target: Uint8Array): number {
    const { image, staging, many, target: place } = this.#options
    const lengths = Float64Array.from(indexes, index => this.#sizeOf(index))
    const offsets = new Float64Array(indexes.length)
    for (let i = 1; i < indexes.length; i++) offsets[i] = offsets[i - 1]! + lengths[i - 1]!
    const paths = indexes.map(index => {
      const isThere = this.#inPlace.has(index)
      const path = isThere ? image.manifest.path(index) : this.#names.path(index)
      return Buffer.concat([Buffer.from(isThere ? place.path : staging.path), slash, path])
    })
    const failed = many.read({ paths, offsets, lengths }, target).findIndex(({ kind }) => kind !== 'read')
    if (failed >= 0) throw this.#disturbed(must(indexes[failed], 'a file for each outcome'))
    return indexes.length
  }

  open(index: number): number {
    this.#closeLent()
    if (!this.#inPlace.has(index)) {
      this.#lent = index
      return this.#growing(index).fd
    }
    const fd = this.#openPlace(index)
    this.#lentPlace = fd
    return fd
  }

  #openPlace(index: number): number {
    return this.#guarded(index, () => this.#options.target.open(this.#pathOf(index), 'read'))
  }

  lost(index: number): void {
    throw this.#disturbed(index)
  }

  #disturbed(index: number): Error {
    return diskFault(new Error('somebody else has changed it'), 'PFS_WRITE', this.#shown(index))
  }

  /** All of it is in the files. */
  closeFiles(): void {
    this.#batch.flush()
    for (const file of this.#open.values()) file.close()
    this.#open.clear()
    this.#closeLent()
  }

  close(): void {
    for (const file of this.#open.values()) file.close()
    this.#open.clear()
    this.#closeLent()
    this.#options.staging.close()
    this.#options.target.close()
  }

  discard(): void {
    for (const file of this.#open.values()) file.close()
    this.#open.clear()
    this.#closeLent()
    for (const name of this.#options.staging.names(undefined)) this.#options.staging.removeTree(name)
    this.close()
    rmdirSync(this.path)
  }

  #closeLent(): void {
    if (this.#lentPlace !== undefined) closeSync(this.#lentPlace)
    this.#lentPlace = undefined
    this.#lent = undefined
  }

  /** Until it is asked for the next. */
  #pathOf(index: number): Uint8Array {
    return this.#options.image.manifest.pathIn(this.#path, index)
  }

  #shown(index: number): string {
    return Buffer.from(this.#pathOf(index)).toString()
  }

  #guarded<T>(index: number, work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.#shown(index))
    }
  }
}

const slash = Buffer.from('/')

/** Of a pool's file: what cannot be read is missing there, and is asked for. */
function readQuietly(fd: number, target: Uint8Array, offset: number): number {
  try {
    return readFully(fd, target, offset)
  } catch {
    return 0
  }
}
