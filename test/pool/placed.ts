// A pool that knows one file by its place alone, for whoever copies such a file.

import { closeSync, openSync, statSync } from 'node:fs'
import { MiB } from '../../src/base/units.ts'
import { markOf } from '../../src/pool/extent.ts'
import { Pool } from '../../src/pool/pool.ts'
import { randomFile, scratch } from './scratch.ts'

export const sizeBytes = 3 * MiB + 77

/** A pool that knows a file by its place alone. */
export async function placed(): Promise<{ pool: Pool; path: string; id: Uint8Array; directory: string }> {
  const folder = scratch(true)
  const directory = `${folder}/pool`
  const pool = await Pool.create(directory)
  const path = randomFile(folder, 'file', sizeBytes, 5)
  const writer = pool.beginBlob(1)
  const fd = openSync(path, 'r')
  const scanner = pool.scanner({ fd, limit: sizeBytes, isFinal: true })
  while (scanner.step(MiB, (_offset, length, id) => writer.add(length, id.slice(), undefined)) === 'more');
  closeSync(fd)
  const { blobId } = writer.finish({ isOwned: false, path, mark: markOf(statSync(path, { bigint: true })) })
  await pool.commit()
  return { pool, path, id: blobId, directory }
}
