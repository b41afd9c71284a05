// The pool as a program has it: made on first use, filled, listed, checked, mended, shared.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KiB } from '../../src/base/units.ts'
import { ExclusiveLock } from '../../src/host/lock.ts'
import { openPool, type PoolBlob } from '../../src/index.ts'
import { randomBytes } from '../pool/scratch.ts'
import { scratch } from '../support/pfs.ts'

let ground: ReturnType<typeof scratch>
beforeEach(() => {
  ground = scratch()
})
afterEach(() => ground.remove())

function file(name: string, bytes: number, seed: number): string {
  writeFileSync(ground.at(name), randomBytes(bytes, seed))
  return ground.at(name)
}

test('files are learnt, pinned, listed and counted', async () => {
  const pool = await openPool(ground.at('pool'))
  expect(pool).toMatchObject({ directory: ground.at('pool'), isOpenSeed: true })
  const one = file('one', 200 * KiB, 1)
  const two = file('two', 100 * KiB, 2)
  const [first, second] = await pool.import([one, two], { isPinned: true })
  expect(first).toMatchObject({ path: one, sizeBytes: 200 * KiB })
  const [again] = await pool.import([one])
  expect(again).toMatchObject({ blobId: first?.blobId, newBytes: 0 })
  await pool.setPinned(second?.blobId ?? '', false)
  const blobs: PoolBlob[] = []
  for await (const blob of pool) blobs.push(blob)
  expect(blobs.map(({ sizeBytes, isPinned }) => [sizeBytes, isPinned]).sort()).toEqual([
    [100 * KiB, false],
    [200 * KiB, true],
  ])
  expect(pool.has(first?.blobId ?? '')).toBe(true)
  expect(pool.has('0'.repeat(64))).toBe(false)
  expect(pool.stats()).toMatchObject({ blobs: 2, rawBytes: 300 * KiB, pinnedBytes: 200 * KiB })
  expect(await pool.verify({ isFull: true })).toMatchObject({ isClean: true, blobs: 2, damage: [] })
  expect(await pool.repair()).toEqual([])
  await pool.close()
  await pool.close()
})

test('what is not there, or is no id, is said by its code', async () => {
  await expect(openPool(ground.at('none'), { mayCreate: false })).rejects.toMatchObject({ code: 'PFS_POOL' })
  const pool = await openPool(ground.at('pool'))
  expect(() => pool.has('abc')).toThrow(expect.objectContaining({ code: 'PFS_USAGE' }))
  await expect(pool.setPinned('0'.repeat(64), true)).rejects.toMatchObject({ code: 'PFS_NOT_FOUND' })
  await expect(pool.import([join(ground.path, 'nothing')])).rejects.toMatchObject({ code: 'PFS_NOT_FOUND' })
  await pool.close()
})

test('several may have it open; while one mends it, another that would is PFS_LOCKED', async () => {
  const here = await openPool(ground.at('pool'))
  const there = await openPool(ground.at('pool'))
  const [learnt] = await here.import([file('one', 50 * KiB, 1)])
  await there.import([file('two', 50 * KiB, 2)])
  expect(there.has(learnt?.blobId ?? '')).toBe(true)
  const lock = await ExclusiveLock.acquire(ground.at('pool'), 'repair')
  await expect(there.repair()).rejects.toMatchObject({ code: 'PFS_LOCKED', exitStatus: 12 })
  await lock.release()
  await there.close()
  await here.close()
})
