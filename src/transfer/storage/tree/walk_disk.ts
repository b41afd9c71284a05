// The disk as the walk over a tree sees it: listings by the batch, what a path leads to, texts of links, holes. Throws as
// node:fs does. Knows no manifest.

import { closeSync, constants, lstatSync, openSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import type { Range } from '../../../base/ranges.ts'
import type { Entry } from '../../../host/confined.ts'
import { entryOf } from '../../../host/entry_stats.ts'
import { files } from '../../../host/files.ts'
import type { Many } from '../../../host/many.ts'
import type { WalkDisk } from './walk.ts'

export function walkDisk(many: Many): WalkDisk {
  return {
    many,
    stat: (path, follows) => {
      const stat = follows ? statSync : lstatSync
      return entryOf(stat(Buffer.from(path), { bigint: true }))
    },
    readLink: path => readlinkSync(Buffer.from(path), 'buffer'),
    realPath: path => realpathSync.native(Buffer.from(path), 'buffer'),
    holes: holesOf,
  }
}

/** Holes that one entry of a manifest may have; beyond them what is between two is data. */
const holesMax = 4096

function holesOf(path: Uint8Array, { sizeBytes, allocatedBytes }: Entry): Range[] | undefined {
  if (allocatedBytes >= sizeBytes) return [] // most files: they need not be opened to be told
  if (files().kind === 'portable') return undefined
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const fd = openSync(Buffer.from(path), flags)
  try {
    const holes: Range[] = []
    let at = 0
    while (at < sizeBytes && holes.length < holesMax) {
      const data = files().nextData(fd, at, sizeBytes)
      const start = data?.start ?? sizeBytes
      if (start > at) holes.push({ start: at, end: start })
      at = data?.end ?? sizeBytes
    }
    return holes
  } finally {
    closeSync(fd)
  }
}
