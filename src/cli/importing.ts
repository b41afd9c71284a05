// Learning a list of files, for import and for seeds. Each is committed before the next begins: a fault in the
// third loses nothing of the first two.

import { toHex } from '../base/bytes.ts'
import type { ImportResult } from '../pool/import.ts'
import { formatBytes } from './format.ts'
import { withPool } from './here.ts'
import type { Context } from './verb.ts'

const ways: Readonly<Record<ImportResult['way'], string>> = {
  known: 'known already',
  reflink: 'its blocks are shared',
  copy: 'copied',
  place: 'kept in place',
}

export function importAll(context: Context, paths: readonly string[], isPinned: boolean): Promise<void> {
  const { terminal } = context
  return withPool(context, true, async pool => {
    const documents: unknown[] = []
    for (const path of paths) {
      const { blobId, sizeBytes, newBytes, way } = await pool.import(path)
      if (isPinned) {
        await pool.commit()
        pool.pin(blobId)
      }
      await pool.commit()
      const id = toHex(blobId)
      terminal.say(
        `learnt ${path}  ${formatBytes(sizeBytes)}, ${formatBytes(newBytes)} of it new · ${ways[way]}`,
      )
      terminal.result(`${id}  ${path}`)
      const pinned = isPinned
      documents.push({ path, blob_id: id, size_bytes: sizeBytes, new_bytes: newBytes, way, pinned })
    }
    terminal.document(documents)
  })
}
