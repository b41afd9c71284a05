// The files that benches send: incompressible bytes by seed, sparse files with islands, edits in place, and the
// comparison that decides whether a result is right. One folder on disk per run, removed at the end.

import { spawnSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '../src/base/prng.ts'
import { MiB } from '../src/base/units.ts'

/** A folder for one run, under PFS_BENCH_DIR or the system's; gone when the process ends. */
export function makeScratch(): string {
  const base = process.env.PFS_BENCH_DIR ?? tmpdir()
  mkdirSync(base, { recursive: true })
  const folder = mkdtempSync(join(base, 'pfs-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => process.exit(128 + number))
  return folder
}

/**
 * Has the machine hold memory for what will be written next. A virtual machine's host takes free pages back, and the first
 * touch of one then costs several times the write itself: whoever ran first would pay for all. Done before every timed
 * run, whoever's it is.
 */
export function warmMemory(folder: string, sizeBytes: number): void {
  const path = join(folder, 'warm')
  const fd = openSync(path, 'w')
  const block = new Uint8Array(MiB)
  try {
    for (let at = 0; at < sizeBytes; at += MiB) writeSync(fd, block)
  } finally {
    closeSync(fd)
    rmSync(path)
  }
}

/** Endless incompressible bytes, a MiB at a time, the same for the same seed: an AES-CTR key stream (1 GB/s and more). */
export function randomBlocks(seed: number): () => Uint8Array {
  const prng = new Prng(seed)
  const cipher = createCipheriv('aes-128-ctr', prng.fill(new Uint8Array(16)), new Uint8Array(16))
  const zeros = new Uint8Array(MiB)
  return () => cipher.update(zeros)
}

export function makeRandomFile(path: string, sizeBytes: number, seed: number): void {
  const next = randomBlocks(seed)
  const fd = openSync(path, 'w')
  try {
    for (let at = 0; at < sizeBytes; at += MiB) writeSync(fd, next(), 0, Math.min(MiB, sizeBytes - at), at)
  } finally {
    closeSync(fd)
  }
}

/** Holes of zeros with random islands of a MiB each, evenly apart. */
export function makeSparseFile(path: string, sizeBytes: number, islands: number, seed: number): void {
  const next = randomBlocks(seed)
  const fd = openSync(path, 'w')
  try {
    ftruncateSync(fd, sizeBytes)
    for (let i = 0; i < islands; i++) writeSync(fd, next(), 0, MiB, Math.floor((sizeBytes / islands) * i))
  } finally {
    closeSync(fd)
  }
}

/** Overwrites `places` stretches of `lengthBytes`, evenly apart and aligned to nothing. */
export function changeInPlace(
  path: string,
  sizeBytes: number,
  places: number,
  lengthBytes: number,
  seed: number,
): void {
  const next = randomBlocks(seed)
  const fd = openSync(path, 'r+')
  try {
    for (let i = 0; i < places; i++) {
      const start = Math.floor((sizeBytes / places) * (i + 0.3)) + 12_345
      for (let at = 0; at < lengthBytes; at += MiB) {
        writeSync(fd, next(), 0, Math.min(MiB, lengthBytes - at), start + at)
      }
    }
  } finally {
    closeSync(fd)
  }
}

/** Byte for byte. */
export function areSame(left: string, right: string): boolean {
  return spawnSync('cmp', ['-s', left, right]).status === 0
}

/** Stretches of a stream of blocks, none of which is given twice. */
export function pieces(next: () => Uint8Array): (sizeBytes: number) => Uint8Array {
  let block = next()
  let at = 0
  return sizeBytes => {
    if (at + sizeBytes > block.length) [block, at] = [next(), 0]
    at += sizeBytes
    return block.subarray(at - sizeBytes, at)
  }
}
