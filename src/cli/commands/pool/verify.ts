// pfs pool verify: reads everything the pool holds and says what is damaged. Repairs nothing.

import { toHex } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import type { VerifyReport } from '../../../pool/verify.ts'
import { formatBytes, plural } from '../../format.ts'
import { withPool } from '../../here.ts'
import { verb } from '../../verb.ts'

export const verify = verb({
  examples: ['pfs pool verify', 'pfs pool verify --full', 'pfs pool verify --json'],
  options: argv =>
    argv.option('full', { type: 'boolean', describe: 'hash every chunk too, and files kept in place' }),
  run: (args, context) =>
    withPool(context, false, async pool => {
      const { terminal } = context
      const report = await pool.verify({ full: args.full === true })
      for (const line of linesOf(report)) terminal.result(line)
      terminal.document(documentOf(report))
      if (report.isClean) return
      throw new PfsError('PFS_POOL', 'damage was found', { hint: 'Drop what is damaged: pfs pool repair' })
    }),
})

function linesOf(report: VerifyReport): string[] {
  const places = report.damaged.map(
    ({ segment, start, end, why }) => `damaged: segment ${segment}, bytes ${start} to ${end}: ${why}`,
  )
  const more = report.damagedCount - report.damaged.length
  const blobs = report.damagedBlobs.map(({ blobId, why }) => `damaged: blob ${toHex(blobId)}: ${why}`)
  const counts = [
    plural(report.segments, 'segment'),
    plural(report.records, 'record'),
    plural(report.blobs, 'blob'),
  ]
  const notes = [
    report.incompleteBlobs > 0 ? `${plural(report.incompleteBlobs, 'blob')} incomplete` : '',
    report.changedExtents > 0 ? `${plural(report.changedExtents, 'file')} kept in place changed since` : '',
    report.danglingEntries > 0 ? `${report.danglingEntries} index entries without a record` : '',
  ].filter(note => note !== '')
  return [
    ...places,
    ...(more > 0 ? [`damaged: ${more} more places`] : []),
    ...blobs,
    `read ${counts.join(', ')}, ${formatBytes(report.bytes)}`,
    ...notes,
    report.isClean ? 'clean' : 'damaged',
  ]
}

function documentOf(report: VerifyReport): Record<string, unknown> {
  return {
    clean: report.isClean,
    segments: report.segments,
    records: report.records,
    bytes: report.bytes,
    blobs: report.blobs,
    incomplete_blobs: report.incompleteBlobs,
    changed_files: report.changedExtents,
    damaged_count: report.damagedCount,
    damaged: report.damaged,
    damaged_blobs: report.damagedBlobs.map(({ blobId, why }) => ({ blob_id: toHex(blobId), why })),
    dangling_entries: report.danglingEntries,
  }
}
