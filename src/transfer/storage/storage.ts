// The storage side of all transfers of a process: the pool, the sources being sent and the objects being built, stepped
// in turn. Lives on a thread of its own; everything that reads, cuts, hashes or writes files happens here, nothing
// that drives the protocol. Knows no network.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { assert, must } from '../../base/assert.ts'
import { toHex } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import { type Range, RangeSet } from '../../base/ranges.ts'
import { blobType } from '../../cut/tree.ts'
import { type Codecs, loadCodecs } from '../../host/codec.ts'
import { poolExists } from '../../pool/identity.ts'
import { Pool } from '../../pool/pool.ts'
import { Build } from './build.ts'
import { commitObject } from './commit.ts'
import { Copies } from './copies.ts'
import type {
  BuildEvent,
  FailureCode,
  NodesMessage,
  OfferedObject,
  OfferVerdict,
  Placement,
  PreparedSource,
  RoundEnd,
  SendPlan,
  SourceEvent,
} from './events.ts'
import { Journal } from './journal.ts'
import { clearLeftovers } from './leftovers.ts'
import { type Looked, look } from './look.ts'
import { Source } from './source.ts'
import { BlobSource, FileSource, type SourceObject } from './source_object.ts'
import { PartFile } from './target.ts'
import { chooseLearning } from './verifier.ts'

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

interface OpenBuild {
  readonly object: OfferedObject
  readonly placement: Placement
  readonly looked: Looked
  build: Build | undefined
}

export class Storage {
  readonly #options: StorageOptions
  readonly #pool: Pool
  readonly #codecs: Codecs
  readonly #emit: (event: StorageEvent) => void
  readonly #sources = new Map<number, OpenSource>()
  readonly #builds = new Map<number, OpenBuild>()
  #handles = 0
  readonly #copies: Copies
  #isClosing = false
  #isPumping = false

  private constructor(
    options: StorageOptions,
    pool: Pool,
    codecs: Codecs,
    emit: (event: StorageEvent) => void,
  ) {
    this.#options = options
    this.#pool = pool
    this.#codecs = codecs
    this.#emit = emit
    this.#copies = new Copies(pool)
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
    return new Storage(options, pool, await loadCodecs(), emit)
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

  /** Ready to stream or repair; the plan counts the first time. */
  async openSource(handle: number, plan: SendPlan): Promise<void> {
    const open = this.#sourceOf(handle)
    open.source ??= new Source(this.#pool, this.#codecs, open.object, plan, event =>
      this.#emit({ of: 'source', handle, event }),
    )
  }

  /** The whole program, as pieces. */
  async streamSource(handle: number): Promise<void> {
    must(this.#sourceOf(handle).source, 'an opened source').stream()
    this.#pump()
  }

  async creditSource(handle: number, loans: readonly number[], inFlightBytes: number): Promise<void> {
    this.#sources.get(handle)?.source?.credit(loans, inFlightBytes)
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
    const looked = await look(this.#pool, this.#codecs, this.#options.jobs, object, place, mayRead)
    const handle = ++this.#handles
    this.#builds.set(handle, { object, placement: place, looked, build: undefined })
    return { handle, verdict: looked.verdict, isUnchanged: looked.isUnchanged }
  }

  /** The sender is really there: files may be touched. An older attempt at the same object gives way. */
  async startBuild(handle: number): Promise<void> {
    const open = this.#buildOf(handle)
    const { object, placement, looked } = open
    assert(looked.verdict.kind === 'answer', 'a build that was answered')
    this.#supersede(handle, looked.places.journal)
    // exactly what the sender was told, whatever came since: its program leaves out these and no others
    const held = new RangeSet()
    for (const { start, end } of looked.verdict.held) held.add(start, end)
    const part = new PartFile(looked.places.part, object.size, held.isEmpty)
    const { target } = looked.places
    const header = {
      version: 1 as const,
      transfer: toHex(object.transfer),
      peer: object.peer,
      target,
      part: part.path,
      size: object.size,
      started: new Date().toISOString(),
    }
    const journal = journalBeside(part, () => new Journal(looked.places.journal, header, held))
    open.build = new Build({
      pool: this.#pool,
      codecs: this.#codecs,
      object,
      type: blobType.file,
      part,
      journal,
      sources: looked.sources,
      grant: looked.verdict.grant,
      whole: looked.verdict.state === 'whole' ? object.blob : undefined,
      learning: this.#learningOf(object, part),
      emit: event => {
        // blobs for the pool all have one name: what is left of one says nothing of another
        if (event.kind === 'done' && object.isFile) this.#tidy(object.peer, target)
        this.#emit({ of: 'build', handle, event })
      },
      wake: () => this.#pump(),
      commit: (verifier, id) =>
        commitObject({
          pool: this.#pool,
          placement,
          object,
          target,
          part,
          journal,
          verifier,
          id,
          notice: text => this.#emit({ of: 'notice', text }),
          copyBehind: blob => {
            this.#copies.add(blob)
            this.#pump()
          },
        }),
    })
    this.#pump()
  }

  #tidy(peer: string, target: string): void {
    const open = new Set([...this.#builds.values()].map(({ looked }) => looked.places.journal))
    try {
      clearLeftovers(this.#options.jobs, peer, target, journal => open.has(journal))
    } catch {
      // the object is where it belongs: what lies around beside it harms nobody
    }
  }

  #learningOf(object: OfferedObject, part: PartFile): ReturnType<typeof chooseLearning> {
    if (!object.isFile) return 'copy'
    return this.#options.mayLearn ? chooseLearning(this.#pool, part.path, object.size) : 'off'
  }

  #supersede(handle: number, journal: string): void {
    for (const [other, { looked, build }] of this.#builds) {
      if (other === handle || looked.places.journal !== journal || !build) continue
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
    this.#builds.get(handle)?.build?.abandon(isLost)
    this.#builds.delete(handle)
  }

  // -- the pool

  /** Complete blobs from a place on, in the order of the index; `next` is undefined at the end. */
  async listBlobs(): Promise<{ readonly blob: Uint8Array; readonly size: number }[]> {
    const blobs: { blob: Uint8Array; size: number }[] = []
    for (const { blobId, sizeBytes, isComplete } of this.#pool.list()) {
      if (isComplete) blobs.push({ blob: blobId, size: sizeBytes })
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

  #buildOf(handle: number): OpenBuild {
    return must(this.#builds.get(handle), 'an open build')
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

/** A part file without a journal is no use, and must not stay open. */
function journalBeside(part: PartFile, open: () => Journal): Journal {
  try {
    return open()
  } catch (error) {
    part.close()
    throw error
  }
}
