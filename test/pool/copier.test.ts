// A blob that lies in a user's file is copied into the segments behind everyone's back, and survives the file.

import { rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { Pool } from '../../src/pool/pool.ts'
import { placed, sizeBytes } from './placed.ts'

function readAll(pool: Pool, id: Uint8Array): number {
  const target = new Uint8Array(sizeBytes)
  return must(pool.openBlob(id), 'a blob').read(0, target)
}

test('it is copied in steps, and read from the pool when the file is gone', async () => {
  const { pool, path, id } = await placed()
  const copier = must(pool.copier(id), 'something to copy')
  let steps = 1
  while (copier.step(MiB) === 'more') steps++
  await pool.commit()
  expect(steps).toBeGreaterThanOrEqual(3)
  expect(pool.blob(id)).toMatchObject({ isComplete: true, extent: undefined })
  expect(pool.copier(id)).toBeUndefined()
  rmSync(path)
  expect(readAll(pool, id)).toBe(sizeBytes)
  await pool.close()
})

test('a file that changed meanwhile is not believed, and the pool stays sound', async () => {
  const { pool, path, id } = await placed()
  const copier = must(pool.copier(id), 'something to copy')
  expect(copier.step(MiB)).toBe('more')
  writeFileSync(path, new Uint8Array(sizeBytes))
  let state = copier.step(MiB)
  while (state === 'more') state = copier.step(MiB)
  expect(state).toBe('lost')
  await pool.commit()
  const report = await pool.verify({ full: true })
  expect(report.damagedCount).toBe(0)
  await pool.close()
})

test('half a copy that nobody finished changes nothing', async () => {
  const { pool, path, id, directory } = await placed()
  must(pool.copier(id), 'something to copy').step(2 * MiB)
  await pool.close()
  const again = await Pool.open(directory)
  expect(again.blob(id)?.extent).toMatchObject({ path })
  expect(readAll(again, id)).toBe(sizeBytes)
  await again.close()
})
