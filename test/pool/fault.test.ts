// What goes wrong with a disk: flipped bytes, cut files, a deleted or ruined index, the wrong seed, a full disk. The
// pool never gives wrong bytes and never throws anything but a PfsError; repair says what was lost.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { equal } from '../../src/base/bytes.ts'
import { PfsError } from '../../src/base/errors.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { ExclusiveLock } from '../../src/host/lock.ts'
import { Index } from '../../src/pool/index_db.ts'
import { Pool } from '../../src/pool/pool.ts'
import { randomBytes, randomFile, scratch } from './scratch.ts'

const options = { quotaBytes: 1024 * MiB, learn: 'copy' } as const

interface Made {
  readonly directory: string
  readonly segment: string
  readonly content: Uint8Array
  readonly blobId: Uint8Array
}

/** A closed pool of one sealed segment with one blob. */
async function makePool(size: number, isInMemory = false): Promise<Made> {
  const directory = join(scratch(isInMemory), 'pool')
  const pool = await Pool.create(directory, options)
  const path = randomFile(scratch(), 'file', size, 1)
  const { blobId } = await pool.import(path)
  await pool.commit()
  await pool.close()
  return { directory, segment: segmentFiles(directory)[0]!, content: readFileSync(path), blobId }
}

const segmentFiles = (directory: string): string[] =>
  readdirSync(join(directory, 'segments')).map(name => join(directory, 'segments', name))

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = bytes[at]! ^ 0xff
  writeFileSync(path, bytes)
}

/** Reads the blob; whatever comes is right, and how much comes is returned. */
function readChecked(pool: Pool, made: Made): number {
  const target = new Uint8Array(made.content.length)
  const count = pool.openBlob(made.blobId)?.read(0, target) ?? 0
  expect(equal(target.subarray(0, count), made.content.subarray(0, count))).toBe(true)
  return count
}

describe('a damaged segment', () => {
  test('with any byte flipped gives right bytes or none, and verify sees it', async () => {
    const made = await makePool(300, true)
    const good = readFileSync(made.segment)
    const pool = await Pool.open(made.directory)
    let unseen = 0
    for (let at = 0; at < good.length; at++) {
      writeFileSync(made.segment, good)
      const { isClean: wasClean } = await pool.verify({ full: true })
      if (!wasClean) await pool.repair()
      flip(made.segment, at)
      const { isClean } = await pool.verify({ full: false })
      if (isClean) unseen++
      readChecked(pool, made)
    }
    // the padding of head (4), chunk (4), part (4), blob (0) and seal (4) is checked by nobody and means nothing
    expect(unseen).toBeLessThanOrEqual(20)
    await pool.close()
  }, 30_000)

  test('is repaired: the damaged chunk is reported and gone, the others are kept, and the pool learns it again', async () => {
    const made = await makePool(1 * MiB)
    flip(made.segment, 300 * KiB)
    const pool = await Pool.open(made.directory)
    expect(await pool.verify({ full: false })).toMatchObject({ isClean: false, damagedCount: 1 })
    const report = await pool.repair()
    expect(report.damagedCount).toBe(1)
    expect(report.lostBlobs).toEqual([Buffer.from(made.blobId)])
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, incompleteBlobs: 1 })
    const before = readChecked(pool, made)
    expect(before).toBeGreaterThan(100 * KiB)
    expect(before).toBeLessThan(1 * MiB)
    const path = join(scratch(), 'again')
    writeFileSync(path, made.content)
    const { newBytes } = await pool.import(path)
    await pool.commit()
    expect(newBytes).toBeLessThanOrEqual(128 * KiB)
    expect(readChecked(pool, made)).toBe(1 * MiB)
    await pool.close()
  })

  test('a rotten chunk is forgotten at the first read, and can be learnt again without a repair', async () => {
    const made = await makePool(1 * MiB)
    flip(made.segment, 300 * KiB)
    const pool = await Pool.open(made.directory)
    expect(readChecked(pool, made)).toBeLessThan(1 * MiB)
    expect(pool.has(made.blobId)).toBe(false)
    const path = join(scratch(), 'again')
    writeFileSync(path, made.content)
    await pool.import(path)
    await pool.commit()
    expect(pool.has(made.blobId)).toBe(true)
    expect(readChecked(pool, made)).toBe(1 * MiB)
    await pool.close()
  })

  for (const size of [0, 71, 100, 200 * KiB]) {
    test(`cut off at ${size} bytes gives right bytes or none, and is repaired`, async () => {
      const made = await makePool(1 * MiB)
      truncateSync(made.segment, size)
      const pool = await Pool.open(made.directory)
      expect(readChecked(pool, made)).toBeLessThan(1 * MiB)
      expect((await pool.verify({ full: false })).isClean).toBe(false)
      await pool.repair()
      expect(await pool.verify({ full: true })).toMatchObject({ isClean: true })
      await pool.close()
    })
  }

  test('a segment that someone removed is missed, and forgotten at the next open', async () => {
    const made = await makePool(100 * KiB)
    rmSync(made.segment)
    const pool = await Pool.open(made.directory)
    expect(readChecked(pool, made)).toBe(0)
    expect(pool.has(made.blobId)).toBe(false)
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true })
    await pool.close()
  })

  test('a segment of another pool is left alone', async () => {
    const made = await makePool(100 * KiB)
    const other = join(scratch(), 'pool')
    await (await Pool.create(other, { ...options, seed: randomBytes(32, 9) })).close()
    const strange = join(other, 'segments', '00000007.seg')
    writeFileSync(strange, readFileSync(made.segment))
    const pool = await Pool.open(other)
    expect((await pool.repair()).foreignSegments).toEqual([7])
    expect(pool.has(made.blobId)).toBe(false)
    await pool.close()
    expect(readFileSync(strange)).toEqual(readFileSync(made.segment))
  })
})

describe('the index', () => {
  test('deleted, is made anew at open, which says so', async () => {
    const made = await makePool(1 * MiB)
    rmSync(join(made.directory, 'index'), { recursive: true })
    const notices: string[] = []
    const pool = await Pool.open(made.directory, { onNotice: sentence => notices.push(sentence) })
    expect(notices.join()).toMatch(/made the index anew/)
    expect(pool.has(made.blobId)).toBe(true)
    expect(readChecked(pool, made)).toBe(1 * MiB)
    expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, blobs: 1 })
    await pool.close()
  })

  test('ruined, is made anew at open', async () => {
    const made = await makePool(100 * KiB)
    writeFileSync(join(made.directory, 'index', 'data.mdb'), randomBytes(64 * KiB, 3))
    const notices: string[] = []
    const pool = await Pool.open(made.directory, { onNotice: sentence => notices.push(sentence) })
    expect(notices.length).toBeGreaterThan(0)
    expect(readChecked(pool, made)).toBe(100 * KiB)
    await pool.close()
  })

  test('left half rebuilt by a process that was killed, is made anew at open', async () => {
    const made = await makePool(100 * KiB)
    const index = new Index(made.directory)
    index.transaction(() => {
      index.setState('rebuilding')
      index.clearDerived()
    })
    await index.close()
    const pool = await Pool.open(made.directory)
    expect(readChecked(pool, made)).toBe(100 * KiB)
    await pool.close()
  })

  test('being made anew by another process, an open says who to wait for', async () => {
    const made = await makePool(100 * KiB)
    rmSync(join(made.directory, 'index'), { recursive: true })
    const lock = await ExclusiveLock.acquire(made.directory, 'a test')
    const opened = Pool.open(made.directory, { waitMillis: 0 })
    await expect(opened).rejects.toMatchObject({ code: 'PFS_LOCKED', retryable: true })
    const waiting = Pool.open(made.directory)
    await lock.release()
    const pool = await waiting
    const again = await ExclusiveLock.acquire(made.directory, 'a test')
    await expect(pool.repair()).rejects.toMatchObject({ code: 'PFS_LOCKED' })
    await again.release()
    await pool.close()
  })

  test('removed under a running process, its commits fail rather than vanish', async () => {
    const made = await makePool(100 * KiB)
    const pool = await Pool.open(made.directory)
    rmSync(join(made.directory, 'index'), { recursive: true })
    await pool.import(randomFile(scratch(), 'file', 50 * KiB, 4))
    await expect(pool.commit()).rejects.toMatchObject({ code: 'PFS_POOL', retryable: true })
    await pool.close().catch(() => {})
    const again = await Pool.open(made.directory)
    expect(readChecked(again, made)).toBe(100 * KiB)
    await again.close()
  })
})

describe('opening', () => {
  test('where no pool is says so', async () => {
    await expect(Pool.open(scratch())).rejects.toMatchObject({ code: 'PFS_POOL' })
  })

  test('a pool is not made twice', async () => {
    const made = await makePool(10)
    await expect(Pool.create(made.directory)).rejects.toMatchObject({ code: 'PFS_EXISTS' })
  })

  test('with another seed than its own is refused', async () => {
    const seed = randomBytes(32, 5)
    const directory = join(scratch(), 'pool')
    await (await Pool.create(directory, { ...options, seed })).close()
    await expect(Pool.open(directory, { seed: randomBytes(32, 6) })).rejects.toMatchObject({
      code: 'PFS_WRONG_SEED',
    })
    const pool = await Pool.open(directory, { seed })
    expect(pool.isOpenSeed).toBe(false)
    await pool.close()
    rmSync(join(directory, 'seed'))
    await expect(Pool.open(directory)).rejects.toMatchObject({ code: 'PFS_WRONG_SEED' })
  })

  for (const text of ['', 'null', '{}', '{"format":2}', '[1]']) {
    test(`pool.json that reads ${JSON.stringify(text)} is a PfsError`, async () => {
      const made = await makePool(10)
      writeFileSync(join(made.directory, 'pool.json'), text)
      await expect(Pool.open(made.directory)).rejects.toMatchObject({ code: 'PFS_POOL' })
    })
  }
})

test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'a full disk fails a commit with PFS_DISK_FULL, and what was committed before is whole',
  async () => {
    const mount = join(scratch(), 'small')
    mkdirSync(mount)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mount])
    try {
      const pool = await Pool.create(join(mount, 'pool'), options)
      const source = scratch()
      const kept: Uint8Array[] = []
      let fault: unknown
      for (let i = 0; i < 20 && !fault; i++) {
        try {
          const { blobId } = await pool.import(randomFile(source, `f${i}`, 3 * MiB + i, 100 + i))
          await pool.commit()
          kept.push(blobId)
        } catch (error) {
          fault = error
        }
      }
      expect(fault).toBeInstanceOf(PfsError)
      expect(fault).toMatchObject({ code: 'PFS_DISK_FULL' })
      expect(kept.length).toBeGreaterThan(2)
      expect(await pool.verify({ full: true })).toMatchObject({ isClean: true })
      for (const id of kept) expect(pool.has(id)).toBe(true)
      await pool.close().catch(() => {})
      const again = await Pool.open(join(mount, 'pool'))
      expect(await again.verify({ full: true })).toMatchObject({ isClean: true })
      for (const id of kept) expect(again.has(id)).toBe(true)
      await again.close()
    } finally {
      execFileSync('umount', [mount])
    }
  },
)
