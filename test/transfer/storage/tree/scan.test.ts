// An image is cut file by file, whatever way its files come: each has the chunks it has alone, what is not to be had is a
// gap, and what is known is not read. PROTOCOL.md §13.6-3

import { closeSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { KiB } from '../../../../src/base/units.ts'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { rowBytes } from '../../../../src/cut/recipe.ts'
import { Pool } from '../../../../src/pool/pool.ts'
import { type ImageFiles, TreeScanner } from '../../../../src/transfer/storage/tree/scan.ts'
import { randomBytes, scratch } from '../../../pool/scratch.ts'
import { randomNumbers } from '../../../support/tree_maker.ts'
import { manifestOf } from './world.ts'

const pool = await Pool.create(join(scratch(true), 'pool'))
afterAll(() => pool.close())

interface Chunk {
  readonly offset: number
  readonly length: number
  readonly id: string
}

class Files implements ImageFiles {
  readonly image: Image
  readonly contents: readonly Uint8Array[]
  readonly absent = new Set<number>()
  readonly known = new Map<number, Uint8Array>()
  readonly read: number[] = []
  readonly lostOnes: number[] = []
  readonly #directory = scratch(true)
  #fd: number | undefined

  constructor(sizes: readonly number[]) {
    this.contents = sizes.map((size, i) => randomBytes(size, i + 1))
    const names = sizes.map((_, i) => `f${String(i).padStart(5, '0')}`)
    const lines = Object.fromEntries(names.map((name, i) => [name, this.contents[i] ?? '']))
    this.image = new Image(manifestOf(lines).manifest)
    for (const [i, content] of this.contents.entries()) writeFileSync(this.path(i), content)
  }

  path(index: number): string {
    return join(this.#directory, `${index}`)
  }

  rows(index: number): Uint8Array | undefined {
    return this.known.get(index)
  }

  readMany(indexes: readonly number[], target: Uint8Array): number {
    let at = 0
    for (const [i, index] of indexes.entries()) {
      if (this.absent.has(index)) return i
      const content = this.contents[index] ?? new Uint8Array(0)
      target.set(content, at)
      at += content.length
      this.read.push(index)
    }
    expect(at).toBeLessThanOrEqual(target.length)
    return indexes.length
  }

  open(index: number): number | undefined {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    if (this.absent.has(index)) return undefined
    this.read.push(index)
    this.#fd = openSync(this.path(index), 'r')
    return this.#fd
  }

  lost(index: number): void {
    this.lostOnes.push(index)
  }

  /** The chunks of that file alone. */
  alone(index: number): Chunk[] {
    const fd = openSync(this.path(index), 'r')
    const scanner = pool.scanner({ fd, limit: this.contents[index]?.length ?? 0, isFinal: true })
    const chunks: Chunk[] = []
    const start = this.image.start(index)
    const visit = (offset: number, length: number, id: Uint8Array): void => {
      chunks.push({ offset: start + offset, length, id: Buffer.from(id).toString('hex') })
    }
    while (scanner.step(1 << 20, visit) === 'more');
    closeSync(fd)
    return chunks
  }

  all(): Chunk[] {
    return this.contents.flatMap((_, index) => (this.absent.has(index) ? [] : this.alone(index)))
  }
}

/** All chunks it gives out, checked against the bytes it says they have. */
function scan(files: Files, scanner: TreeScanner, grow?: () => void): { chunks: Chunk[]; gaps: number[] } {
  const bytes = Buffer.concat(files.contents)
  const chunks: Chunk[] = []
  const gaps: number[] = []
  for (;;) {
    const state = scanner.step(100_000, (offset, length, id, view) => {
      chunks.push({ offset, length, id: Buffer.from(id).toString('hex') })
      const index = files.image.at(offset)
      if (!files.known.has(index))
        expect(Buffer.from(view()).equals(bytes.subarray(offset, offset + length))).toBe(true)
    })
    const gap = scanner.takeGap()
    if (gap > 0) gaps.push(gap)
    if (state === 'done') return { chunks, gaps }
    if (state === 'waiting') grow?.()
    else expect(state).toBe('more')
  }
}

const odd = [0, 1, 16 * KiB, 128 * KiB, 128 * KiB + 1, 0, 300 * KiB, 5, 128 * KiB - 1, 1_200 * KiB, 7, 0]

describe('an image', () => {
  test('has the chunks of its files, each cut alone', () => {
    // §13.6-3
    const files = new Files(odd)
    const scanner = new TreeScanner(pool, files.image, files, 0, files.image.sizeBytes, true)
    const { chunks, gaps } = scan(files, scanner)
    expect(chunks).toEqual(files.all())
    expect([gaps, scanner.scannedBytes]).toEqual([[], files.image.sizeBytes])
  })

  test('of many small files, of none, and of empty ones', () => {
    const many = new Files(Array.from({ length: 1_500 }, (_, i) => (i * 37) % 1000))
    const { chunks } = scan(many, new TreeScanner(pool, many.image, many, 0, many.image.sizeBytes, true))
    expect(chunks).toEqual(many.all())
    const empty = new Files([0, 0])
    expect(scan(empty, new TreeScanner(pool, empty.image, empty, 0, 0, true)).chunks).toEqual([])
  })

  test('that grows is cut as far as it is there, and the same in the end', () => {
    for (const seed of [1, 2, 3]) {
      const random = randomNumbers(seed * 99_991)
      const files = new Files(odd)
      let limit = 0
      const scanner = new TreeScanner(pool, files.image, files, 0, 0, false)
      const grow = (): void => {
        limit = Math.min(files.image.sizeBytes, limit + Math.floor(random() * 200_000))
        scanner.extend(limit, limit === files.image.sizeBytes)
      }
      const { chunks } = scan(files, scanner, () => {
        expect(scanner.scannedBytes).toBeLessThanOrEqual(limit)
        grow()
      })
      expect(chunks).toEqual(files.all())
    }
  })

  test('is cut from any chunk on, and up to any', () => {
    const files = new Files(odd)
    const all = files.all()
    for (const [i, { offset }] of all.entries()) {
      const from = new TreeScanner(pool, files.image, files, offset, files.image.sizeBytes, true)
      expect(scan(files, from).chunks).toEqual(all.slice(i))
      const part = new TreeScanner(pool, files.image, files, 0, offset, true)
      expect(scan(files, part).chunks).toEqual(all.slice(0, i))
    }
  })
})

describe('a file that', () => {
  test('is not to be had is a gap, short or long, first, last or between', () => {
    const absents = [[1], [3, 4], [6], [9], [10], [1, 2, 3, 4, 6, 7, 8, 9, 10]]
    for (const absent of absents) {
      const files = new Files(odd)
      for (const index of absent) files.absent.add(index)
      const { chunks, gaps } = scan(
        files,
        new TreeScanner(pool, files.image, files, 0, files.image.sizeBytes, true),
      )
      expect(chunks).toEqual(files.all())
      expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBe(absent.reduce((sum, i) => sum + (odd[i] ?? 0), 0))
    }
  })

  test('ends before its time is lost from there on', () => {
    const files = new Files(odd)
    truncateSync(files.path(9), 500 * KiB)
    const { chunks, gaps } = scan(
      files,
      new TreeScanner(pool, files.image, files, 0, files.image.sizeBytes, true),
    )
    expect(files.lostOnes).toEqual([9])
    const start = files.image.start(9)
    const expected = new Files(odd).all()
    const there = chunks.filter(({ offset }) => offset >= start && offset < files.image.end(9))
    expect(expected).toEqual(expect.arrayContaining(there))
    const had = there.reduce((sum, { length }) => sum + length, 0)
    expect(gaps).toEqual([1_200 * KiB - had])
    expect(chunks.slice(-1)).toEqual(expected.slice(-1))
  })

  test('is known is not read', () => {
    const files = new Files(odd)
    const rowsOf = (index: number): Uint8Array => {
      const scanner = pool.scanner({
        fd: openSync(files.path(index), 'r'),
        limit: odd[index] ?? 0,
        isFinal: true,
      })
      const parts: Uint8Array[] = []
      while (scanner.stepRows(1 << 20, rows => parts.push(rows.slice())) === 'more');
      return Buffer.concat(parts)
    }
    for (const index of [1, 3, 4, 9]) files.known.set(index, rowsOf(index))
    expect(files.known.get(9)?.length).toBeGreaterThan(2 * rowBytes)
    const { chunks } = scan(files, new TreeScanner(pool, files.image, files, 0, files.image.sizeBytes, true))
    expect(chunks).toEqual(files.all())
    expect(files.read).toEqual([2, 6, 7, 8, 10])
  })
})

test('bytes that are lent stay where they were read', () => {
  const files = new Files(odd)
  const scanner = new TreeScanner(pool, files.image, files, 0, files.image.sizeBytes, true)
  const found: Uint8Array[] = []
  const lend = (): Uint8Array => new Uint8Array(1 << 20)
  while (scanner.stepRows(1, (_, bytes) => found.push(bytes ?? new Uint8Array(0)), lend) !== 'done');
  expect(Buffer.concat(found).equals(Buffer.concat(files.contents))).toBe(true)
})
