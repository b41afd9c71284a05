// What a disk itself gives: a new file written from end to end, or copied by the kernel, and synced. Beside figures that are
// a disk's as much as ours, in the same rounds: the disk of a virtual machine varies by a factor of two.

import { closeSync, copyFileSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { MiB } from '../src/base/units.ts'
import { randomBlocks, warmMemory } from './files.ts'

export interface DiskSeconds {
  readonly write: number
  readonly copy: number
}

/** Both after warming the memory, as whatever they stand beside. @param source of that size, in the page cache */
export function measureDisk(folder: string, source: string, sizeBytes: number): DiskSeconds {
  const path = join(folder, 'plain')
  const timed = (work: () => void): number => {
    warmMemory(folder, sizeBytes)
    const startedAt = performance.now()
    work()
    const fd = openSync(path, 'r')
    fsyncSync(fd)
    closeSync(fd)
    const seconds = (performance.now() - startedAt) / 1000
    rmSync(path)
    return seconds
  }
  return { write: timed(() => writePlainly(path, sizeBytes)), copy: timed(() => copyFileSync(source, path)) }
}

/** One block again and again: to make bytes would be timed too. */
function writePlainly(path: string, sizeBytes: number): void {
  const block = randomBlocks(1)()
  const fd = openSync(path, 'w')
  try {
    for (let at = 0; at < sizeBytes; at += MiB) writeSync(fd, block, 0, Math.min(MiB, sizeBytes - at), at)
  } finally {
    closeSync(fd)
  }
}
