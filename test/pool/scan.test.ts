// The scan gives the chunks that cutting the whole would give, however it is fed.

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { concat, equal, readU32, toHex } from '../../src/base/bytes.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { createCutter } from '../../src/cut/chunker.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { rowBytes } from '../../src/cut/recipe.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { createCutting } from '../../src/host/cut.ts'
import { createHashes, type Hashes } from '../../src/host/hash.ts'
import { FileScanner, type ScanOptions } from '../../src/pool/scan.ts'
import { randomBytes, scratch } from './scratch.ts'

const keys = deriveSeedKeys(openSeed())
let hashes: Hashes

beforeAll(async () => {
  hashes = await createHashes(keys)
})

function cutWhole(bytes: Uint8Array): string[] {
  const cut = createCutter(keys.gear, chunking1)
  const found: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = cut(bytes, at, bytes.length, true)
    found.push(`${at} ${length} ${toHex(hashes.chunkId(bytes.subarray(at, at + length)))}`)
    at += length
  }
  return found
}

const scannerOf = (options: ScanOptions): FileScanner =>
  new FileScanner(createCutting(keys, hashes, chunking1), options)

function collect(scanner: FileScanner, bytesMax: number, found: string[]): string {
  return scanner.step(bytesMax, (offset, length, id, bytes) => {
    expect(hashes.chunkId(bytes())).toEqual(id)
    expect(bytes().length).toBe(length)
    found.push(`${offset} ${length} ${toHex(id)}`)
  })
}

describe('a scan', () => {
  const contents: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['one byte', new Uint8Array(1)],
    ['random bytes', randomBytes(5 * MiB + 1234, 1)],
    ['zeros', new Uint8Array(3 * MiB + 17)],
    [
      'zeros between random bytes',
      concat(randomBytes(300_000, 2), new Uint8Array(2 * MiB), randomBytes(70_000, 3)),
    ],
    [
      'zeros that end one byte before a zero chunk would',
      concat(new Uint8Array(128 * KiB - 1), randomBytes(99_999, 4)),
    ],
  ]
  for (const [name, content] of contents) {
    test(`of ${name} is what cutting the whole gives, in one step or in many`, () => {
      const path = join(scratch(), 'file')
      writeFileSync(path, content)
      const fd = openSync(path, 'r')
      for (const bytesMax of [content.length + 1, 100_000, 1]) {
        const found: string[] = []
        const scanner = scannerOf({ fd, limit: content.length, isFinal: true })
        while (collect(scanner, bytesMax, found) === 'more');
        expect(found).toEqual(cutWhole(content))
        expect(scanner.scannedBytes).toBe(content.length)
      }
      closeSync(fd)
    })
  }

  test('behind a growing file waits, and gives the same in the end', () => {
    const path = join(scratch(), 'file')
    writeFileSync(path, randomBytes(3 * MiB, 5))
    const fd = openSync(path, 'r')
    const found: string[] = []
    const scanner = scannerOf({ fd, limit: 0, isFinal: false })
    expect(collect(scanner, MiB, found)).toBe('waiting')
    for (let limit = 0; limit < 3 * MiB; limit += 77_777) {
      scanner.extend(limit, false)
      while (collect(scanner, 300_000, found) === 'more');
      expect(scanner.scannedBytes).toBeLessThanOrEqual(limit)
      expect(limit - scanner.scannedBytes).toBeLessThanOrEqual(128 * KiB)
    }
    scanner.extend(3 * MiB, true)
    while (collect(scanner, MiB, found) === 'more');
    expect(found).toEqual(cutWhole(readFileSync(path)))
    closeSync(fd)
  })

  for (const [name, content] of contents) {
    test(`of ${name} into lent buffers gives the same chunks, and their bytes stay where they were read`, () => {
      const path = join(scratch(), 'file')
      writeFileSync(path, content)
      const fd = openSync(path, 'r')
      // small enough to be filled in many ways; now and then the scanner has to make do with its own
      for (const lendEvery of [1, 2, 3]) {
        const kept: Uint8Array[] = []
        const allRows: Uint8Array[] = []
        const scanner = scannerOf({ fd, limit: content.length, isFinal: true })
        let steps = 0
        let state = 'more'
        while (state === 'more') {
          const lend = steps++ % lendEvery === 0
          const lent = new Uint8Array(new SharedArrayBuffer(200_000 + 1000 * (steps % 7)))
          const visit = (rows: Uint8Array, bytes: Uint8Array): void => {
            if (lend) expect(bytes.buffer).toBe(lent.buffer)
            kept.push(lend ? bytes : Uint8Array.from(bytes))
            allRows.push(rows)
          }
          state = scanner.stepRows(1, visit, lend ? () => lent : undefined)
        }
        expect(state).toBe('done')
        expect(equal(concat(...kept), content)).toBe(true)
        const rows = concat(...allRows)
        const found: string[] = []
        for (let row = 0, at = 0; row < rows.length; row += rowBytes) {
          const length = readU32(rows, row)
          found.push(`${at} ${length} ${toHex(rows.subarray(row + 4, row + rowBytes))}`)
          at += length
        }
        expect(found).toEqual(cutWhole(content))
      }
      closeSync(fd)
    })
  }

  test('may begin at any chunk', () => {
    const content = randomBytes(MiB, 6)
    const path = join(scratch(), 'file')
    writeFileSync(path, content)
    const fd = openSync(path, 'r')
    const whole = cutWhole(content)
    const from = Number(whole[5]!.split(' ')[0])
    const found: string[] = []
    const scanner = scannerOf({ fd, from, limit: content.length, isFinal: true })
    while (collect(scanner, MiB, found) === 'more');
    expect(found).toEqual(whole.slice(5))
    closeSync(fd)
  })

  test('of a file that ends before its limit says so', () => {
    const path = join(scratch(), 'file')
    writeFileSync(path, randomBytes(100_000, 7))
    const fd = openSync(path, 'r')
    expect(collect(scannerOf({ fd, limit: 100_000, isFinal: true }), MiB, [])).toBe('done')
    expect(collect(scannerOf({ fd, limit: 100_001, isFinal: true }), MiB, [])).toBe('short')
    closeSync(fd)
  })

  test('may keep the ids, and a visit that throws sees its chunk again', () => {
    const content = randomBytes(3 * MiB, 8)
    const path = join(scratch(), 'file')
    writeFileSync(path, content)
    const fd = openSync(path, 'r')
    const scanner = scannerOf({ fd, limit: content.length, isFinal: true })
    const kept: [number, number, Uint8Array][] = []
    let turn = 0
    const step = (): string =>
      scanner.step(content.length + 1, (offset, length, id) => {
        if (turn++ % 3 === 0) throw new TypeError('not now')
        kept.push([offset, length, id])
      })
    let state: string | undefined
    while (state !== 'done') {
      try {
        state = step()
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
      }
    }
    expect(kept.map(([offset, length, id]) => `${offset} ${length} ${toHex(id)}`)).toEqual(cutWhole(content))
    closeSync(fd)
  })

  test('of what cannot be read is PFS_READ', () => {
    const fd = openSync(scratch(), 'r')
    expect(() => collect(scannerOf({ fd, limit: 100, isFinal: true }), MiB, [])).toThrow(
      expect.objectContaining({ code: 'PFS_READ' }),
    )
    closeSync(fd)
  })
})
