// The storage side of all transfers of a process: the pool, the sources being sent and the objects being built, stepped
// in turn. Lives on a thread of its own; everything that reads, cuts, hashes or writes files happens here, nothing
// that drives the protocol. Knows no network.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { assert, must } from '../../base/assert.ts'
import { toHex } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import type { Range } from '../../base/ranges.ts'
import { blobType } from '../../cut/tree.ts'
import { loadCodecs } from '../../host/codec.ts'
import { many } from '../../host/many.ts'
import { poolExists } from '../../pool/identity.ts'
import { Pool } from '../../pool/pool.ts'
import { type Attempt, refused, type Workshop } from './attempt.ts'
import type { Build } from './build.ts'
import { Copies } from './copies.ts'
import type {
  BuildEvent,
  CarriedFailure,
  FailureCode,
  NetworkState,
  NodesMessage,
  OfferedObject,
  OfferVerdict,
  Placement,
  PreparedSource,
  PreparedTree,
  RoundEnd,
  SendPlan,
  SourceEvent,
  TreeRequest,
} from './events.ts'
import { attemptFile } from './file_attempt.ts'
import { Source } from './source.ts'
import { BlobSource, FileSource, type SourceObject } from './source_object.ts'
import { type StreamRequest, StreamSource } from './stream_source.ts'
import { manifestsBytesMax } from './tree/limits.ts'
import { TreeMemory } from './tree/memory.ts'
import { lastingBytes } from './tree/places.ts'
import { prepareTree } from './tree/prepare.ts'
import { attemptTree } from './tree/tree_attempt.ts'

export interface StorageOptions {
  readonly pool: string
  readonly jobs: string
  /** False: this process teaches the pool nothing. */
  readonly mayLearn: boolean
}

export type StorageEvent =
  | { readonly of: 'source'; readonly handle: number; readonly event: SourceEvent }
  | { readonly of: 'build'; readonly handle: number; readonly event: BuildEvent }
  | { readonly of: 'notice'; readonly text: string }

interface OpenSource {
  readonly object: SourceObject
  source: Source | undefined
}

interface OpenedSource {
  readonly size: number
  readonly heldBytes: number
  readonly fileEnds: Float64Array | undefined
}

interface OpenBuild {
  readonly attempt: Attempt
  /** Of a tree: what its manifest takes of memory, and whose it is. */
  readonly manifestBytes: number
  readonly tops: string
  build: Build | undefined
}

export class Storage {
  readonly #options: StorageOptions
  readonly #workshop: Workshop
  readonly #pool: Pool
  readonly #emit: (event: StorageEvent) => void
  readonly #sources = new Map<number, OpenSource>()
  readonly #builds = new Map<number, OpenBuild>()
  #handles = 0
  readonly #copies: Copies
  #isClosing = false
  #isPumping = false

  private constructor(options: StorageOptions, workshop: Workshop, emit: (event: StorageEvent) => void) {
    this.#options = options
    this.#workshop = workshop
    this.#pool = workshop.pool
    this.#emit = emit
    this.#copies = new Copies(workshop.pool)
  }

  /** Opens the pool, making it with the open seed when there is none. */
  static async open(options: StorageOptions, emit: (event: StorageEvent) => void): Promise<Storage> {
    const onNotice = (text: string): void => emit({ of: 'notice', text: `pool: ${text}` })
    if (!poolExists(options.pool)) {
      mkdirSync(options.pool, { recursive: true, mode: 0o700 })
      const made = await Pool.create(options.pool).catch(error => {
        // another process was first
        if (error instanceof PfsError && error.code === 'PFS_EXISTS') return undefined
        throw error
      })
      await made?.close()
      onNotice(`made a new one at ${options.pool}, with the open seed`)
    }
    const pool = await Pool.open(options.pool, { onNotice })
    const { jobs, mayLearn } = options
    const memory = new TreeMemory(pool.directory)
    const workshop = { pool, codecs: await loadCodecs(), many: many(), memory, jobs, mayLearn }
    return new Storage(options, workshop, emit)
  }

  // -- sending

  async prepareFile(path: string): Promise<{ readonly handle: number; readonly prepared: PreparedSource }> {
    return this.#addSource(new FileSource(this.#pool, path, this.#options.mayLearn))
  }

  async prepareBlob(
    blob: Uint8Array,
  ): Promise<{ readonly handle: number; readonly prepared: PreparedSource }> {
    return this.#addSource(new BlobSource(this.#pool, blob))
  }

  /** The two objects of a tree: its manifest, and its image, which `prepared` speaks of. */
  async prepareTree(request: TreeRequest): Promise<{
    readonly handle: number
    readonly listHandle: number
    readonly prepared: PreparedSource
    readonly tree: PreparedTree
  }> {
    const { list, image, tree } = await prepareTree(this.#workshop, request)
    return { ...this.#addSource(image), listHandle: this.#addSource(list).handle, tree }
  }

  /** A stream of that name: what comes of it is fed. */
  async prepareStream(
    request: StreamRequest,
  ): Promise<{ readonly handle: number; readonly prepared: PreparedSource }> {
    return this.#addSource(new StreamSource(this.#pool, this.#incoming(), request, this.#options.mayLearn))
  }

  /** The next bytes of a stream; undefined at its end. Resolves when more may come. */
  async feedSource(handle: number, bytes: Uint8Array | undefined): Promise<void> {
    const fed = this.#sourceOf(handle).object.feed?.(bytes)
    this.#pump()
    await fed
  }

  /** What of a tree changed, or could not be read, while it was being sent. */
  async sourceFailures(handle: number): Promise<readonly CarriedFailure[]> {
    return this.#sourceOf(handle).object.failures?.() ?? []
  }

  /** Paths of entries of a tree, as people read them. */
  async sourcePaths(handle: number, indexes: readonly number[]): Promise<readonly string[]> {
    const { object } = this.#sourceOf(handle)
    return indexes.map(index => object.pathOf?.(index) ?? '')
  }

  #addSource(object: SourceObject): { readonly handle: number; readonly prepared: PreparedSource } {
    const handle = ++this.#handles
    this.#sources.set(handle, { object, source: undefined })
    return { handle, prepared: object.prepared }
  }

  /** Scans the whole object for its blob id, before anything of it is sent. */
  async nameSource(handle: number): Promise<Uint8Array> {
    const { object } = this.#sourceOf(handle)
    await object.wholeRecipe()
    return object.settle()
  }

  /** Ready to stream or repair; the plan counts the first time. Returns how much is sent of it, and held of that. */
  async openSource(handle: number, plan: SendPlan): Promise<OpenedSource> {
    const open = this.#sourceOf(handle)
    open.source ??= new Source(this.#pool, this.#workshop.codecs, open.object, plan, event =>
      this.#emit({ of: 'source', handle, event }),
    )
    const { size, fileEnds } = open.object
    return { size, heldBytes: open.source.heldBytes, fileEnds }
  }

  /** The whole program, as pieces. */
  async streamSource(handle: number): Promise<void> {
    must(this.#sourceOf(handle).source, 'an opened source').stream()
    this.#pump()
  }

  async creditSource(handle: number, loans: readonly number[], network: NetworkState): Promise<void> {
    this.#sources.get(handle)?.source?.credit(loans, network)
    this.#pump()
  }

  /** These ranges, as literals, in a round of their own; for an object that was never streamed too. */
  async repairSource(handle: number, ranges: readonly Range[]): Promise<void> {
    must(this.#sourceOf(handle).source, 'an opened source').repair(ranges)
    this.#pump()
  }

  async sourceNodes(
    handle: number,
    level: number,
    indexes: readonly number[],
  ): Promise<NodesMessage[] | undefined> {
    return must(this.#sourceOf(handle).source, 'an opened source').nodes(level, indexes)
  }

  async closeSource(handle: number): Promise<void> {
    this.#sources.get(handle)?.object.close()
    this.#sources.delete(handle)
  }

  // -- receiving

  /** Writes nothing: an OFFER may be a replay. §5-6 */
  async look(
    object: OfferedObject,
    placement: Placement,
    mayRead = true,
  ): Promise<{ readonly handle: number; readonly verdict: OfferVerdict; readonly isUnchanged: boolean }> {
    const place = object.isFile ? placement : { ...placement, directory: this.#incoming() }
    const manifestBytes = object.tree?.list.size ?? 0
    const tops = `${object.peer} ${toHex(object.transfer.subarray(0, lastingBytes))}`
    const attempt = !this.#hasMemoryFor(manifestBytes, tops)
      ? refused({ kind: 'refuse', code: 'BUSY', text: 'other trees take all the memory there is for them' })
      : object.tree
        ? attemptTree(this.#workshop, object, object.tree, place, mayRead)
        : await attemptFile(this.#workshop, object, place, mayRead)
    const handle = ++this.#handles
    // one that goes no further holds nothing
    const isHeld = attempt.verdict.kind === 'answer'
    this.#builds.set(handle, { attempt, build: undefined, manifestBytes: isHeld ? manifestBytes : 0, tops })
    return { handle, verdict: attempt.verdict, isUnchanged: attempt.isUnchanged }
  }

  /** The largest tree may come alone, and several as long as they are small. What a new attempt ends does not count. */
  #hasMemoryFor(manifestBytes: number, tops: string): boolean {
    if (manifestBytes === 0) return true
    let taken = 0
    for (const open of this.#builds.values())
      if (open.tops !== tops || !open.build) taken += open.manifestBytes
    return taken === 0 || taken + manifestBytes <= manifestsBytesMax
  }

  /**
   * The sender is really there: files may be touched. An older attempt at the same object gives way.
   * @param firstRound the number of the peer's first round for this object
   */
  async startBuild(handle: number, firstRound = 1): Promise<void> {
    const open = must(this.#builds.get(handle), 'an open build')
    const { attempt } = open
    assert(attempt.verdict.kind === 'answer', 'a build that was answered')
    this.#supersede(handle, attempt.journal)
    open.build = attempt.begin({
      firstRound,
      emit: event => this.#emit({ of: 'build', handle, event }),
      wake: () => this.#pump(),
      notice: text => this.#emit({ of: 'notice', text }),
      copyBehind: blob => {
        this.#copies.add(blob)
        this.#pump()
      },
      isOpen: journal => [...this.#builds.values()].some(({ attempt }) => attempt.journal === journal),
    })
    this.#pump()
  }

  #supersede(handle: number, journal: string): void {
    for (const [other, { attempt, build }] of this.#builds) {
      if (other === handle || attempt.journal !== journal || !build) continue
      build.fail('SUPERSEDED', new PfsError('PFS_CANCELLED', 'the sender started the same transfer again'))
    }
  }

  async buildOps(handle: number, round: number, bytes: Uint8Array, isLast: boolean): Promise<void> {
    this.#builds.get(handle)?.build?.addOps(round, bytes, isLast)
    this.#pump()
  }

  async buildSlab(
    handle: number,
    round: number,
    offset: number,
    buffer: SharedArrayBuffer,
    length: number,
  ): Promise<void> {
    const build = this.#builds.get(handle)?.build
    if (build && !build.isOver) build.addSlab(round, { offset, buffer, length })
    else this.#emit({ of: 'build', handle, event: { kind: 'slab_taken', round, offset, buffer, length } })
    this.#pump()
  }

  async buildEndLiterals(handle: number, round: number, length: number): Promise<void> {
    this.#builds.get(handle)?.build?.endLiterals(round, length)
    this.#pump()
  }

  async buildEnd(handle: number, end: RoundEnd): Promise<void> {
    this.#builds.get(handle)?.build?.end(end)
    this.#pump()
  }

  async buildNodes(handle: number, message: NodesMessage): Promise<void> {
    this.#builds.get(handle)?.build?.nodes(message)
    this.#pump()
  }

  async failBuild(handle: number, wire: FailureCode, why: string): Promise<void> {
    this.#builds.get(handle)?.build?.fail(wire, new PfsError('PFS_CANCELLED', why))
  }

  /** @param isLost true: no later attempt can go on with what was built */
  async closeBuild(handle: number, isLost = false): Promise<void> {
    const open = this.#builds.get(handle)
    open?.build?.abandon(isLost)
    open?.attempt.forget?.()
    this.#builds.delete(handle)
  }

  // -- the pool

  /** Complete blobs that are files, in the order of the index: what another pool can verify by itself. §15.10-3 */
  async listBlobs(): Promise<{ readonly blob: Uint8Array; readonly size: number }[]> {
    const blobs: { blob: Uint8Array; size: number }[] = []
    for (const { blobId, sizeBytes, isComplete, type } of this.#pool.list()) {
      if (isComplete && type === blobType.file) blobs.push({ blob: blobId, size: sizeBytes })
    }
    return blobs
  }

  /** @param isHurried what was to be copied stays where it is */
  async close(isHurried = false): Promise<void> {
    this.#isClosing = true
    for (const handle of [...this.#sources.keys()]) await this.closeSource(handle)
    for (const handle of [...this.#builds.keys()]) await this.closeBuild(handle)
    await this.#copies.end(isHurried)
    await this.#pool.close()
  }

  #incoming(): string {
    const path = join(this.#options.pool, 'incoming')
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }

  #sourceOf(handle: number): OpenSource {
    return must(this.#sources.get(handle), 'an open source')
  }

  // One step for each, then whatever messages have come, as long as any has more to do.
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    setImmediate(() => {
      this.#isPumping = false
      if (this.#isClosing) return
      let hasMore = false
      for (const { build } of this.#builds.values()) hasMore = (build?.step() ?? false) || hasMore
      for (const { source } of this.#sources.values()) hasMore = (source?.step() ?? false) || hasMore
      if (hasMore || this.#copies.step()) this.#pump()
    })
  }
}
