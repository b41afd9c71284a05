// A manifest as a blob: its chunks, its id, and how the pool comes to have it and gives it back. Knows no tree on a disk.

import { must } from '../../../base/assert.ts'
import { chunking1 } from '../../../cut/limits.ts'
import { Manifest, parseManifest } from '../../../cut/manifest/manifest.ts'
import { entryId, entryLength, PackedRecipe, rowBytes } from '../../../cut/recipe.ts'
import { blobId, blobType, TreeBuilder } from '../../../cut/tree.ts'
import { rowsFor } from '../../../host/cut.ts'
import type { Pool } from '../../../pool/pool.ts'

export function recipeOf(pool: Pool, bytes: Uint8Array): PackedRecipe {
  const rows = rowsFor(bytes.length, chunking1)
  return new PackedRecipe(rows.slice(0, pool.cutWhole(bytes, rows) * rowBytes))
}

export function manifestIdOf(pool: Pool, recipe: PackedRecipe): Uint8Array {
  const tree = new TreeBuilder(pool.hashes, pool.keys)
  for (let i = 0; i < recipe.chunkCount; i++) {
    const row = recipe.entry(i)
    tree.add(entryLength(row), entryId(row))
  }
  return blobId(pool.hashes, pool.keys, blobType.manifest, chunking1.id, tree.finish())
}

/** A manifest that the pool has; undefined: it has not, or not all of it. */
export function readManifest(pool: Pool, id: Uint8Array): Manifest | undefined {
  const reader = pool.openBlob(id)
  if (!reader || !pool.has(id) || pool.blob(id)?.type !== blobType.manifest) return undefined
  const bytes = new Uint8Array(reader.sizeBytes)
  if (reader.read(0, bytes) !== bytes.length) return undefined
  const manifest = parseManifest(bytes)
  return manifest instanceof Manifest ? manifest : undefined
}

/** The pool has it at its next commit. Throws PFS_DISK_FULL where it has no room. */
export function learnManifest(pool: Pool, id: Uint8Array, { bytes }: Manifest): void {
  if (pool.has(id)) return
  const recipe = recipeOf(pool, bytes)
  const writer = pool.beginBlob(blobType.manifest, () => id)
  const isGiven = writer.addRows(recipe.rows, (at, length) => bytes.subarray(at, at + length))
  must(isGiven || undefined, 'bytes that are all there')
  writer.finish()
}
