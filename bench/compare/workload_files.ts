// Makes what a workload sends, by seed: incompressible bytes, or text of invented words; a tree of small files of such
// text; and the new version beside the old one. Both versions are folders with an entry of one name, so that a folder
// can be put in place of the other without touching what is in it: `Stage`.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { Prng } from '../../src/base/prng.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { makeTree, randomNumbers } from '../../test/support/tree_maker.ts'
import { pieces, randomBlocks } from '../files.ts'
import type { Sizes } from './scenarios.ts'
import type { Workload } from './workloads.ts'

/** A page of a database or of a disk image: what changes in place changes in pages. */
const pageBytes = 4 * KiB
const frontBytes = 37
/** Of the older version. */
const ageSeconds = 3600
const treeFileBytesMax = 4 * KiB

export interface Made {
  readonly folder: string
  /** In each version's folder. */
  readonly name: string
  readonly sizeBytes: number
  readonly fileCount: number
  readonly zstdShare: number | null
}

/** Into `folder`/old, where both sides hold an older version, and `folder`/new. */
export function makeWorkload(workload: Workload, sizes: Sizes, folder: string, seed: number): Made {
  const [old, fresh] = [join(folder, 'old'), join(folder, 'new')]
  for (const each of [old, fresh]) mkdirSync(each, { recursive: true })
  return workload.kind === 'tree'
    ? makeTreeVersions(workload, sizes, folder, seed)
    : makeFileVersions(workload, sizes.fileBytes, folder, seed)
}

function makeFileVersions(workload: Workload, sizeBytes: number, folder: string, seed: number): Made {
  const name = 'file.bin'
  const [old, fresh] = [join(folder, 'old', name), join(folder, 'new', name)]
  const next = workload.content === 'text' ? textBlocks(seed) : randomBlocks(seed)
  const first = workload.change === undefined ? fresh : old
  writeBlocks(first, sizeBytes, next)
  // a version of the same length and the same second would be passed over by rsync, as its manual says
  const before = Date.now() / 1000 - ageSeconds
  utimesSync(first, before, before)
  let bytes = sizeBytes
  if (workload.change === 'front') {
    writeFileSync(fresh, randomBlocks(seed + 1)().subarray(0, frontBytes))
    const done = spawnSync('bash', ['-c', 'cat "$0" >>"$1"', old, fresh])
    if (done.status !== 0) throw new Error(`${done.stderr}`)
    bytes += frontBytes
  } else if (workload.change !== undefined) {
    cpSync(old, fresh, { preserveTimestamps: workload.change === 'none' })
    if (workload.change === 'byte') changeByte(fresh, Math.floor(sizeBytes * 0.37))
    if (workload.change === 'percent') changePages(fresh, sizeBytes, workload.changedPercent, seed + 1)
  }
  return { folder, name, sizeBytes: bytes, fileCount: 1, zstdShare: zstdShareOf(fresh, bytes) }
}

function makeTreeVersions(workload: Workload, sizes: Sizes, folder: string, seed: number): Made {
  const name = 'tree'
  const [old, fresh] = [join(folder, 'old', name), join(folder, 'new', name)]
  const options = { fileCount: sizes.treeFiles, fileBytesMax: treeFileBytesMax }
  const contents = pieces(textBlocks(seed))
  const made = makeTree(workload.change === undefined ? fresh : old, { ...options, seed, contents })
  let sizeBytes = made.bytes
  if (workload.change !== undefined) {
    cpSync(old, fresh, { recursive: true, preserveTimestamps: true })
    const others = pieces(textBlocks(seed + 1))
    const every = Math.round(100 / workload.changedPercent)
    for (const [i, path] of made.files.entries()) {
      if (i % every !== every >> 1) continue
      const copy = path.replace(old, fresh)
      // of another length: what only compares length and time must see it too
      writeFileSync(copy, others(statSync(path).size + 1))
      sizeBytes++
    }
  }
  return { folder, name, sizeBytes, fileCount: made.files.length, zstdShare: null }
}

function writeBlocks(path: string, sizeBytes: number, next: () => Uint8Array): void {
  const fd = openSync(path, 'w')
  try {
    for (let at = 0; at < sizeBytes; at += MiB) writeSync(fd, next(), 0, Math.min(MiB, sizeBytes - at))
  } finally {
    closeSync(fd)
  }
}

function changeByte(path: string, at: number): void {
  const fd = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(fd, byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 0x5a
  writeSync(fd, byte, 0, 1, at)
  closeSync(fd)
}

/** So many percent of the file's pages, anywhere, no page twice. */
function changePages(path: string, sizeBytes: number, percent: number, seed: number): void {
  const pages = Math.floor(sizeBytes / pageBytes)
  const random = randomNumbers(seed)
  const chosen = new Set<number>()
  while (chosen.size < Math.round((pages * percent) / 100)) chosen.add(Math.floor(random() * pages))
  const next = randomBlocks(seed)
  const fd = openSync(path, 'r+')
  let block = next()
  let at = 0
  for (const page of chosen) {
    if (at + pageBytes > block.length) [block, at] = [next(), 0]
    writeSync(fd, block, at, pageBytes, page * pageBytes)
    at += pageBytes
  }
  closeSync(fd)
}

const wordCount = 4096

/** Text as logs and sources are: a few words often, many seldom, in lines. Never the same block twice. */
export function textBlocks(seed: number): () => Uint8Array {
  const prng = new Prng(seed)
  const random = randomNumbers(prng.fill(new Uint8Array(4)).reduce((all, byte) => all * 256 + byte, 1))
  const words = Array.from({ length: wordCount }, () =>
    String.fromCharCode(
      ...Array.from({ length: 2 + Math.floor(random() * 9) }, () => 97 + Math.floor(random() * 26)),
    ),
  )
  return () => {
    const block = Buffer.alloc(MiB)
    for (let at = 0; at < MiB; ) {
      const word = words[Math.floor(wordCount ** random())] ?? ''
      at += block.write(word + (random() < 0.1 ? '\n' : ' '), at, 'latin1')
    }
    return block
  }
}

function zstdShareOf(path: string, sizeBytes: number): number | null {
  const done = spawnSync('bash', ['-o', 'pipefail', '-c', 'zstd -1 -q -c "$0" | wc -c', path], {
    encoding: 'utf8',
  })
  return done.status === 0 ? Number(done.stdout) / sizeBytes : null
}

/** Where a sender finds its source: one path, whichever version lies there. Renaming a folder leaves what is in it as it was. */
export class Stage {
  readonly #made: Made
  readonly #place: string
  #version: 'old' | 'new' | undefined

  constructor(made: Made) {
    this.#made = made
    this.#place = join(made.folder, 'stage')
  }

  get name(): string {
    return this.#made.name
  }

  get path(): string {
    return join(this.#place, this.#made.name)
  }

  hold(version: 'old' | 'new'): void {
    if (this.#version === version) return
    this.clear()
    renameSync(join(this.#made.folder, version), this.#place)
    this.#version = version
  }

  clear(): void {
    if (this.#version) renameSync(this.#place, join(this.#made.folder, this.#version))
    this.#version = undefined
  }

  /** Of a version that is not on the stage. */
  pathOf(version: 'old' | 'new'): string {
    return this.#version === version ? this.path : join(this.#made.folder, version, this.#made.name)
  }

  remove(): void {
    rmSync(this.#made.folder, { recursive: true, force: true })
  }
}
