// Builds one object from what a peer sends: plays its rounds into the part file, verifies behind the writes, repairs
// what differs, and puts the object in place. Runs on the storage thread in bounded steps. Knows no network: what it
// needs of the peer goes out as events. PROTOCOL.md §14.5, §15

import { equal } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import type { Range } from '../../base/ranges.ts'
import { KiB, MiB } from '../../base/units.ts'
import { filesWithin } from '../../cut/manifest/file_ends.ts'
import { type BlobType, blobType } from '../../cut/tree.ts'
import type { Codecs } from '../../host/codec.ts'
import { OpDecoder } from '../../offset/decode.ts'
import type { CopyOp } from '../../offset/ops.ts'
import { Player } from '../../offset/play.ts'
import type { Pool } from '../../pool/pool.ts'
import { carried, wireCodeOf } from './carry.ts'
import type { BuildEvent, FailedPlace, FailureCode, NodesMessage, OfferedObject, RoundEnd } from './events.ts'
import { BuildGround, type BuildSource } from './ground.ts'
import { joinedHoles } from './holes.ts'
import type { Journal } from './journal.ts'
import type { Slab } from './literals.ts'
import type { Part } from './part.ts'
import type { Recheck } from './recheck.ts'
import { Repair, type RepairStep } from './repair.ts'
import { Round } from './round.ts'
import { type Learning, Verifier } from './verifier.ts'

export interface BuildOptions {
  readonly pool: Pool
  readonly codecs: Codecs
  readonly object: OfferedObject
  readonly type: BlobType
  readonly part: Part
  readonly journal: Journal
  readonly sources: readonly BuildSource[]
  readonly grant: number
  /** Where the files of a tree end. */
  readonly fileEnds?: Float64Array
  /** The object's blob id when it is here: it is built from there, and the peer sends only what is missing. */
  readonly whole: Uint8Array | undefined
  /** The number of the peer's first round; 1 where it is left out. */
  readonly firstRound?: number
  readonly learning: Learning
  readonly emit: (event: BuildEvent) => void
  /** The object is what it should be: puts it where it belongs. The part and the journal are spent then, or closed. */
  readonly commit: (verifier: Verifier, id: Uint8Array) => Promise<Committed>
  /** There is something to step again, though nothing arrived. Without it nothing goes on beside the steps. */
  readonly wake?: () => void
}

export interface Committed {
  readonly path: string
  /** It was there already. */
  readonly isUnchanged: boolean
  /** Of a tree: what could not be put in place. */
  readonly failed?: readonly FailedPlace[]
  readonly failureCount?: number
  readonly fileCount?: number
  readonly unwantedCount?: number
}

/** One step of each kind of work; a few milliseconds at most. */
const playStepBytes = 4 * MiB
const verifyStepBytes = 1 * MiB
/** How often one build asks for what is missing or wrong before it gives up. §15.6-1 */
const asksMax = 3
const missRangesMax = 1024
const progressStepBytes = 512 * KiB
/** The round a whole object is built in, from the pool; those of the peer count from 1. */
const localRound = 0

export class Build {
  readonly #options: BuildOptions
  readonly #ground: BuildGround
  #rounds = new Map<number, Round>()
  #verifier: Verifier
  /** Off for what the pool gives all of: looking each chunk up again only costs time. */
  #learning: Learning
  #recheck: Recheck | undefined
  #repair: Repair | undefined
  #asks = 0
  /** The round that must be played out before anything is judged, and what the object must be then. */
  #lastRound: number
  #ends = 0
  #expected: Uint8Array | undefined
  #isOver = false
  #toldBytes = 0
  /** Of a stream, until END tells it, the grant. §15.2-6 */
  #size: number

  constructor(options: BuildOptions) {
    const { pool, codecs, part, journal, sources, whole, object } = options
    this.#options = options
    this.#size = object.size
    this.#ground = new BuildGround(pool, codecs, part, journal, sources, options.wake)
    const known = whole && pool.blob(whole)
    this.#learning = known?.isComplete && !known.extent ? 'off' : options.learning
    this.#verifier = this.#verifyAnew()
    this.#expected = whole
    this.#lastRound = whole ? localRound : this.#firstRound
    if (whole && object.size > 0) this.#playWhole()
  }

  get #firstRound(): number {
    return this.#options.firstRound ?? 1
  }

  get isOver(): boolean {
    return this.#isOver
  }

  addOps(round: number, bytes: Uint8Array, isLast: boolean): void {
    this.#round(round).addOps(bytes, isLast)
  }

  addSlab(round: number, slab: Slab): void {
    this.#round(round).addSlab(slab)
  }

  endLiterals(round: number, length: number): void {
    this.#round(round).endLiterals(length)
  }

  end(end: RoundEnd): void {
    const { object } = this.#options
    const told = this.#expected ?? object.blob
    const isFirst = this.#ends === 0 && object.isStream === true
    if (isFirst && end.size > object.size) return this.#peerFault('GRANT_ERROR', 'a stream past its grant')
    if ((!isFirst && end.size !== this.#size) || (told && !equal(told, end.blob))) {
      // §15.5-1
      return this.fail('SOURCE_CHANGED', new PfsError('PFS_SOURCE_CHANGED', object.name))
    }
    this.#ends++
    this.#expected = end.blob
    if (isFirst) this.#settleSize(end.size)
  }

  /** A stream has come to its end. */
  #settleSize(size: number): void {
    this.#size = size
    this.#guarded(() => this.#options.part.settle?.(size))
  }

  nodes(message: NodesMessage): void {
    if (!this.#repair) return this.#peerFault('MESSAGE_ERROR', 'tree nodes that nobody asked for')
    if (!this.#repair.onNodes(message)) this.#peerFault('MESSAGE_ERROR', 'tree nodes that fit no tree')
  }

  /** Does a little of whatever is to do. false: nothing until something arrives, or `wake` was called. */
  step(): boolean {
    let hasMore = false
    if (!this.#isOver) this.#guarded(() => (hasMore = this.#step()))
    return hasMore && !this.#isOver
  }

  /** Ends it; what was built stays for the next attempt, and of a tree whose files changed the others do too. §15.4-2 */
  fail(wire: FailureCode, error: PfsError): void {
    if (this.#isOver) return
    this.abandon(wire === 'SOURCE_CHANGED' && this.#options.type !== blobType.image)
    this.#options.emit({ kind: 'failed', wire, error: carried(error) })
  }

  /** Ends it without a word. */
  abandon(isLost = false): void {
    if (this.#isOver) return
    this.#isOver = true
    const { journal, part } = this.#options
    for (const round of this.#rounds.values()) round.abandon()
    this.#ground.abandon()
    if (isLost) {
      part.discard()
      journal.discard()
    } else {
      journal.close()
      part.close()
    }
  }

  #guarded(work: () => unknown): void {
    try {
      work()
    } catch (error) {
      const fault = faultOf(error)
      this.fail(wireCodeOf(fault), fault)
    }
  }

  #peerFault(wire: FailureCode, what: string): void {
    this.fail(wire, new PfsError('PFS_PROTOCOL', what))
  }

  #playWhole(): void {
    const holes = this.#options.journal.held.gaps(0, this.#size)
    const ops = holes.map(
      ({ start, end }): CopyOp => ({
        kind: 'copy',
        source: 0,
        offset: start,
        output: start,
        length: end - start,
      }),
    )
    const round = this.#round(localRound)
    round.addLocal(ops)
    round.addOps(new Uint8Array(0), true)
    round.endLiterals(0)
  }

  #round(number: number): Round {
    const known = this.#rounds.get(number)
    if (known) return known
    const { grant, sources, journal, codecs, emit } = this.#options
    const zstd = codecs.byId(1)
    const player = new Player({
      objectBytes: this.#size,
      // what MISS takes back is granted again (§15.3-3): never more than is still missing
      grantBytes: Math.min(grant, this.#size - journal.held.total),
      sources: new Map(sources.map(({ alias, size }) => [alias, size])),
      codecs: codecs.encodable,
      held: journal.held,
    })
    const round = new Round(new OpDecoder(zstd), player, this.#ground, {
      ops: bytes => emit({ kind: 'ops_taken', round: number, bytes }),
      slab: slab => emit({ kind: 'slab_taken', round: number, ...slab }),
    })
    this.#rounds.set(number, round)
    return round
  }

  #step(): boolean {
    if (this.#ground.isBlocked) return false
    let hasMore = false
    for (const round of this.#rounds.values()) {
      const more = round.step(playStepBytes)
      if (typeof more === 'string') {
        this.#peerFault(more === 'past_grant' ? 'GRANT_ERROR' : 'PROGRAM_ERROR', more)
        return false
      }
      hasMore ||= more
    }
    if (this.#recheck) return this.#recheck.step(verifyStepBytes) || this.#onRechecked(this.#recheck)
    if (this.#repair) {
      const step = this.#repair.step(verifyStepBytes)
      if (step.kind === 'more') return true
      this.#onRepair(step)
      return hasMore
    }
    const isPlayed = !this.#ground.isCopying() && !hasMore && this.#isPlayed()
    const { journal } = this.#options
    const isWhole = journal.held.contains(0, this.#size)
    this.#verifier.extend(journal.held.endOfRun(0), isWhole && isPlayed)
    const state = this.#verifier.step(verifyStepBytes)
    this.#tellProgress()
    if (state === 'short') throw cutShort(this.#options.part.path)
    if (state === 'done') this.#judge()
    else if (isPlayed && !isWhole) this.#ask()
    return state === 'more' || hasMore || this.#recheck !== undefined
  }

  /** Everything that was promised so far has reached its place: both streams to their ends, and END. §15.5-2 */
  #isPlayed(): boolean {
    const endsDue = this.#lastRound === localRound ? 0 : this.#lastRound - this.#firstRound + 1
    if (this.#expected === undefined || this.#ends < endsDue) return false
    const round = this.#rounds.get(this.#lastRound)
    return round === undefined ? this.#size === 0 : round.isComplete
  }

  #judge(): void {
    const id = this.#verifier.id
    if (!id || !this.#expected) return
    if (!equal(id, this.#expected)) {
      // §13.5-1; what we can find out ourselves nobody is asked
      this.#recheck = this.#ground.recheck()
      if (!this.#recheck) this.#startRepair()
      return
    }
    this.#emitProgress()
    this.#isOver = true
    void this.#commit(id)
  }

  async #commit(id: Uint8Array): Promise<void> {
    const { emit, commit } = this.#options
    const { reusedBytes, literalBytes } = this.#ground
    try {
      const committed = await commit(this.#verifier, id)
      emit({ kind: 'done', blob: id, stats: { ...committed, size: this.#size, reusedBytes, literalBytes } })
    } catch (error) {
      const fault = faultOf(error)
      this.#options.journal.close()
      this.#options.part.close()
      emit({ kind: 'failed', wire: wireCodeOf(fault), error: carried(fault) })
    }
  }

  /** Returns whether there is more to do at once. */
  #onRechecked({ wrong, mendedBytes }: Recheck): boolean {
    this.#recheck = undefined
    if (wrong.length > 0) this.#reopen(wrong)
    else if (mendedBytes > 0) this.#verifyAnew()
    else this.#startRepair()
    return wrong.length === 0 && mendedBytes > 0
  }

  #startRepair(): void {
    this.#options.part.doubt?.()
    const { pool, part } = this.#options
    this.#repair = new Repair(pool, (from, limit) => part.scanner(pool, from, limit, true), this.#size)
    this.#onRepair(this.#repair.first())
  }

  #onRepair(step: RepairStep): void {
    switch (step.kind) {
      case 'wait':
      case 'more':
        return
      case 'want':
        return this.#options.emit(step)
      case 'wrong':
        return this.#reopen(step.ranges)
    }
  }

  #reopen(ranges: readonly Range[]): void {
    if (ranges.length === 0) {
      return this.fail(
        'CORRUPT',
        new PfsError('PFS_CORRUPT', 'the tree of the peer is not that of its blob id'),
      )
    }
    this.#repair = undefined
    this.#options.journal.remove(ranges)
    this.#verifyAnew()
    this.#ask()
  }

  #verifyAnew(): Verifier {
    const { pool, part, type } = this.#options
    this.#verifier = new Verifier(pool, part.scanner(pool, 0, 0, false), this.#learning, type)
    return this.#verifier
  }

  /** What is missing or wrong must come as literals, in a round of its own. */
  #ask(): void {
    const { journal, object, emit, learning } = this.#options
    if (this.#learning !== learning) {
      this.#learning = learning
      this.#verifyAnew()
    }
    if (++this.#asks > asksMax) {
      return this.fail('CORRUPT', new PfsError('PFS_CORRUPT', `${object.name}, after ${asksMax} repairs`))
    }
    this.#rounds = new Map()
    this.#lastRound = this.#lastRound === localRound ? this.#firstRound : this.#lastRound + 1
    const holes = journal.held.gaps(0, this.#size)
    const ranges = joinedHoles(holes, missRangesMax)
    if (ranges.length < holes.length) journal.remove(ranges)
    emit({ kind: 'miss', ranges })
  }

  #tellProgress(): void {
    const builtBytes = this.#options.journal.held.total
    const { verifiedBytes } = this.#verifier
    if (Math.abs(builtBytes + verifiedBytes - this.#toldBytes) < progressStepBytes) return
    this.#toldBytes = builtBytes + verifiedBytes
    this.#emitProgress()
  }

  #emitProgress(): void {
    const { journal, fileEnds, emit } = this.#options
    const { held } = journal
    const { verifiedBytes } = this.#verifier
    const { reusedBytes } = this.#ground
    const isWhole = held.contains(0, this.#size)
    const doneFiles = !fileEnds ? Number(isWhole) : isWhole ? fileEnds.length : filesWithin(fileEnds, held)
    const files = { doneFiles, totalFiles: fileEnds?.length ?? 1 }
    emit({ kind: 'progress', builtBytes: held.total, verifiedBytes, reusedBytes, ...files })
  }
}

const cutShort = (path: string): PfsError =>
  new PfsError('PFS_WRITE', `${path} was cut short by someone else`, { path })

const faultOf = (error: unknown): PfsError =>
  error instanceof PfsError ? error : new PfsError('PFS_INTERNAL', String(error), { cause: error })
