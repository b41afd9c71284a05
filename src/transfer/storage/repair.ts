// Finding what is wrong in a built object: asks the claimant for tree nodes from the top down, cuts its own bytes from
// each node's first byte and compares, in bounded steps, and ends with the byte ranges that differ. Gives out no hash.
// PROTOCOL.md §13.5, §15.7

import { must } from '../../base/assert.ts'
import { type Range, RangeSet } from '../../base/ranges.ts'
import { nodeChildrenMax } from '../../cut/limits.ts'
import { RecipeBuilder } from '../../cut/recipe.ts'
import { childRanges, isChild } from '../../cut/repair.ts'
import type { Child } from '../../cut/tree.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Scanner } from '../../pool/scan.ts'
import type { NodesMessage } from './events.ts'

/** The level by which the Top is asked for, whatever its own. §15.7 */
const topAsked = 63
/** Nodes one repair may ask for: what differs more than this is sent whole. §15.7-2 */
const nodesAskedMax = 65_536
const indexesMax = 1024

interface SuspectNode {
  readonly level: number
  readonly index: number
  readonly start: number
  readonly end: number
}

interface ComparedChild extends SuspectNode {
  readonly child: Child
}

export type RepairStep =
  | { readonly kind: 'want'; readonly level: number; readonly indexes: readonly number[] }
  | { readonly kind: 'wrong'; readonly ranges: readonly Range[] }
  /** Until the claimant answers. */
  | { readonly kind: 'wait' }
  /** There is more to compare at once. */
  | { readonly kind: 'more' }

export class Repair {
  readonly #pool: Pool
  readonly #scan: (from: number, limit: number) => Scanner
  /** Asked and not answered, in the order of asking. */
  #asked: SuspectNode[]
  /** Not asked yet: one level below. */
  #suspects: SuspectNode[] = []
  #askedCount = 1
  /** Named by the claimant, not compared yet; the cutting of the first of them, where it has begun. */
  readonly #compared: ComparedChild[] = []
  #cut: { readonly scanner: Scanner; readonly recipe: RecipeBuilder } | undefined
  readonly #wrong = new RangeSet()

  /** @param scan cuts and names the object's bytes in a range that begins with a chunk */
  constructor(pool: Pool, scan: (from: number, limit: number) => Scanner, sizeBytes: number) {
    this.#pool = pool
    this.#scan = scan
    this.#asked = [{ level: topAsked, index: 0, start: 0, end: sizeBytes }]
  }

  first(): RepairStep {
    return { kind: 'want', level: topAsked, indexes: [0] }
  }

  /** Takes the children of the oldest node asked for; `step` compares them. false: they fit no tree. §15.7-1 */
  onNodes(message: NodesMessage): boolean {
    const node = this.#asked.shift()
    if (!node || message.index !== node.index) return false
    if (node.level !== topAsked && node.level !== message.level) return false
    const ranges = childRanges(message.nodes, node.start, node.end)
    if (!ranges) return false
    for (const [i, child] of message.nodes.entries()) {
      const range = must(ranges[i], 'a range for each child')
      this.#compared.push({
        child,
        level: message.level,
        index: message.index * nodeChildrenMax + i,
        ...range,
      })
    }
    return true
  }

  /** Cuts and compares about `budgetBytes` of what is here. */
  step(budgetBytes: number): RepairStep {
    let done = 0
    for (let next = this.#compared[0]; next; next = this.#compared[0]) {
      if (done >= budgetBytes) return { kind: 'more' }
      done += this.#compareSome(next, budgetBytes - done)
    }
    return this.#asked.length > 0 ? { kind: 'wait' } : this.#next()
  }

  /** Returns the bytes it cut; at the child's end it is judged. */
  #compareSome(compared: ComparedChild, bytesMax: number): number {
    const { child, level, index, start, end } = compared
    this.#cut ??= { scanner: this.#scan(start, end), recipe: new RecipeBuilder() }
    const { scanner, recipe } = this.#cut
    const before = scanner.scannedBytes
    const state = scanner.step(bytesMax, (_offset, length, id) => recipe.add(length, id))
    if (state === 'more') return scanner.scannedBytes - before
    this.#cut = undefined
    this.#compared.shift()
    const { keys, hashes } = this.#pool
    if (!isChild(hashes, keys, recipe.finish(), level, child)) {
      if (level === 0) this.#wrong.add(start, end)
      else this.#suspects.push({ level: level - 1, index, start, end })
    }
    return scanner.scannedBytes - before
  }

  #next(): RepairStep {
    const asked = this.#suspects.splice(0, indexesMax)
    const first = asked[0]
    if (!first) return { kind: 'wrong', ranges: [...this.#wrong] }
    // levels go down one by one, so those in front of the queue are of one level
    const same = asked.filter(node => node.level === first.level)
    this.#suspects = [...asked.slice(same.length), ...this.#suspects]
    this.#askedCount += same.length
    if (this.#askedCount > nodesAskedMax) {
      for (const node of [...same, ...this.#suspects]) this.#wrong.add(node.start, node.end)
      return { kind: 'wrong', ranges: [...this.#wrong] }
    }
    this.#asked = same
    return { kind: 'want', level: first.level, indexes: same.map(node => node.index) }
  }
}
