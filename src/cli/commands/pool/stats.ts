// pfs pool stats: how much the pool holds, and how much room it may take.

import { formatBytes, formatPercent } from '../../format.ts'
import { withPool } from '../../here.ts'
import { verb } from '../../verb.ts'

export const stats = verb({
  examples: ['pfs pool stats', 'pfs pool stats --json', 'pfs pool ls'],
  options: argv => argv,
  run: (_args, context) =>
    withPool(context, false, async pool => {
      const { terminal } = context
      const numbers = pool.stats()
      const { storedBytes, quotaBytes } = numbers
      const incomplete = numbers.incompleteBlobs > 0 ? `, ${numbers.incompleteBlobs} incomplete` : ''
      const lines: readonly (readonly [string, string])[] = [
        ['pool', pool.directory],
        ['seed', pool.isOpenSeed ? 'open' : 'private'],
        ['learns', pool.learnPolicy],
        ['blobs', `${numbers.blobs}${incomplete}`],
        ['content', `${formatBytes(numbers.rawBytes)}, ${formatBytes(numbers.pinnedBytes)} of it pinned`],
        [
          'on disk',
          `${formatBytes(storedBytes)} of ${formatBytes(quotaBytes)} (${formatPercent(storedBytes, quotaBytes)})`,
        ],
        ['in place', formatBytes(numbers.inPlaceBytes)],
        ['chunks', `${numbers.chunks} in ${numbers.segments} segments, ${formatBytes(numbers.uniqueBytes)}`],
      ]
      for (const [name, value] of lines) terminal.result(`${name.padEnd(10)}${value}`)
      terminal.document({
        path: pool.directory,
        open_seed: pool.isOpenSeed,
        learn: pool.learnPolicy,
        blobs: numbers.blobs,
        incomplete_blobs: numbers.incompleteBlobs,
        raw_bytes: numbers.rawBytes,
        unique_bytes: numbers.uniqueBytes,
        stored_bytes: storedBytes,
        pinned_bytes: numbers.pinnedBytes,
        in_place_bytes: numbers.inPlaceBytes,
        quota_bytes: quotaBytes,
        segments: numbers.segments,
        chunks: numbers.chunks,
      })
    }),
})
