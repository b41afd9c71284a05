// Finding what is wrong in a built object: asks the claimant for tree nodes from the top down, cuts its own bytes from
// each node's first byte and compares, and ends with the byte ranges that differ. Gives out no hash of its own.
// PROTOCOL.md §13.5, §15.7

import { type Range, RangeSet } from '../../base/ranges.ts'
import { RecipeBuilder } from '../../cut/recipe.ts'
import { childRanges, isChild } from '../../cut/repair.ts'
import type { Child } from '../../cut/tree.ts'
import type { Pool } from '../../pool/pool.ts'
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

export type RepairStep =
  | { readonly kind: 'want'; readonly level: number; readonly indexes: readonly number[] }
  | { readonly kind: 'wrong'; readonly ranges: readonly Range[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'malformed' }

export class Repair {
  readonly #pool: Pool
  readonly #fd: number
  /** Asked and not answered, in the order of asking. */
  #asked: SuspectNode[]
  /** Not asked yet: one level below. */
  #suspects: SuspectNode[] = []
  #askedCount = 1
  readonly #wrong = new RangeSet()

  constructor(pool: Pool, fd: number, sizeBytes: number) {
    this.#pool = pool
    this.#fd = fd
    this.#asked = [{ level: topAsked, index: 0, start: 0, end: sizeBytes }]
  }

  first(): RepairStep {
    return { kind: 'want', level: topAsked, indexes: [0] }
  }

  /** The children of the oldest node asked for. §15.7-1 */
  onNodes(message: NodesMessage): RepairStep {
    const node = this.#asked.shift()
    if (!node || message.index !== node.index) return { kind: 'malformed' }
    if (node.level !== topAsked && node.level !== message.level) return { kind: 'malformed' }
    const ranges = childRanges(message.nodes, node.start, node.end)
    if (!ranges) return { kind: 'malformed' }
    for (const [i, child] of message.nodes.entries()) {
      const range = ranges[i]
      if (!range || this.#matches(child, range, message.level)) continue
      const below = { level: message.level - 1, index: message.index * 64 + i, ...range }
      if (message.level === 0) this.#wrong.add(range.start, range.end)
      else this.#suspects.push(below)
    }
    return this.#asked.length > 0 ? { kind: 'wait' } : this.#next()
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

  #matches(child: Child, range: Range, level: number): boolean {
    const { keys, hashes } = this.#pool
    const recipe = new RecipeBuilder()
    const scan = this.#pool.scanner({ fd: this.#fd, from: range.start, limit: range.end, isFinal: true })
    while (scan.step(range.end - range.start, (_offset, length, id) => recipe.add(length, id)) === 'more');
    return isChild(hashes, keys, recipe.finish(), level, child)
  }
}
