// The last step: what the target is afterwards, what becomes of what stood there, and how the pool learns it.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { equal } from '../../../src/base/bytes.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import type { LearnPolicy } from '../../../src/pool/learn.ts'
import { Pool } from '../../../src/pool/pool.ts'
import { randomBytes } from '../../pool/scratch.ts'
import { isPoolClean, makeSide, openSide, putFile, type Side, talk } from '../conversation.ts'

const bytes = randomBytes(300 * KiB, 1)
const file = ({ directory }: Side): string => join(directory, 'file')

/** What the pool holds once the side has ended. */
async function blobsOf(side: Side) {
  await side.storage.close()
  const pool = await Pool.open(side.pool)
  const blobs = [...pool.list()]
  await pool.close()
  return blobs
}

describe('an identical target', () => {
  for (const onConflict of ['fail', 'overwrite'] as const) {
    test(`is left alone on conflict ${onConflict}: inode, time and mode`, async () => {
      const from = await makeSide()
      const to = await makeSide()
      const path = putFile(from, 'file', bytes)
      putFile(to, 'file', bytes, 5e8)
      const before = statSync(file(to))
      const { end, isUnchanged } = await talk(from, path, to, { placement: { onConflict } })
      // with `fail` the receiver asks for the name first; with `overwrite` it finds out at the end
      if (onConflict === 'fail') expect(isUnchanged).toBe(true)
      else expect(end).toMatchObject({ kind: 'done', stats: { isUnchanged: true } })
      const { ino, mtimeMs, mode } = statSync(file(to))
      expect({ ino, mtimeMs, mode }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs, mode: before.mode })
      expect(readdirSync(to.directory)).toEqual(['file'])
    })
  }
})

describe('a different target', () => {
  test('that came meanwhile ends with EXISTS, and everything stays', async () => {
    const from = await makeSide()
    const to = await makeSide()
    const path = putFile(from, 'file', bytes)
    let isThere = false
    const onSlab = (): void => {
      if (!isThere) writeFileSync(file(to), 'mine')
      isThere = true
    }
    const { end } = await talk(from, path, to, { onSlab })
    expect(end).toMatchObject({ kind: 'failed', wire: 'EXISTS', error: { code: 'PFS_EXISTS' } })
    expect(readFileSync(file(to), 'utf8')).toBe('mine')
    expect(readdirSync(to.directory).length).toBe(2)
    expect(readdirSync(to.jobs).length).toBe(1)
    // and the next attempt, when it is out of the way, sends nothing again
    rmSync(file(to))
    const again = await talk(from, path, to)
    expect(again.end?.kind).toBe('done')
    expect(again.literalBytes).toBe(0)
  })
  test('is replaced where that is wanted, by the new one with its mode and time', async () => {
    const from = await makeSide()
    const to = await makeSide()
    const path = putFile(from, 'file', bytes)
    putFile(to, 'file', randomBytes(10, 2))
    expect((await talk(from, path, to, { placement: { onConflict: 'overwrite' } })).end?.kind).toBe('done')
    expect(equal(readFileSync(file(to)), bytes)).toBe(true)
    expect(statSync(file(to)).mtimeMs).toBe(1e12)
    expect(readdirSync(to.directory)).toEqual(['file'])
  })
  test('that is a link is replaced itself, not what it leads to', async () => {
    const from = await makeSide()
    const to = await makeSide()
    const path = putFile(from, 'file', bytes)
    putFile(to, 'victim', randomBytes(10, 2))
    symlinkSync(join(to.directory, 'victim'), file(to))
    expect((await talk(from, path, to, { placement: { onConflict: 'overwrite' } })).end?.kind).toBe('done')
    expect(readFileSync(join(to.directory, 'victim')).length).toBe(10)
    expect(equal(readFileSync(file(to)), bytes)).toBe(true)
  })
  test('that is a directory which came meanwhile is never replaced', async () => {
    const from = await makeSide()
    const to = await makeSide()
    const path = putFile(from, 'file', bytes)
    const onSlab = () => mkdirSync(file(to), { recursive: true })
    const { end } = await talk(from, path, to, { onSlab, placement: { onConflict: 'overwrite' } })
    expect(end).toMatchObject({ kind: 'failed', wire: 'EXISTS' })
    expect(statSync(file(to)).isDirectory()).toBe(true)
  })
})

describe('learning', () => {
  const rows: readonly (readonly [LearnPolicy, number, boolean, boolean])[] = [
    // policy, quota, the pool has it, and still once the target is gone
    ['copy', 100 * MiB, true, true],
    ['auto', 100 * MiB, true, true],
    ['auto', MiB, true, false], // more than a quarter of the quota: in place
    ['place', 100 * MiB, true, false],
    ['off', 100 * MiB, false, false],
  ]
  for (const [policy, quota, has, hasCopy] of rows) {
    test(`by ${policy} with a quota of ${quota / MiB} MiB`, async () => {
      const from = await makeSide('off')
      const to = await makeSide(policy, quota)
      const path = putFile(from, 'file', bytes)
      expect((await talk(from, path, to)).end?.kind).toBe('done')
      const blobs = await blobsOf(to)
      expect(blobs.filter(({ isComplete }) => isComplete).length).toBe(has ? 1 : 0)
      if (!has) return
      expect(await isPoolClean(to.pool)).toBe(true)
      rmSync(file(to))
      const pool = await Pool.open(to.pool)
      const id = blobs[0]?.blobId ?? new Uint8Array(32)
      const back = new Uint8Array(bytes.length)
      const count = pool.openBlob(id)?.read(0, back)
      await pool.close()
      expect(count === bytes.length).toBe(hasCopy)
    })
  }
  test('a version that is displaced and lay in place is adopted, and still shortens the next transfer', async () => {
    const from = await makeSide()
    const to = await makeSide('auto', MiB) // everything of this size is learnt in place
    const old = randomBytes(600 * KiB, 3)
    const path = putFile(from, 'file', old)
    await talk(from, path, to)
    const inode = statSync(file(to)).ino
    putFile(from, 'file', bytes, 1.1e9)
    const overwrite = { placement: { onConflict: 'overwrite' as const } }
    expect((await talk(from, path, to, overwrite)).end?.kind).toBe('done')
    const [adopted] = readdirSync(join(to.pool, 'extents'))
    expect(statSync(join(to.pool, 'extents', adopted ?? '')).ino).toBe(inode)
    putFile(from, 'file', old, 1.2e9)
    const { handle } = await from.storage.prepareFile(path)
    await from.storage.nameSource(handle) // so that the offer says which blob it is
    const back = await talk(from, path, to, overwrite)
    expect(back.end?.kind).toBe('done')
    expect(back.literalBytes).toBe(0)
    expect(equal(readFileSync(file(to)), old)).toBe(true)
    expect(await blobsOf(to)).toHaveLength(2)
  })
})

test('what older attempts at the target left is cleared, and only that', async () => {
  const from = await makeSide()
  const to = await makeSide()
  const path = putFile(from, 'file', randomBytes(3 * MiB, 4))
  await talk(from, path, to, { stopAfterPieces: 2 })
  const other = putFile(from, 'other', randomBytes(3 * MiB, 5))
  await talk(from, other, to, { stopAfterPieces: 2 })
  expect(readdirSync(to.jobs).length).toBe(2)
  utimesSync(path, 1.5e9, 1.5e9) // another state of the file: another transfer
  await to.storage.close()
  const again = await openSide(join(to.pool, '..'))
  expect((await talk(from, path, again)).end?.kind).toBe('done')
  expect(readdirSync(to.jobs).length).toBe(1)
  const parts = readdirSync(to.directory).filter(name => name.endsWith('.pfs-part'))
  expect(parts.length).toBe(1)
  expect(parts[0]).toMatch(/^\.other\./)
  expect(existsSync(file(to))).toBe(true)
})

test('what is left of a blob for the pool stays when another arrives', async () => {
  const from = await makeSide()
  const to = await makeSide()
  const path = putFile(from, 'file', randomBytes(3 * MiB, 6))
  await talk(from, path, to, { stopAfterPieces: 3, object: { isFile: false } })
  await to.storage.close()
  const again = await openSide(join(to.pool, '..'))
  const other = putFile(from, 'other', randomBytes(MiB, 7))
  expect((await talk(from, other, again, { object: { isFile: false } })).end?.kind).toBe('done')
  expect(readdirSync(to.jobs).length).toBe(1)
  expect(readdirSync(join(to.pool, 'incoming')).length).toBe(1)
  const rest = await talk(from, path, again, { object: { isFile: false } })
  expect(rest.end?.kind).toBe('done')
  expect(rest.literalBytes).toBeLessThan(2.8 * MiB)
  expect(readdirSync(to.directory)).toEqual([])
  expect(await blobsOf(again)).toHaveLength(2)
})
