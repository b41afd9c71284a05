// What every cutter of §13.2 must do: the vectors, and the chunks of the reference, cut/chunker.ts with the hashes, for
// any parameters, data, split, buffer and number of threads.

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { concat, fromHex, readU32, toHex } from '../../src/base/bytes.ts'
import { createCutter } from '../../src/cut/chunker.ts'
import { type Chunking, chunking1 } from '../../src/cut/limits.ts'
import { rowBytes } from '../../src/cut/recipe.ts'
import { deriveSeedKeys, openSeed, type SeedKeys } from '../../src/cut/seed.ts'
import { type Cutting, partRowsMin, rowsFor } from '../../src/host/cut.ts'
import { FileWindow } from '../../src/host/file_window.ts'
import { createHashes, type Hashes } from '../../src/host/hash.ts'
import { makeInput, type Rule } from '../cut/inputs.ts'
import vectors from '../vectors/cut.json' with { type: 'json' }

export type MakeCutting = (keys: SeedKeys, hashes: Hashes, chunking: Chunking) => Cutting

const small: Chunking = { id: 200, minBytes: 64, targetBytes: 128, maxBytes: 512 }
/** The threshold is no power of two, and the shortest chunk is as long as the window. */
const odd: Chunking = { id: 201, minBytes: 32, targetBytes: 777, maxBytes: 9001 }

/** Chance, zeros, zeros between chance, a short period, or few byte values. */
export function anyContent(length: number, seed: number): Uint8Array {
  const bytes = makeInput('splitmix', length, seed)
  const period = 1 + (seed % 700)
  if (seed % 5 === 1) bytes.fill(0)
  if (seed % 5 === 2) for (let at = 0; at < length; at++) if ((at >> 9) % 3 !== 0) bytes[at] = 0
  if (seed % 5 === 3) for (let at = period; at < length; at++) bytes[at] = bytes[at - period]!
  if (seed % 5 === 4) for (let at = 0; at < length; at++) bytes[at] = bytes[at]! % 3
  return bytes
}

export function cutSuite(name: string, make: MakeCutting): void {
  describe(`cutting: ${name}`, () => {
    const keys = deriveSeedKeys(openSeed())
    let hashes: Hashes
    let folder: string

    beforeAll(async () => {
      hashes = await createHashes(keys, null)
      folder = mkdtempSync(join(tmpdir(), 'pfs-cut-'))
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    /** The rows of the whole, as the reference gives them. */
    function rowsOf(bytes: Uint8Array, chunking: Chunking): string[] {
      const cut = createCutter(keys.gear, chunking)
      const rows: string[] = []
      for (let at = 0; at < bytes.length; ) {
        const length = cut(bytes, at, bytes.length, true)
        rows.push(`${length} ${toHex(hashes.chunkId(bytes.subarray(at, at + length)))}`)
        at += length
      }
      return rows
    }

    async function withFile(bytes: Uint8Array, work: (fd: number) => void | Promise<void>): Promise<void> {
      const path = join(folder, 'content')
      writeFileSync(path, bytes)
      const fd = openSync(path, 'r')
      try {
        await work(fd)
      } finally {
        closeSync(fd)
      }
    }

    for (const v of vectors.cuts) {
      test(`${v.name}: ${v.why}`, () => {
        const seedKeys = deriveSeedKeys(fromHex(v.seed)!)
        const bytes = makeInput(v.input as Rule, v.bytes, v.inputSeed)
        const rows = rowsFor(bytes.length, chunking1)
        const count = make(seedKeys, hashes, chunking1).scanBytes(bytes, true, rows)
        expect(lengthsOf(rows, count)).toEqual(v.cuts)
      })
    }

    for (const chunking of [chunking1, small, odd]) {
      const scale = chunking.maxBytes

      test(`names what the reference names, max ${scale} (§13.2-1)`, () => {
        const cutting = make(keys, hashes, chunking)
        fc.assert(
          fc.property(fc.nat(), fc.nat({ max: 12 * scale }), (seed, length) => {
            const bytes = anyContent(length, seed)
            const rows = rowsFor(length, chunking)
            expect(textOf(rows, cutting.scanBytes(bytes, true, rows))).toEqual(rowsOf(bytes, chunking))
          }),
          { numRuns: chunking === chunking1 ? 12 : 60 },
        )
      })

      test(`gives no chunk that is not decided, and no row too many, max ${scale} (§13.2-2)`, () => {
        const cutting = make(keys, hashes, chunking)
        const bytes = anyContent(6 * scale, 5)
        const whole = rowsOf(bytes, chunking)
        for (const end of [0, 1, chunking.minBytes - 1, chunking.minBytes, scale - 1, scale, 4 * scale + 3]) {
          const rows = rowsFor(end, chunking)
          const count = cutting.scanBytes(bytes.subarray(0, end), false, rows)
          expect(textOf(rows, count)).toEqual(whole.slice(0, count))
          const left = end - lengthsOf(rows, count).reduce((sum, length) => sum + length, 0)
          expect(left).toBeLessThan(Math.max(1, Number.parseInt(whole[count]!, 10) + 1))
          const two = new Uint8Array(2 * rowBytes + 35)
          expect(cutting.scanBytes(bytes.subarray(0, end), false, two)).toBe(Math.min(2, count))
        }
      })
    }

    test('a file that grows, through any buffer, has the chunks of the whole', async () => {
      const cutting = make(keys, hashes, small)
      for (let seed = 0; seed < 20; seed++) {
        const bytes = anyContent((seed * 9973) % 50_000, seed)
        await withFile(bytes, fd => {
          const window = new FileWindow(0, new Uint8Array(small.maxBytes + 1 + ((seed * 501) % 20_000)))
          const found: string[] = []
          for (let limit = 0; ; limit = Math.min(bytes.length, limit + 1 + ((seed * 131) % 5000))) {
            const isFinal = limit === bytes.length
            for (let count = 1; count > 0; ) {
              const rows = new Uint8Array((1 + (seed % 40)) * rowBytes)
              const before = window.offset
              count = cutting.scanFile(window, fd, limit, isFinal, rows)
              found.push(...textOf(rows, count))
              // the chunks lie at the front of the buffer, one behind the other
              expect(window.buffer.subarray(0, window.start)).toEqual(bytes.subarray(before, window.offset))
              expect(window.isShort).toBe(false)
            }
            if (isFinal) break
          }
          expect(found).toEqual(rowsOf(bytes, small))
          expect(window.offset).toBe(bytes.length)
        })
      }
    })

    test('a file may be cut from any chunk on, and a buffer that holds all of it suffices', async () => {
      const cutting = make(keys, hashes, chunking1)
      const bytes = makeInput('splitmix', 300_000, 3)
      const whole = rowsOf(bytes, chunking1)
      const from = Number.parseInt(whole[0]!, 10)
      await withFile(bytes, fd => {
        const window = new FileWindow(from, new Uint8Array(bytes.length - from))
        const rows = rowsFor(bytes.length, chunking1)
        expect(textOf(rows, cutting.scanFile(window, fd, bytes.length, true, rows))).toEqual(whole.slice(1))
      })
    })

    test('a file that ends before the limit is short; what cannot be read throws as node:fs does', async () => {
      const cutting = make(keys, hashes, small)
      await withFile(new Uint8Array(100), fd => {
        const window = new FileWindow(0, new Uint8Array(1000))
        expect(cutting.scanFile(window, fd, 101, true, rowsFor(1000, small))).toBe(0)
        expect(window.isShort).toBe(true)
      })
      const fd = openSync(folder, 'r')
      const scan = (): number =>
        cutting.scanFile(new FileWindow(0, new Uint8Array(1000)), fd, 100, true, rowsFor(1000, small))
      expect(scan).toThrow(expect.objectContaining({ code: 'EISDIR' }))
      const part = { fd, from: 0, limit: 100, isFinal: true }
      await expect(cutting.scanPart(part, rowsFor(10_000, small), 2)).rejects.toMatchObject({
        code: 'EISDIR',
      })
      closeSync(fd)
    })

    test('threads give the chunks of the whole, as far as the rows reach', async () => {
      const cutting = make(keys, hashes, small)
      for (let seed = 0; seed < 10; seed++) {
        const bytes = anyContent(seed * 7919, seed)
        await withFile(bytes, async fd => {
          const found: string[] = []
          const part = { fd, limit: bytes.length, isFinal: true }
          for (let from = 0; ; ) {
            const rows = new Uint8Array(partRowsMin * rowBytes)
            const { rowCount, end, isShort } = await cutting.scanPart({ ...part, from }, rows, 1 + (seed % 3))
            expect(isShort).toBe(false)
            found.push(...textOf(rows, rowCount))
            if (rowCount === 0) break
            from = end
          }
          expect(found).toEqual(rowsOf(bytes, small))
        })
      }
    })

    test('threads that end before the content does leave the chunk that is not decided', async () => {
      const cutting = make(keys, hashes, chunking1)
      // more than a few segments of the native twin's
      const bytes = concat(
        makeInput('splitmix', 20_000_000, 1),
        new Uint8Array(5_000_000),
        anyContent(9_000_000, 8),
      )
      const whole = rowsOf(bytes, chunking1)
      await withFile(bytes, async fd => {
        const rows = rowsFor(bytes.length, chunking1)
        const part = { fd, from: 0, limit: bytes.length, isFinal: false }
        const open = await cutting.scanPart(part, rows, 3)
        expect(textOf(rows, open.rowCount)).toEqual(whole.slice(0, open.rowCount))
        expect(bytes.length - open.end).toBeLessThan(chunking1.maxBytes)
        const short = await cutting.scanPart({ ...part, limit: bytes.length + 1, isFinal: true }, rows, 2)
        expect(short.isShort).toBe(true)
        const all = await cutting.scanPart({ ...part, isFinal: true }, rows, 2)
        expect(textOf(rows, all.rowCount)).toEqual(whole)
      })
    })
  })
}

export function lengthsOf(rows: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => readU32(rows, i * rowBytes))
}

export function textOf(rows: Uint8Array, count: number): string[] {
  return lengthsOf(rows, count).map((length, i) => {
    return `${length} ${toHex(rows.subarray(i * rowBytes + 4, (i + 1) * rowBytes))}`
  })
}
