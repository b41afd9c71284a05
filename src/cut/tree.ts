// The name of a blob: a keyed hash tree over its recipe, 64 children to a node, and a root that binds what the
// recipe is a recipe of. Leaf, inner node and root have keys of their own. The hash comes in as an argument; content
// is never seen. PROTOCOL.md §13.4

import { must } from '../base/assert.ts'
import { Writer } from '../base/bytes.ts'
import { chunking1, nodeChildrenMax } from './limits.ts'
import { idBytes, rowBytes } from './recipe.ts'
import type { SeedKeys } from './seed.ts'

/** Keyed BLAKE3-256 of the parts, one after another. */
export interface KeyedHash {
  hash(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
}

export type TreeKeys = Pick<SeedKeys, 'leaf' | 'inner' | 'root'>

/** What a blob is, as its root binds it. Seed packs are reserved. */
export const blobType = { file: 1, manifest: 2, image: 3, seedPack: 4 } as const
export type BlobType = (typeof blobType)[keyof typeof blobType]

/** Whether we can say what such a blob id is the id of (§13.2-3, §13.4-2): types 1 to 3, cut by parameters 1. */
export function isKnownBlob(type: number, chunkingId: number): boolean {
  return type >= blobType.file && type <= blobType.image && chunkingId === chunking1.id
}

/** What a node is over: nodes of the level below, or at level 0 chunks, whose hash is their id. */
export interface Child {
  readonly byteLength: number
  readonly hash: Uint8Array
}

export interface Tree {
  readonly byteLength: number
  readonly chunkCount: number
  /** The hash of the one node at the top. */
  readonly top: Uint8Array
}

const childBytes = 8 + idBytes

/** The blob id: the root over one tree. */
export function blobId(
  hasher: KeyedHash,
  keys: TreeKeys,
  type: BlobType,
  chunkingId: number,
  tree: Tree,
): Uint8Array {
  const w = new Writer(new Uint8Array(2 + 8 + 8 + idBytes))
  w.u8(type)
  w.u8(chunkingId)
  w.u64(tree.byteLength)
  w.u64(tree.chunkCount)
  w.bytes(tree.top)
  return hasher.hash(keys.root, w.written())
}

/** A node being filled with its children; one per level while a tree is built. */
export class TreeNode {
  readonly #writer: Writer
  readonly #isLeaf: boolean
  count = 0
  byteLength = 0
  /** The hash of the newest child, which is the top when nothing else came. */
  last: Uint8Array | undefined

  constructor(isLeaf: boolean) {
    this.#isLeaf = isLeaf
    this.#writer = new Writer(new Uint8Array(nodeChildrenMax * (isLeaf ? rowBytes : childBytes)))
  }

  add(byteLength: number, hash: Uint8Array): void {
    if (this.#isLeaf) this.#writer.u32(byteLength)
    else this.#writer.u64(byteLength)
    this.#writer.bytes(hash)
    this.count++
    this.byteLength += byteLength
    this.last = hash
  }

  close(hasher: KeyedHash, keys: TreeKeys): Child {
    const hash = hasher.hash(this.#isLeaf ? keys.leaf : keys.inner, this.#writer.written())
    return { byteLength: this.byteLength, hash }
  }
}

/** Builds the tree as the chunks come, all of them in order (§13.4-1), holding one open node per level. */
export class TreeBuilder {
  readonly #hasher: KeyedHash
  readonly #keys: TreeKeys
  readonly #levels: TreeNode[] = [new TreeNode(true)]
  #byteLength = 0
  #chunkCount = 0

  constructor(hasher: KeyedHash, keys: TreeKeys) {
    this.#hasher = hasher
    this.#keys = keys
  }

  add(length: number, id: Uint8Array): void {
    this.#byteLength += length
    this.#chunkCount++
    this.#addAt(0, length, id)
  }

  #addAt(level: number, byteLength: number, hash: Uint8Array): void {
    const node = must(this.#levels[level], 'tree level')
    node.add(byteLength, hash)
    if (node.count === nodeChildrenMax) this.#close(level)
  }

  #close(level: number): void {
    const full = must(this.#levels[level], 'tree level')
    const { byteLength, hash } = full.close(this.#hasher, this.#keys)
    this.#levels[level] = new TreeNode(level === 0)
    if (level + 1 === this.#levels.length) this.#levels.push(new TreeNode(false))
    this.#addAt(level + 1, byteLength, hash)
  }

  /** Closes every level. The builder is spent. */
  finish(): Tree {
    const levels = this.#levels
    if (this.#chunkCount === 0) this.#close(0)
    for (let level = 0; ; level++) {
      const node = must(levels[level], 'tree level')
      const isTop = level > 0 && level === levels.length - 1 && node.count === 1
      if (isTop) {
        const top = must(node.last, 'the top node')
        return { byteLength: this.#byteLength, chunkCount: this.#chunkCount, top }
      }
      if (node.count > 0) this.#close(level)
    }
  }
}
