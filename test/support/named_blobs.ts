// The blob ids of what a hostile sender makes up, under the open seed: it must name its objects truly, or nothing of them
// would be looked at. PROTOCOL.md §13.4

import { chunking1 } from '../../src/cut/limits.ts'
import { entryId, entryLength, rowBytes } from '../../src/cut/recipe.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { type BlobType, blobId, blobType, TreeBuilder } from '../../src/cut/tree.ts'
import { createCutting, rowsFor } from '../../src/host/cut.ts'
import { createHashes } from '../../src/host/hash.ts'

export const seedKeys = deriveSeedKeys(openSeed())
const hashes = await createHashes(seedKeys)
const cutting = createCutting(seedKeys, hashes, chunking1)

/** Of bytes cut from their first on, as a file or a manifest is. */
export function idOf(type: BlobType, bytes: Uint8Array): Uint8Array {
  const tree = new TreeBuilder(hashes, seedKeys)
  addChunks(tree, bytes)
  return blobId(hashes, seedKeys, type, chunking1.id, tree.finish())
}

/** Of an image of `count` files that all have these bytes, which are one chunk; none where they are empty. */
export function imageIdOf(count: number, bytes: Uint8Array): Uint8Array {
  const tree = new TreeBuilder(hashes, seedKeys)
  const id = hashes.chunkId(bytes)
  if (bytes.length > 0) for (let i = 0; i < count; i++) tree.add(bytes.length, id)
  return blobId(hashes, seedKeys, blobType.image, chunking1.id, tree.finish())
}

/** Of an image of these files, one after another. */
export function imageIdOfFiles(files: readonly Uint8Array[]): Uint8Array {
  const tree = new TreeBuilder(hashes, seedKeys)
  for (const bytes of files) addChunks(tree, bytes)
  return blobId(hashes, seedKeys, blobType.image, chunking1.id, tree.finish())
}

function addChunks(tree: TreeBuilder, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  const rows = rowsFor(bytes.length, chunking1)
  const count = cutting.scanBytes(bytes, true, rows)
  for (let at = 0; at < count * rowBytes; at += rowBytes) {
    const row = rows.subarray(at, at + rowBytes)
    tree.add(entryLength(row), entryId(row))
  }
}
