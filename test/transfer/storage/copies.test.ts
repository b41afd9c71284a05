// Copies behind the stream count without anybody's further word, and are left alone when somebody is in a hurry.

import { expect, test } from 'vitest'
import { Pool } from '../../../src/pool/pool.ts'
import { Copies } from '../../../src/transfer/storage/copies.ts'
import { placed } from '../../pool/placed.ts'

test('a copy made in idle moments is committed then, not at the end', async () => {
  const { pool, id, directory } = await placed()
  const copies = new Copies(pool)
  copies.add(id)
  while (copies.step());
  await copies.end(true)
  // another process sees it while this one lives on
  const other = await Pool.open(directory)
  expect(other.blob(id)).toMatchObject({ isComplete: true, extent: undefined })
  await other.close()
  await pool.close()
})

test('the end waits for what is left, unless it is hurried', async () => {
  for (const isHurried of [false, true]) {
    const { pool, id } = await placed()
    const copies = new Copies(pool)
    copies.add(id)
    await copies.end(isHurried)
    expect(pool.blob(id)?.extent === undefined).toBe(!isHurried)
    await pool.close()
  }
})
