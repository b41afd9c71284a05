// A manifest as a blob: its chunks, its id, and how the pool comes to have it and gives it back. Each may be as large as all
// else a receiver holds, so that one is in memory once. Knows no tree on a disk.

import { must } from '../../../base/assert.ts'
import { toHex } from '../../../base/bytes.ts'
import { chunking1 } from '../../../cut/limits.ts'
import { manifestBytesMax } from '../../../cut/manifest/limits.ts'
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

/** Those in use anywhere, by blob id. Nothing is kept alive by it. */
const inUse = new WeakMap<Pool, Map<string, WeakRef<Manifest>>>()

/** The manifest of that id is this, for as long as anybody has it. */
export function shareManifest(pool: Pool, id: Uint8Array, manifest: Manifest): Manifest {
  const known = inUse.get(pool) ?? new Map<string, WeakRef<Manifest>>()
  for (const [name, ref] of known) if (!ref.deref()) known.delete(name)
  known.set(toHex(id), new WeakRef(manifest))
  inUse.set(pool, known)
  return manifest
}

export const sharedManifest = (pool: Pool, id: Uint8Array): Manifest | undefined =>
  inUse.get(pool)?.get(toHex(id))?.deref()

/** A manifest that the pool has; undefined: it has not, or not all of it, or it is larger than that and not in memory. */
export function readManifest(pool: Pool, id: Uint8Array, bytesMax = manifestBytesMax): Manifest | undefined {
  const shared = sharedManifest(pool, id)
  if (shared) return shared
  const reader = pool.openBlob(id)
  if (!reader || reader.sizeBytes > bytesMax || !pool.has(id) || pool.blob(id)?.type !== blobType.manifest)
    return undefined
  const bytes = new Uint8Array(reader.sizeBytes)
  if (reader.read(0, bytes) !== bytes.length) return undefined
  const manifest = parseManifest(bytes)
  return manifest instanceof Manifest ? shareManifest(pool, id, manifest) : undefined
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
