// One object on its way out: scanned, planned against what the receiver holds, and packed into pieces of ops and
// literals, a bounded window ahead of the network. Runs on the storage thread in steps. Knows no network.
// PROTOCOL.md §14.4, §15

import { assert } from '../../base/assert.ts'
import { type Range, RangeSet } from '../../base/ranges.ts'
import { MiB } from '../../base/units.ts'
import { zeroCutLength } from '../../cut/chunker.ts'
import { chunking1 } from '../../cut/limits.ts'
import { type Recipe, rowBytes } from '../../cut/recipe.ts'
import { nodeChildren, nodeCount, topLevel } from '../../cut/repair.ts'
import type { Codecs } from '../../host/codec.ts'
import { CandidateIndex } from '../../offset/candidates.ts'
import { Extender, type ReadOld } from '../../offset/extend.ts'
import { isPlaced, Planner, type Step } from '../../offset/plan.ts'
import type { Pool } from '../../pool/pool.ts'
import { carried } from './carry.ts'
import type { NetworkState, NodesMessage, SendPlan, SourceEvent } from './events.ts'
import type { Loan } from './loans.ts'
import { PackPace } from './pack_pace.ts'
import { PieceWriter, type Scanned } from './pieces.ts'
import { readableRecipe, type SourceObject } from './source_object.ts'

/** Literal bytes read and not yet acknowledged: 32 MiB under way and what is being read, and memory's bound. */
export const literalWindowBytes = 40 * MiB
/** Read ahead of what is under way: 6 ms of 5 Gbit/s, sealed while the cache has it (8 % faster than 40 MiB). */
export const aheadBytes = 4 * MiB
/** One buffer of the scan: read, cut, hashed and sent in place. */
export const scanBufferBytes = MiB
const recipeRowsStep = 512
const literalStepBytes = 256 * 1024

/** Whole trees that one transfer's WANTs may make us hash, and leaves where the tree is small. §15.7-2 */
const hashedTreesMax = 16
const leavesHashedMin = 65_536

type Phase =
  | { readonly kind: 'idle' }
  /** Cutting and hashing the source, or reading its recipe where that is known. */
  | {
      readonly kind: 'planning'
      readonly planner: Planner
      next: number
      steps: Step[]
      /** Where the steps' bytes lie, if a scan has read them. */
      scanned: Scanned | undefined
      isPlanned: boolean
    }
  /** Reading ranges that the receiver asked for. */
  | { readonly kind: 'repairing'; ranges: Range[] }
  | { readonly kind: 'ending' }

export class Source {
  readonly #pool: Pool
  readonly #object: SourceObject
  readonly #pieces: PieceWriter
  readonly #emit: (event: SourceEvent) => void
  readonly #plan: SendPlan
  readonly #held = new RangeSet()
  #phase: Phase = { kind: 'idle' }
  #leavesHashed = 0
  #windowBytes = aheadBytes
  readonly #packing = new PackPace()

  constructor(
    pool: Pool,
    codecs: Codecs,
    object: SourceObject,
    plan: SendPlan,
    emit: (event: SourceEvent) => void,
  ) {
    this.#pool = pool
    this.#object = object
    this.#emit = emit
    // what is only counted is packed wherever that makes less of it
    const packing = plan.isInquiry ? undefined : this.#packing
    this.#pieces = new PieceWriter(object, codecs, plan.codecs, emit, packing, extenderOf(pool, plan))
    this.#plan = plan
    for (const { start, end } of object.begin?.(plan) ?? plan.held) this.#held.add(start, end)
  }

  /** Of the object, what the receiver has. */
  get heldBytes(): number {
    return this.#held.total
  }

  /** Begins the first round. */
  stream(): void {
    const pool = this.#pool
    const steps = this.#object.steps?.(this.#plan.sources)
    const zeroLength = zeroCutLength(pool.keys.gear, chunking1)
    const planner = new Planner({
      index: this.#indexOf(this.#plan),
      zero: { length: zeroLength, id: pool.hashes.zeroId(zeroLength) },
      held: this.#held,
    })
    const isPlanned = steps !== undefined
    this.#phase = {
      kind: 'planning',
      planner,
      next: 0,
      steps: [...(steps ?? [])],
      scanned: undefined,
      isPlanned,
    }
  }

  /** Memory that came back from the network. */
  credit(loans: readonly number[], network: NetworkState): void {
    for (const loan of loans) this.#pieces.loans.give(loan)
    this.#windowBytes = Math.min(literalWindowBytes, network.underWayBytes + aheadBytes)
    this.#packing.onNetwork(network)
  }

  get #isFull(): boolean {
    return this.#pieces.loans.outBytes >= this.#windowBytes
  }

  /** Reads and sends these as literals, in a round of their own. §15.6-2 */
  repair(ranges: readonly Range[]): void {
    assert(this.#phase.kind === 'idle', 'one round at a time')
    this.#pieces.beginRound()
    this.#phase = { kind: 'repairing', ranges: [...ranges] }
  }

  /** A little work. false: nothing to do until credit or a request comes. */
  step(): boolean {
    const phase = this.#phase
    if (phase.kind === 'idle' || phase.kind === 'ending') return false
    if (this.#isFull) return false
    try {
      if (phase.kind === 'planning') return this.#planSome(phase)
      this.#repairSome(phase)
    } catch (error) {
      this.#fail(error)
    }
    return true
  }

  #fail(error: unknown): void {
    this.#phase = { kind: 'ending' }
    this.#emit({ kind: 'failed', error: carried(error) })
  }

  #indexOf(plan: SendPlan): CandidateIndex {
    const candidates: { alias: number; recipe: Recipe }[] = []
    for (const { alias, blob } of plan.sources) {
      const recipe = readableRecipe(this.#pool.openBlob(blob))
      if (recipe) candidates.push({ alias, recipe })
    }
    return new CandidateIndex(candidates)
  }

  /** False: nothing to plan until more of the object comes. */
  #planSome(phase: Extract<Phase, { kind: 'planning' }>): boolean {
    const { planner } = phase
    let isOver = phase.isPlanned
    if (phase.steps.length === 0 && !phase.isPlanned) {
      const output = planner.outputBytes
      const { rows, loan } = this.#nextRows(phase)
      const gap = this.#object.takeGap?.() ?? 0
      const isIdle = rows.length === 0 && gap === 0
      phase.isPlanned = isIdle && !this.#object.isOpenEnded
      // what is known so far of a stream is not kept back until more comes
      phase.steps = isIdle ? planner.finish() : planner.add(rows)
      if (isIdle && !phase.isPlanned && phase.steps.length === 0 && !this.#pieces.isWaiting) return false
      isOver = isIdle
      if (gap > 0) phase.steps.push(...planner.skip(gap))
      // a literal lies in one buffer of the scan or in none: rows that are known come without one
      phase.steps.push(...planner.closeLiteral())
      if (loan) {
        const isDense = 2 * literalBytesOf(phase.steps) >= planner.outputBytes - output - gap
        phase.scanned = { loan, output, isDense }
      }
      this.#emit({ kind: 'scanned', scannedBytes: planner.outputBytes })
    }
    this.#addSome(phase)
    const { open } = planner
    const isNextKnown = isOver || (open && isPlaced(open))
    if (phase.steps.length === 0 && (isNextKnown || !this.#pieces.waitsForCopy)) this.#pieces.settle(open)
    this.#pieces.flush(phase.isPlanned ? this.#object.size : planner.outputBytes)
    if (phase.isPlanned && phase.steps.length === 0) this.#end()
    return true
  }

  /** As many steps as the window lets out; the rest waits for credit. */
  #addSome(phase: Extract<Phase, { kind: 'planning' }>): void {
    let added = 0
    for (const step of phase.steps) {
      // what the scan has read is out already
      if (this.#isFull && !phase.scanned?.isDense) break
      this.#pieces.add(step, phase.scanned)
      added++
    }
    phase.steps = phase.steps.slice(added)
    if (phase.steps.length > 0 || !phase.scanned) return
    this.#pieces.loans.give(phase.scanned.loan.id)
    phase.scanned = undefined
  }

  #nextRows(phase: Extract<Phase, { kind: 'planning' }>): { rows: Uint8Array; loan: Loan | undefined } {
    const recipe = this.#object.recipe
    if (!recipe) {
      let loan: Loan | undefined
      const rows = this.#object.scan(scanBufferBytes, () => {
        loan = this.#pieces.loans.take(scanBufferBytes)
        return loan.bytes
      })
      return { rows, loan }
    }
    const count = Math.min(recipeRowsStep, recipe.chunkCount - phase.next)
    const rows = new Uint8Array(count * rowBytes)
    for (let i = 0; i < count; i++) rows.set(recipe.entry(phase.next + i), i * rowBytes)
    phase.next += count
    return { rows, loan: undefined }
  }

  #repairSome(phase: Extract<Phase, { kind: 'repairing' }>): void {
    const range = phase.ranges[0]
    if (!range) return this.#end()
    const length = Math.min(range.end - range.start, literalStepBytes)
    this.#pieces.add({ kind: 'literal', output: range.start, length })
    this.#pieces.flush(this.#object.size)
    if (range.start + length < range.end) phase.ranges[0] = { start: range.start + length, end: range.end }
    else phase.ranges.shift()
  }

  #end(): void {
    this.#phase = { kind: 'ending' }
    this.#object.settle().then(
      blob => {
        this.#phase = { kind: 'idle' }
        this.#emit({ kind: 'round_end', end: { blob, size: this.#object.size, ...this.#pieces.totals() } })
      },
      (error: unknown) => this.#fail(error),
    )
  }

  /** The children of tree nodes, for a receiver whose object differs. undefined: there is no such node. §15.7 */
  async nodes(level: number, indexes: readonly number[]): Promise<NodesMessage[] | undefined> {
    const recipe = await this.#object.wholeRecipe()
    const top = topLevel(recipe.chunkCount)
    const asked = level === 63 ? top : level
    const { hashes, keys } = this.#pool
    if (
      recipe.chunkCount === 0 ||
      asked > top ||
      indexes.some(index => index >= nodeCount(recipe.chunkCount, asked))
    )
      return undefined
    // a node costs hashing all below it: a repair asks for each way down once, not for the Top ever again
    this.#leavesHashed += indexes.length * Math.min(64 ** asked, nodeCount(recipe.chunkCount, 0))
    if (this.#leavesHashed > hashedTreesMax * nodeCount(recipe.chunkCount, 0) + leavesHashedMin)
      return undefined
    return indexes.map(index => ({
      level: asked,
      index,
      nodes: nodeChildren(hashes, keys, recipe, asked, index),
    }))
  }
}

/** undefined: the receiver holds nothing of which we might have the bytes. */
function extenderOf(pool: Pool, { sources }: SendPlan): Extender | undefined {
  const [first] = sources
  if (!first) return undefined
  // a look at what is near must not make the pool forget any of it
  const readers = new Map(sources.map(({ alias, blob }) => [alias, pool.openBlob(blob, false)]))
  // what it reads it has checked: segments by their checksum, the user's files by the chunk's id (§14.4-3)
  const read: ReadOld = (source, offset, target) => readers.get(source)?.read(offset, target) ?? 0
  return new Extender(read, { source: first.alias, delta: 0 })
}

function literalBytesOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { kind, length }) => sum + (kind === 'literal' ? length : 0), 0)
}
