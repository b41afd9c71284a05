// pfs pool ls: the blobs the pool knows.

import { toHex } from '../../../base/bytes.ts'
import { isTreeExtent } from '../../../pool/extent.ts'
import type { BlobInfo } from '../../../pool/pool.ts'
import { printable } from '../../../wire/text.ts'
import { formatBytes, formatTable } from '../../format.ts'
import { withPool } from '../../here.ts'
import { verb } from '../../verb.ts'

/** Hex digits of a blob id that tell blobs apart by eye; --json has them all. */
const shownDigits = 16

export const ls = verb({
  examples: ['pfs pool ls', 'pfs pool ls --json', 'pfs pool ls | grep pinned'],
  options: argv => argv,
  run: (_args, context) =>
    withPool(context, false, async pool => {
      const blobs = [...pool.list()]
      context.terminal.document(blobs.map(documentOf))
      if (blobs.length === 0) {
        context.terminal.say('The pool is empty: transfers and `pfs pool import` fill it.')
        return
      }
      const headings = ['BLOB', '>SIZE', '>CHUNKS', 'USED', 'STATE']
      for (const line of formatTable(headings, blobs.map(cellsOf))) context.terminal.result(line)
    }),
})

function whereOf({ extent }: BlobInfo): string | undefined {
  if (!extent || extent.isOwned) return undefined
  if (!isTreeExtent(extent)) return extent.path
  return extent.tops.map(({ path }) => Buffer.from(path).toString()).join(', ')
}

function cellsOf(blob: BlobInfo): string[] {
  const where = whereOf(blob)
  const states = [
    blob.isPinned ? 'pinned' : '',
    blob.isComplete ? '' : 'incomplete',
    where === undefined ? '' : `in ${printable(where)}`,
  ]
  return [
    toHex(blob.blobId).slice(0, shownDigits),
    formatBytes(blob.sizeBytes),
    String(blob.chunkCount),
    dateOf(blob.lastUsedMillis).slice(0, 10),
    states.filter(state => state !== '').join(', '),
  ]
}

function documentOf(blob: BlobInfo): Record<string, unknown> {
  return {
    blob_id: toHex(blob.blobId),
    type: blob.type,
    size_bytes: blob.sizeBytes,
    chunks: blob.chunkCount,
    pinned: blob.isPinned,
    complete: blob.isComplete,
    last_used: dateOf(blob.lastUsedMillis),
    in_place: whereOf(blob) ?? null,
  }
}

// what the index says may be anything after damage; Date takes up to 8.64e15
const dateOf = (millis: number): string =>
  Math.abs(millis) <= 8.64e15 ? new Date(millis).toISOString() : 'unknown'
