// pfs pool repair: makes the index anew, drops what is damaged, and says which blobs that cost.

import { toHex } from '../../../base/bytes.ts'
import { plural } from '../../format.ts'
import { withPool } from '../../here.ts'
import { verb } from '../../verb.ts'

export const repair = verb({
  examples: ['pfs pool repair', 'pfs pool repair --json', 'pfs pool verify --full'],
  options: argv => argv,
  run: (_args, context) =>
    withPool(context, false, async pool => {
      const { terminal } = context
      const report = await pool.repair()
      for (const { segment, start, end, why } of report.damaged) {
        terminal.say(`dropped: segment ${segment}, bytes ${start} to ${end}: ${why}`)
      }
      for (const number of report.foreignSegments) {
        terminal.say(`left alone: segment ${number}, which belongs to another pool`)
      }
      for (const blobId of report.lostBlobs) terminal.result(`lost: blob ${toHex(blobId)}`)
      const read = `${plural(report.records, 'record')} in ${plural(report.segments, 'segment')}`
      terminal.result(
        `repaired: ${read}, ${report.damagedCount} damaged, ${plural(report.lostBlobs.length, 'blob')} lost`,
      )
      terminal.document({
        segments: report.segments,
        records: report.records,
        damaged_count: report.damagedCount,
        damaged: report.damaged,
        lost_blobs: report.lostBlobs.map(toHex),
        foreign_segments: report.foreignSegments,
      })
    }),
})
