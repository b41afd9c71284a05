// What earlier sends and receptions tell of a tree: images that are near, and the chunks of every file that is in the
// very state it was in then. Reads the pool and the memory of trees, and no file of the user's.

import { equal } from '../../../base/bytes.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import { Image } from '../../../cut/manifest/image.ts'
import { compareNames, type Manifest } from '../../../cut/manifest/manifest.ts'
import { rowBytes } from '../../../cut/recipe.ts'
import type { BlobReader } from '../../../pool/blob_reader.ts'
import { racyNanos } from '../../../pool/limits.ts'
import type { Pool } from '../../../pool/pool.ts'
import { RecipeLost } from '../../../pool/recipe_reader.ts'
import { readableRecipe } from '../source_object.ts'
import { readManifest } from './manifest_blob.ts'
import type { RememberedTop, TreeMemory } from './memory.ts'
import { pairs, stretchOf } from './pairs.ts'
import type { Snapshot } from './snapshot.ts'

/** An earlier tree whose manifest and recipe are here. Its bytes may be elsewhere. */
export interface KnownTree {
  readonly manifestId: Uint8Array
  readonly manifest: Manifest
  readonly image: Image
  readonly reader: BlobReader
}

/** What it asks of a tree that is there. */
type Known = Pick<Snapshot, 'manifest' | 'tops' | 'marks' | 'takenAtNanos'>

export interface HistoryLimits {
  /** The snapshot's own manifest, which costs nothing more. */
  readonly own?: Uint8Array
  /** Of all other manifests together. */
  readonly othersBytesMax?: number
}

export class History {
  readonly trees: KnownTree[] = []
  readonly #manifest: Manifest
  readonly #own: Uint8Array | undefined
  #leftBytes: number
  /** By entry: which tree has its chunks, counted from 1, and where in that tree's image. */
  readonly #tree: Uint8Array
  readonly #start: Float64Array

  /** @param limits what it may cost where a peer chose the tree */
  constructor(pool: Pool, memory: TreeMemory, snapshot: Known, limits: HistoryLimits = {}) {
    this.#manifest = snapshot.manifest
    this.#own = limits.own
    this.#leftBytes = limits.othersBytesMax ?? Number.POSITIVE_INFINITY
    this.#tree = new Uint8Array(snapshot.manifest.count)
    this.#start = new Float64Array(snapshot.manifest.count)
    let entry = 0
    for (const { path } of snapshot.tops) {
      const stretch = stretchOf(snapshot.manifest, entry)
      const remembered = memory.recall(path)
      const known = remembered && this.#load(pool, remembered)
      if (known && remembered) this.#compare(snapshot, entry, known, remembered)
      entry = stretch.end
    }
  }

  /** The file's rows, if it is what it was when a scan last read it. */
  rows(index: number): Uint8Array | undefined {
    const tree = this.trees[this.#tree[index]! - 1]
    if (!tree) return undefined
    try {
      return rowsAt(tree.reader, this.#start[index]!, this.#manifest.sizeBytes(index))
    } catch (error) {
      if (error instanceof RecipeLost) return undefined
      throw error
    }
  }

  /** Every file is what it was. */
  get isComplete(): boolean {
    const manifest = this.#manifest
    for (let index = 0; index < manifest.count; index++)
      if (manifest.sizeBytes(index) > 0 && this.#tree[index] === 0) return false
    return true
  }

  #load(pool: Pool, { manifest: id, image }: RememberedTop): KnownTree | undefined {
    const there = this.trees.find(
      ({ manifestId, reader }) => equal(manifestId, id) && equal(reader.blobId, image),
    )
    if (there) return there
    const isOwn = this.#own !== undefined && equal(id, this.#own)
    const manifest = isOwn ? this.#manifest : readManifest(pool, id, this.#leftBytes)
    if (manifest && !isOwn) this.#leftBytes -= manifest.bytes.length
    const reader = pool.openBlob(image)
    if (!manifest || !reader || !readableRecipe(reader)) return undefined
    const tree = { manifestId: id, manifest, image: new Image(manifest), reader }
    // an image without some files, for somebody did not want them
    if (tree.image.sizeBytes !== reader.sizeBytes || this.trees.length === treesMax) return undefined
    this.trees.push(tree)
    return tree
  }

  #compare({ manifest, marks }: Known, top: number, tree: KnownTree, remembered: RememberedTop): void {
    const theirTop = topNamed(tree.manifest, remembered.name)
    if (theirTop === undefined) return
    const theirs = stretchOf(tree.manifest, theirTop)
    if (remembered.marks.length !== 3 * (theirs.end - theirs.start)) return
    const number = this.trees.indexOf(tree) + 1
    for (const [mine, old] of pairs(stretchOf(manifest, top), theirs)) {
      const now = manifest.entry(mine)
      const then = tree.manifest.entry(old)
      if (now.kind !== 'file' || then.kind !== 'file' || now.sizeBytes !== then.sizeBytes) continue
      const mtime = nanosOf(now.time)
      // a write in the clock tick of the scan would leave the same times behind
      if (mtime !== nanosOf(then.time) || mtime + racyNanos >= remembered.takenAtNanos) continue
      const at = 3 * (old - theirs.start)
      const isSame = [0, 1, 2].every(i => marks.values[3 * mine + i] === remembered.marks[at + i])
      if (!isSame) continue
      this.#tree[mine] = number
      this.#start[mine] = tree.image.start(old)
    }
  }
}

/** What one OFFER can name. §15.2 */
const treesMax = 16

/** The rows of a file that begins at `start` of an image. Throws RecipeLost. */
export function rowsAt({ recipe }: BlobReader, start: number, length: number): Uint8Array {
  const parts: Uint8Array[] = []
  let at = start
  while (at < start + length) {
    const rows = recipe.rows(recipe.indexAt(at), start + length - at)
    parts.push(rows)
    at = recipe.byteOffset(recipe.indexAt(at) + rows.length / rowBytes)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function topNamed(manifest: Manifest, name: Uint8Array): number | undefined {
  for (let index = 0; index < manifest.count; index++)
    if (manifest.parent(index) < 0 && compareNames(manifest.name(index), name) === 0) return index
  return undefined
}
