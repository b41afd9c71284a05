// Makes a tree with every kind of entry there is, from a seed: for tests and for bench/trees. Knows node:fs and nothing of
// what sends trees.

import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

export interface MadeTree {
  readonly root: string
  /** Regular files, without further names of one. */
  readonly files: readonly string[]
  readonly bytes: number
}

export interface MakeOptions {
  readonly seed: number
  readonly fileCount: number
  /** Files have 0 to this many bytes. */
  readonly fileBytesMax: number
  /** Files in one directory. */
  readonly perDirectory?: number
  /** So many bytes that nobody has; left out: pieces of a few hundred KB of noise, of which most are known soon. */
  readonly contents?: (sizeBytes: number) => Uint8Array
}

/** Old enough for every cache to believe what it knows of it. */
const oldSeconds = 1_000_000_000

/** xorshift32: the same everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

export function makeTree(root: string, options: MakeOptions): MadeTree {
  const { fileCount, fileBytesMax, perDirectory = 50 } = options
  const random = randomNumbers(options.seed)
  const noise = options.contents ? Buffer.alloc(0) : noiseOf(random, 2 * fileBytesMax + 1024)
  const files: string[] = []
  let bytes = 0
  mkdirSync(root, { recursive: true })
  for (let i = 0; files.length < fileCount; i++) {
    const directory = join(root, ...directoryOf(i))
    mkdirSync(directory, { recursive: true })
    for (let j = 0; j < perDirectory && files.length < fileCount; j++) {
      const path = join(directory, nameOf(j))
      const size = Math.floor(random() * (fileBytesMax + 1))
      const at = Math.floor(random() * (noise.length - size))
      writeFileSync(path, options.contents?.(size) ?? noise.subarray(at, at + size))
      chmodSync(path, j % 7 === 0 ? 0o755 : 0o644)
      const seconds = oldSeconds + Math.floor(random() * 1e7) + random()
      utimesSync(path, seconds, seconds)
      files.push(path)
      bytes += size
    }
  }
  return { root, files, bytes }
}

/** Up to eight deep. */
function directoryOf(i: number): string[] {
  const names = [`d${i % 10}`]
  for (let rest = Math.floor(i / 10), depth = 1; rest > 0 && depth < 8; rest = Math.floor(rest / 5), depth++)
    names.push(`level-${depth}-${rest % 5}`)
  return names
}

function nameOf(j: number): string {
  const endings = ['.txt', '.json', '.js', '', '.d.ts', ' with spaces.md', '-ü-日本.html']
  return `file-${j}${endings[j % endings.length]}`
}

function noiseOf(random: () => number, length: number): Buffer {
  const noise = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) noise[i] = random() * 256
  return noise
}

/** Beside the many: one of everything that is not a plain file. */
export function addOddities(root: string): void {
  const at = (...names: readonly string[]): string => join(root, 'odd', ...names)
  mkdirSync(at('empty directory'), { recursive: true })
  mkdirSync(at('closed'), { mode: 0o500 })
  writeFileSync(at('empty file'), '')
  writeFileSync(at('executable'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(at('readable by one'), 'secret', { mode: 0o400 })
  writeFileSync(at('a\nnew line \x1b[31m'), 'control characters in its name')
  writeFileSync(Buffer.concat([Buffer.from(at('not utf-8 ')), Buffer.from([0xff, 0xfe, 0x80])]), 'bytes')
  writeFileSync(at('n'.repeat(255)), 'the longest name')
  writeFileSync(at('two names'), 'one content')
  linkSync(at('two names'), at('another name'))
  symlinkSync('two names', at('link'))
  symlinkSync('../odd/empty directory', at('link to a directory'))
  symlinkSync('nothing at all', at('dangling link'))
  sparse(at('sparse'), 3 * 1024 * 1024, [1024 * 1024, 2 * 1024 * 1024 + 5])
  sparse(at('all hole'), 512 * 1024, [])
  writeFileSync(at('zeros that are no hole'), Buffer.alloc(256 * 1024))
  let deep = at('deep')
  for (let i = 0; i < 40; i++) deep = join(deep, `d${i}`)
  mkdirSync(deep, { recursive: true })
  writeFileSync(join(deep, 'bottom'), 'far down')
  utimesSync(at('executable'), -1000, -1000) // before 1970
  lutimesSync(at('link'), oldSeconds, oldSeconds)
  utimesSync(at('empty directory'), oldSeconds, oldSeconds)
}

function sparse(path: string, size: number, places: readonly number[]): void {
  const fd = openSync(path, 'w')
  ftruncateSync(fd, size)
  for (const place of places) writeSync(fd, 'data', place)
  closeSync(fd)
}
