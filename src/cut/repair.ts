// Finding what differs: the nodes of a recipe's tree, for the claimant who names them, and the comparison for the
// verifier who holds other bytes. Nothing here gives out a hash of the verifier's own. PROTOCOL.md §13.5

import { assert } from '../base/assert.ts'
import { equal } from '../base/bytes.ts'
import type { Range } from '../base/ranges.ts'
import { nodeChildrenMax } from './limits.ts'
import { entryId, entryLength, type Recipe } from './recipe.ts'
import { type Child, type KeyedHash, type TreeKeys, TreeNode } from './tree.ts'

/** The level of the one node at the top; level 0 is the leaves. */
export function topLevel(chunkCount: number): number {
  let level = 0
  while (nodeCount(chunkCount, level) > 1) level++
  return level
}

/** How many nodes there are at `level` of a recipe of so many chunks. */
export function nodeCount(chunkCount: number, level: number): number {
  return Math.max(1, Math.ceil(chunkCount / nodeChildrenMax ** (level + 1)))
}

/** The children of one node: chunks when `level` is 0, else nodes of the level below. Hashes all that is below. */
export function nodeChildren(
  hasher: KeyedHash,
  keys: TreeKeys,
  recipe: Recipe,
  level: number,
  index: number,
): Child[] {
  assert(index < nodeCount(recipe.chunkCount, level), 'no such node')
  const first = index * nodeChildrenMax
  const below = level === 0 ? recipe.chunkCount : nodeCount(recipe.chunkCount, level - 1)
  const children: Child[] = []
  for (let i = first; i < Math.min(first + nodeChildrenMax, below); i++) {
    children.push(level === 0 ? chunkAt(recipe, i) : nodeAt(hasher, keys, recipe, level - 1, i))
  }
  return children
}

function nodeAt(hasher: KeyedHash, keys: TreeKeys, recipe: Recipe, level: number, index: number): Child {
  const node = new TreeNode(level === 0)
  for (const { byteLength, hash } of nodeChildren(hasher, keys, recipe, level, index))
    node.add(byteLength, hash)
  return node.close(hasher, keys)
}

function chunkAt(recipe: Recipe, index: number): Child {
  const row = recipe.entry(index)
  return { byteLength: entryLength(row), hash: entryId(row) }
}

/**
 * Where the children that a claimant named for a node over [start, end) lie; undefined when they are malformed: none,
 * too many, one without bytes, or lengths that do not add up to the node's (§13.5-3).
 */
export function childRanges(children: readonly Child[], start: number, end: number): Range[] | undefined {
  if (children.length < 1 || children.length > nodeChildrenMax) return undefined
  const ranges: Range[] = []
  let at = start
  for (const { byteLength } of children) {
    if (byteLength < 1 || byteLength > end - at) return undefined
    ranges.push({ start: at, end: at + byteLength })
    at += byteLength
  }
  return at === end ? ranges : undefined
}

/**
 * Whether the bytes that were cut into `recipe`, from the child's first byte to its last, are that child of a node of
 * `level`. The answer is all that leaves the verifier (§13.5-2).
 */
export function isChild(
  hasher: KeyedHash,
  keys: TreeKeys,
  recipe: Recipe,
  level: number,
  child: Child,
): boolean {
  if (level === 0) {
    return recipe.chunkCount === 1 && equal(entryId(recipe.entry(0)), child.hash)
  }
  if (nodeCount(recipe.chunkCount, level - 1) !== 1) return false
  return equal(nodeAt(hasher, keys, recipe, level - 1, 0).hash, child.hash)
}
