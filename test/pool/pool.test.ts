// The pool as its users meet it: what is imported is found, read back to the byte, shared, remembered and pinned.

import {
  appendFileSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { concat, equal, toHex } from '../../src/base/bytes.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { entryId, entryLength } from '../../src/cut/recipe.ts'
import { blobType } from '../../src/cut/tree.ts'
import { markOf } from '../../src/pool/extent.ts'
import { Pool } from '../../src/pool/pool.ts'
import { randomBytes, randomFile, scratch } from './scratch.ts'

const quotaBytes = 1024 * MiB

const createPool = (learn: 'auto' | 'copy' | 'place' | 'off' = 'copy'): Promise<Pool> =>
  Pool.create(join(scratch(), 'pool'), { quotaBytes, learn })

function readAll(pool: Pool, id: Uint8Array): Uint8Array {
  const reader = pool.openBlob(id)
  if (!reader) throw new Error('no such blob')
  const bytes = new Uint8Array(reader.sizeBytes)
  expect(reader.read(0, bytes)).toBe(bytes.length)
  return bytes
}

/** A scan of a file written just now is not trusted; this makes it an old file. */
const age = (path: string): void => utimesSync(path, 1e9, 1e9)

describe('import', () => {
  for (const size of [0, 1, 16 * KiB - 1, 16 * KiB, 128 * KiB, 3 * MiB + 7]) {
    test(`${size} bytes come back as they were, now and after the pool is opened again`, async () => {
      const pool = await createPool()
      const path = randomFile(scratch(), 'file', size, size)
      const { blobId, newBytes, way } = await pool.import(path)
      await pool.commit()
      expect({ newBytes, way }).toEqual({ newBytes: size, way: 'copy' })
      expect(equal(readAll(pool, blobId), readFileSync(path))).toBe(true)
      await pool.close()
      const again = await Pool.open(pool.directory)
      expect(again.has(blobId)).toBe(true)
      expect(equal(readAll(again, blobId), readFileSync(path))).toBe(true)
      expect(await again.verify({ full: true })).toMatchObject({
        isClean: true,
        blobs: 1,
        incompleteBlobs: 0,
      })
      await again.close()
    })
  }

  test('what two files share is stored once', async () => {
    const pool = await createPool()
    const directory = scratch()
    const first = randomFile(directory, 'a', 2 * MiB, 1)
    const second = join(directory, 'b')
    writeFileSync(second, concat(randomBytes(1000, 2), readFileSync(first)))
    await pool.import(first)
    const { newBytes } = await pool.import(second)
    await pool.commit()
    expect(newBytes).toBeLessThan(300 * KiB)
    const stats = pool.stats()
    expect(stats).toMatchObject({ blobs: 2, rawBytes: 4 * MiB + 1000, uniqueBytes: 2 * MiB + newBytes })
    expect(stats.storedBytes).toBeGreaterThan(stats.uniqueBytes)
    await pool.close()
  })

  test('the same file again is named by the stat cache, unless it was written within 2 s of the scan', async () => {
    const pool = await createPool()
    const path = randomFile(scratch(), 'file', 100 * KiB, 3)
    await pool.import(path)
    await pool.commit()
    expect((await pool.import(path)).way).toBe('copy')
    age(path)
    await pool.import(path)
    await pool.commit()
    expect((await pool.import(path)).way).toBe('known')
    appendFileSync(path, 'x')
    expect((await pool.import(path)).way).toBe('copy')
    await pool.close()
  })

  test('the stat cache trusts a write 2 s and a little before the scan, and none at 2 s', async () => {
    const pool = await createPool()
    const path = randomFile(scratch(), 'file', 10, 4)
    const mark = markOf(statSync(path, { bigint: true }))
    const id = randomBytes(32, 5)
    pool.statStore(mark, id, mark.mtimeNanos + 2_000_000_000n)
    await pool.commit()
    expect(pool.statLookup(mark)).toBeUndefined()
    pool.statStore(mark, id, mark.mtimeNanos + 2_000_000_001n)
    await pool.commit()
    expect(pool.statLookup(mark)).toEqual(Buffer.from(id))
    expect(pool.statLookup({ ...mark, ctimeNanos: mark.ctimeNanos + 1n })).toBeUndefined()
    await pool.close()
  })

  test('the last blob of a path is remembered across contents', async () => {
    const pool = await createPool()
    const path = randomFile(scratch(), 'file', 50 * KiB, 6)
    const { blobId } = await pool.import(path)
    await pool.commit()
    writeFileSync(path, 'other')
    expect(pool.lastBlobOfPath(path)).toEqual(Buffer.from(blobId))
    expect(pool.lastBlobOfPath(`${path}.not`)).toBeUndefined()
    await pool.close()
  })

  test('what a file may be a version of: last at its path, under its name elsewhere, under one with other numbers', async () => {
    const pool = await createPool()
    const folder = scratch()
    const learn = async (path: string, seed: number): Promise<Buffer> => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      const { blobId } = await pool.import(
        randomFile(dirname(join(folder, path)), basename(path), 50 * KiB, seed),
      )
      await pool.commit()
      return Buffer.from(blobId)
    }
    const [one, two, other] = [
      await learn('1/a-1.bin', 1),
      await learn('2/a-1.bin', 2),
      await learn('b.bin', 3),
    ]
    expect(pool.likelyBlobs(join(folder, '1/a-1.bin'))).toEqual([one, two])
    expect(pool.likelyBlobs(join(folder, '3/a-1.bin'))).toEqual([two])
    expect(pool.likelyBlobs(join(folder, '1/a-22.bin'))).toEqual([two])
    expect(pool.likelyBlobs(join(folder, 'c/b.bin'))).toEqual([other])
    expect(pool.likelyBlobs(join(folder, 'c.bin'))).toEqual([])
    await pool.close()
  })

  test('a missing file and a directory are told apart from damage', async () => {
    const pool = await createPool()
    await expect(pool.import('/nowhere/at/all')).rejects.toMatchObject({ code: 'PFS_NOT_FOUND' })
    await expect(pool.import(scratch())).rejects.toMatchObject({ code: 'PFS_READ' })
    await pool.close()
  })
})

describe('blobs', () => {
  test('any range is read, across chunks, and short only at the end', async () => {
    const pool = await createPool()
    const path = randomFile(scratch(), 'file', 1 * MiB, 7)
    const whole = readFileSync(path)
    const { blobId } = await pool.import(path)
    await pool.commit()
    const reader = pool.openBlob(blobId)!
    for (const [offset, length] of [
      [0, 1],
      [1, 200_000],
      [500_000, 500_000],
      [MiB - 5, 10],
      [MiB, 3],
    ] as const) {
      const target = new Uint8Array(length)
      const count = reader.read(offset, target)
      expect(count).toBe(Math.min(length, MiB - offset))
      expect(equal(target.subarray(0, count), whole.subarray(offset, offset + count))).toBe(true)
    }
    await pool.close()
  })

  test('a recipe of several parts tells every chunk by number and by byte', async () => {
    const pool = await createPool('off')
    const writer = pool.beginBlob(blobType.file)
    const count = 40_000 // two full parts and a third
    const lengthOf = (i: number): number => 1 + ((i * 7919) % 1000)
    const idOf = (i: number): Uint8Array => randomBytes(32, i)
    for (let i = 0; i < count; i++) writer.add(lengthOf(i), idOf(i), undefined)
    const { blobId, sizeBytes } = writer.finish()
    await pool.commit()
    expect(pool.blob(blobId)).toMatchObject({ chunkCount: count, sizeBytes, isComplete: false })
    const { recipe } = pool.openBlob(blobId)!
    let offset = 0
    for (let i = 0; i < count; i++) {
      const sample = i % 611 === 0 || i === 16_383 || i === 16_384
      if (sample) {
        expect(equal(recipe.entry(i).subarray(4), idOf(i))).toBe(true)
        expect(recipe.byteOffset(i)).toBe(offset)
        expect(recipe.indexAt(offset)).toBe(i)
        expect(recipe.indexAt(offset + lengthOf(i) - 1)).toBe(i)
      }
      offset += lengthOf(i)
    }
    expect(recipe.byteOffset(count)).toBe(offset)
    expect(pool.openBlob(blobId)!.read(0, new Uint8Array(10))).toBe(0)
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, incompleteBlobs: 1 })
    await pool.close()
  })

  test('a blob is found by its first 8 bytes, and only by them', async () => {
    const pool = await createPool()
    const { blobId } = await pool.import(randomFile(scratch(), 'file', 20 * KiB, 8))
    await pool.commit()
    expect(pool.findShort(blobId.subarray(0, 8)).map(toHex)).toEqual([toHex(blobId)])
    expect(pool.findShort(randomBytes(8, 9))).toEqual([])
    await pool.close()
  })

  test('pin and unpin last over a reopen and over a new index', async () => {
    const pool = await createPool()
    const directory = scratch()
    const kept = (await pool.import(randomFile(directory, 'a', 20 * KiB, 10))).blobId
    const freed = (await pool.import(randomFile(directory, 'b', 20 * KiB, 11))).blobId
    pool.pin(kept)
    pool.pin(freed)
    pool.unpin(freed)
    await pool.repair()
    expect([pool.blob(kept)?.isPinned, pool.blob(freed)?.isPinned]).toEqual([true, false])
    expect(pool.stats().pinnedBytes).toBe(20 * KiB)
    await pool.close()
    const again = await Pool.open(pool.directory)
    expect([again.blob(kept)?.isPinned, again.blob(freed)?.isPinned]).toEqual([true, false])
    await again.close()
  })
})

describe('in place', () => {
  test('a file serves as storage until it changes, and then only what the segments have is left', async () => {
    const pool = await createPool('place')
    const path = randomFile(scratch(), 'file', 1 * MiB, 12)
    const { blobId, way } = await pool.import(path)
    await pool.commit()
    expect(way).toBe('place')
    expect(pool.stats()).toMatchObject({ inPlaceBytes: 1 * MiB, uniqueBytes: 0 })
    expect(equal(readAll(pool, blobId), readFileSync(path))).toBe(true)
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, changedExtents: 0 })
    writeFileSync(path, randomBytes(1 * MiB, 13))
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, changedExtents: 1 })
    expect(pool.openBlob(blobId)!.read(0, new Uint8Array(MiB))).toBe(0)
    expect(pool.has(blobId)).toBe(false)
    expect(pool.blob(blobId)?.extent).toBeUndefined()
    await pool.close()
  })

  test('bytes changed behind an unchanged size and time are never given out', async () => {
    const pool = await createPool('place')
    const path = randomFile(scratch(), 'file', 1 * MiB, 14)
    age(path)
    const { blobId } = await pool.import(path)
    await pool.commit()
    const changed = readFileSync(path)
    changed[MiB - 1] = changed[MiB - 1]! ^ 1
    writeFileSync(path, changed)
    age(path)
    const reader = pool.openBlob(blobId)!
    const target = new Uint8Array(MiB)
    const count = reader.read(0, target)
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(MiB)
    expect(equal(target.subarray(0, count), changed.subarray(0, count))).toBe(true)
    expect(pool.has(blobId)).toBe(false)
    await pool.close()
  })

  test('a clone becomes the storage of its blob, and needs no path of the user', async () => {
    const pool = await createPool('auto')
    const content = randomBytes(1 * MiB, 17)
    // what pool.clone gives where the file system can; a plain copy stands in for it anywhere
    const clone = { path: join(pool.directory, 'extents', 'incoming-1-1') }
    writeFileSync(clone.path, content)
    const fd = openSync(clone.path, 'r')
    const writer = pool.beginBlob(blobType.file)
    const scanner = pool.scanner({ fd, limit: content.length, isFinal: true })
    while (scanner.step(MiB, (_at, length, id) => writer.add(length, id, undefined)) === 'more');
    closeSync(fd)
    const { blobId, newBytes } = pool.finishWithClone(writer, clone)
    await pool.commit()
    expect(newBytes).toBe(0)
    expect(existsSync(clone.path)).toBe(false)
    expect(equal(readAll(pool, blobId), content)).toBe(true)
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, incompleteBlobs: 0 })
    await pool.close()
  })

  test('a clone of what the segments hold already is not kept', async () => {
    const pool = await createPool('copy')
    const path = randomFile(scratch(), 'file', 100 * KiB, 18)
    const { blobId } = await pool.import(path)
    await pool.commit()
    const clone = { path: join(pool.directory, 'extents', 'incoming-1-2') }
    writeFileSync(clone.path, readFileSync(path))
    const writer = pool.beginBlob(blobType.file)
    const { recipe } = pool.openBlob(blobId)!
    for (let i = 0; i < recipe.chunkCount; i++) {
      const row = recipe.entry(i)
      writer.add(entryLength(row), entryId(row), undefined)
    }
    expect(equal(pool.finishWithClone(writer, clone).blobId, blobId)).toBe(true)
    await pool.commit()
    expect(readdirSync(join(pool.directory, 'extents'))).toEqual([])
    expect(pool.has(blobId)).toBe(true)
    await pool.close()
  })

  test('a displaced version is adopted by rename and outlives its path', async () => {
    const pool = await createPool('place')
    const path = randomFile(scratch(), 'file', 1 * MiB, 15)
    const old = readFileSync(path)
    const { blobId } = await pool.import(path)
    await pool.commit()
    expect(pool.adopt(path, blobId)).toBe(true)
    await pool.commit()
    writeFileSync(path, 'the new version')
    expect(equal(readAll(pool, blobId), old)).toBe(true)
    expect(pool.stats().storedBytes).toBeGreaterThan(1 * MiB)
    await pool.repair()
    expect(equal(readAll(pool, blobId), old)).toBe(true)
    await pool.close()
  })

  test('a file of another size, or with a second name, is not adopted', async () => {
    const pool = await createPool('place')
    const directory = scratch()
    const path = randomFile(directory, 'file', 1 * MiB, 16)
    const { blobId } = await pool.import(path)
    await pool.commit()
    renameSync(path, `${path}.old`)
    writeFileSync(path, 'short')
    expect(pool.adopt(path, blobId)).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('short')
    renameSync(`${path}.old`, path)
    linkSync(path, `${path}.second`)
    expect(pool.adopt(path, blobId)).toBe(false)
    rmSync(`${path}.second`)
    expect(pool.adopt(path, blobId)).toBe(true)
    await pool.close()
  })
})
