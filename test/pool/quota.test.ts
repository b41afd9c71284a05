// The quota: least recently used segments go, pinned blobs stay, and what is incomplete says so.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../src/base/units.ts'
import { decideLearning } from '../../src/pool/learn.ts'
import { Pool } from '../../src/pool/pool.ts'
import { randomFile, scratch } from './scratch.ts'

/** Imports into segments of their own: a segment is sealed when its process closes. */
async function importEach(
  directory: string,
  count: number,
  from: number,
  isPinned = false,
): Promise<Uint8Array[]> {
  const ids: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const pool = await Pool.open(directory)
    const { blobId } = await pool.import(randomFile(scratch(), 'file', 2 * MiB, from + i))
    if (isPinned) pool.pin(blobId)
    await pool.commit()
    await pool.close()
    ids.push(blobId)
  }
  return ids
}

async function held(directory: string, ids: readonly Uint8Array[]): Promise<boolean[]> {
  const pool = await Pool.open(directory)
  const answer = ids.map(id => pool.has(id))
  expect(await pool.verify({ full: true })).toMatchObject({ isClean: true })
  await pool.close()
  return answer
}

describe('the quota', () => {
  test('drops the oldest unpinned segments, files included, and keeps the rest whole', async () => {
    const directory = join(scratch(), 'pool')
    await (await Pool.create(directory, { quotaBytes: 9 * MiB, learn: 'copy' })).close()
    const pinned = await importEach(directory, 1, 1, true)
    const ids = await importEach(directory, 5, 10)
    // six of 2 MiB into 9: down to 0.95 of it, at the commit that exceeds it
    expect(await held(directory, pinned)).toEqual([true])
    expect(await held(directory, ids)).toEqual([false, false, true, true, true])
    expect(readdirSync(join(directory, 'segments')).length).toBeLessThanOrEqual(5)
    const pool = await Pool.open(directory)
    expect(pool.stats().storedBytes).toBeLessThan(9 * MiB)
    expect(pool.blob(ids[0]!)).toBeUndefined()
    // what was evicted was not lost
    expect(await pool.repair()).toMatchObject({ damagedCount: 0, lostBlobs: [] })
    await pool.close()
  })

  test('that is not exceeded drops nothing', async () => {
    const directory = join(scratch(), 'pool')
    await (await Pool.create(directory, { quotaBytes: 9 * MiB, learn: 'copy' })).close()
    expect(await held(directory, await importEach(directory, 4, 20))).toEqual([true, true, true, true])
  })

  test('spares what was read last', async () => {
    const directory = join(scratch(), 'pool')
    await (await Pool.create(directory, { quotaBytes: 7 * MiB, learn: 'copy' })).close()
    const ids = await importEach(directory, 3, 30)
    const pool = await Pool.open(directory)
    pool.openBlob(ids[0]!)!.read(0, new Uint8Array(2 * MiB))
    await pool.close()
    const more = await importEach(directory, 1, 40)
    expect(await held(directory, [...ids, ...more])).toEqual([true, false, true, true])
  })

  test('counts the inodes the pool owns, and drops the oldest of them too', async () => {
    const directory = join(scratch(), 'pool')
    const pool = await Pool.create(directory, { quotaBytes: 5 * MiB, learn: 'place' })
    const ids: Uint8Array[] = []
    for (let i = 0; i < 3; i++) {
      const path = randomFile(scratch(), 'file', 2 * MiB, 60 + i)
      const { blobId } = await pool.import(path)
      await pool.commit()
      if (i === 2) pool.openBlob(ids[0]!)!.read(0, new Uint8Array(1000))
      expect(pool.adopt(path, blobId)).toBe(true)
      await pool.commit()
      ids.push(blobId)
    }
    expect(ids.map(id => pool.has(id))).toEqual([true, false, true])
    expect(readdirSync(join(directory, 'extents'))).toHaveLength(2)
    expect(pool.stats().storedBytes).toBeLessThan(5 * MiB)
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, incompleteBlobs: 1 })
    await pool.close()
  })

  test('full of pins is exceeded rather than broken', async () => {
    const directory = join(scratch(), 'pool')
    await (await Pool.create(directory, { quotaBytes: 3 * MiB, learn: 'copy' })).close()
    expect(await held(directory, await importEach(directory, 3, 50, true))).toEqual([true, true, true])
  })
})

describe('learning', () => {
  test('auto copies up to a quarter of the quota, and leaves greater objects in place', () => {
    expect(decideLearning(5 * GiB, 'auto', 20 * GiB)).toBe('copy')
    expect(decideLearning(5 * GiB + 1, 'auto', 20 * GiB)).toBe('place')
  })

  test('copy copies up to the quota, which greater objects would empty', () => {
    expect(decideLearning(20 * GiB, 'copy', 20 * GiB)).toBe('copy')
    expect(decideLearning(20 * GiB + 1, 'copy', 20 * GiB)).toBe('place')
  })

  test('place and off are what they say', () => {
    expect(decideLearning(1, 'place', GiB)).toBe('place')
    expect(decideLearning(1, 'off', GiB)).toBe('off')
  })
})
